/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/bv-conditions.h"

typedef struct
{
  char *type;
  gboolean status;
  char *reason;
  char *message;
  gint64 changed; /* when the status last did */
} Condition;

struct _BvConditions
{
  GPtrArray *list;
};

static void
condition_free (Condition *self)
{
  g_free (self->type);
  g_free (self->reason);
  g_free (self->message);
  g_free (self);
}

BvConditions *
bv_conditions_new (void)
{
  BvConditions *self = g_new0 (BvConditions, 1);

  self->list = g_ptr_array_new_with_free_func ((GDestroyNotify)condition_free);
  return self;
}

void
bv_conditions_free (BvConditions *self)
{
  g_ptr_array_unref (self->list);
  g_free (self);
}

static Condition *
find (BvConditions *self, const char *type)
{
  for (guint i = 0; i < self->list->len; i++)
    {
      Condition *condition = g_ptr_array_index (self->list, i);

      if (g_str_equal (condition->type, type))
        return condition;
    }
  return NULL;
}

gboolean
bv_conditions_set (BvConditions *self, const char *type, gboolean status, const char *reason,
                   const char *message)
{
  Condition *condition = find (self, type);
  gboolean is_new = condition == NULL;

  if (!is_new && condition->status == status && g_strcmp0 (condition->reason, reason) == 0 &&
      g_strcmp0 (condition->message, message) == 0)
    return FALSE;
  if (is_new)
    {
      condition = g_new0 (Condition, 1);
      condition->type = g_strdup (type);
      g_ptr_array_add (self->list, condition);
    }
  if (is_new || condition->status != status)
    condition->changed = g_get_real_time ();
  condition->status = status;
  g_free (condition->reason);
  condition->reason = g_strdup (reason);
  g_free (condition->message);
  condition->message = g_strdup (message);
  return TRUE;
}

gboolean
bv_conditions_remove (BvConditions *self, const char *type)
{
  Condition *condition = find (self, type);

  return condition != NULL && g_ptr_array_remove (self->list, condition);
}

void
bv_conditions_follow (BvConditions *self, BvConditions *other, const char *const *except)
{
  for (guint i = self->list->len; i-- > 0;)
    {
      const Condition *own = g_ptr_array_index (self->list, i);

      if (!g_strv_contains (except, own->type) && find (other, own->type) == NULL)
        g_ptr_array_remove_index (self->list, i);
    }
  for (guint i = 0; i < other->list->len; i++)
    {
      const Condition *theirs = g_ptr_array_index (other->list, i);

      if (g_strv_contains (except, theirs->type))
        continue;
      bv_conditions_set (self, theirs->type, theirs->status, theirs->reason, theirs->message);
      find (self, theirs->type)->changed = theirs->changed;
    }
}

/* NULL where there is no such condition, or no reason. */
const char *
bv_conditions_get_reason (BvConditions *self, const char *type)
{
  const Condition *condition = find (self, type);

  return condition != NULL ? condition->reason : NULL;
}

const char *
bv_conditions_get_message (BvConditions *self, const char *type)
{
  const Condition *condition = find (self, type);

  return condition != NULL ? condition->message : NULL;
}

gint64
bv_conditions_get_changed (BvConditions *self, const char *type)
{
  const Condition *condition = find (self, type);

  return condition != NULL ? condition->changed : 0;
}

gboolean
bv_conditions_is_true (BvConditions *self, const char *type)
{
  const Condition *condition = find (self, type);

  return condition != NULL && condition->status;
}

/* As the D-Bus properties have them. */
GVariant *
bv_conditions_to_variant (BvConditions *self)
{
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < self->list->len; i++)
    {
      const Condition *condition = g_ptr_array_index (self->list, i);
      const char *reason = condition->reason != NULL ? condition->reason : "";
      const char *message = condition->message != NULL ? condition->message : "";
      GVariantDict dict;

      g_variant_dict_init (&dict, NULL);
      g_variant_dict_insert (&dict, "type", "s", condition->type);
      g_variant_dict_insert (&dict, "status", "s", condition->status ? "True" : "False");
      g_variant_dict_insert (&dict, "reason", "s", reason);
      g_variant_dict_insert (&dict, "message", "s", message);
      g_variant_dict_insert (&dict, "lastTransitionTime", "t", (guint64)condition->changed);
      g_variant_builder_add_value (&list, g_variant_dict_end (&dict));
    }
  return g_variant_builder_end (&list);
}
