/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/live/bv-change-rules.h"

#include <string.h>

#include "model/bv-object-private.h"
#include "model/bv-record-diff.h"
#include "model/bv-virtual-machine.h"
#include "runtime/live/bv-live-update.h"

/* What a change of a field means; the first row counts whose path is that of the field or of
 * something around it. A path with an index or a key is below the one without. What of a template
 * is for a restart is live all the same where a row of bv-live-update.c can do it on the guest:
 * that goes by the values. */
typedef struct
{
  const char *kind; /* NULL: any */
  const char *path; /* empty: any */
  BvEffect effect;
} Rule;

static const Rule rules[] = {
  /* Where a guest runs is no question on a single host. */
  { "VirtualMachine", "spec.template.spec.nodeSelector", BV_EFFECT_LIVE },
  { "VirtualMachine", "spec.template.spec.affinity", BV_EFFECT_LIVE },
  { "VirtualMachine", "spec.template.spec.tolerations", BV_EFFECT_LIVE },
  { "VirtualMachine", "spec.template.spec.topologySpreadConstraints", BV_EFFECT_LIVE },
  { "VirtualMachine", "spec.template.spec.schedulerName", BV_EFFECT_LIVE },
  { "VirtualMachine", "spec.template.spec.priorityClassName", BV_EFFECT_LIVE },
  { "VirtualMachine", "spec.template", BV_EFFECT_RESTART },
  { "PersistentVolumeClaim", "metadata", BV_EFFECT_LIVE },
  { "PersistentVolumeClaim", "spec.resources", BV_EFFECT_LIVE },
  { "PersistentVolumeClaim", "", BV_EFFECT_REFUSED },
  { "DataVolume", "metadata", BV_EFFECT_LIVE },
  { "DataVolume", "", BV_EFFECT_REFUSED },
  { "VirtualMachineInstance", "metadata", BV_EFFECT_LIVE },
  { "VirtualMachineInstance", "", BV_EFFECT_REFUSED },
  { NULL, "", BV_EFFECT_LIVE },
};

const char *
bv_effect_to_string (BvEffect effect)
{
  static const char *const names[] = {
    [BV_EFFECT_LIVE] = "live",
    [BV_EFFECT_RESTART] = "at restart",
    [BV_EFFECT_REFUSED] = "refused",
  };

  return names[effect];
}

static void
changed_field_free (BvChangedField *self)
{
  g_free (self->path);
  g_free (self->before);
  g_free (self->after);
  g_free (self);
}

static gboolean
is_at_or_below (const char *path, const char *above)
{
  gsize length = strlen (above);

  return length == 0 || (strncmp (path, above, length) == 0 &&
                         (path[length] == '\0' || path[length] == '.' || path[length] == '['));
}

/* PATH is that of a field of an object of KIND. */
static BvEffect
find_effect (const char *kind, const char *path)
{
  guint i = 0;

  while ((rules[i].kind != NULL && !g_str_equal (rules[i].kind, kind)) ||
         !is_at_or_below (path, rules[i].path))
    i++;
  return rules[i].effect;
}

static GPtrArray *
diff (BvObject *before, BvObject *after)
{
  return bv_record_diff (bv_object_get_kind_type (after)->record, bv_object_get_record (before),
                         bv_object_get_record (after), NULL);
}

/* An item that goes has no place in the new list. */
static char *
make_key (const BvFieldChange *change)
{
  const char *bracket = change->after == NULL ? strrchr (change->path, '[') : NULL;

  if (bracket == NULL)
    return g_strdup (change->path);
  return g_strdup_printf ("%.*s %s", (int)(bracket - change->path), change->path, change->before);
}

/* The keys of the changes that a guest which runs cannot follow. */
static GHashTable *
list_remaining (BvObject *before, BvObject *after, BvPolicy *policy, const BvLiveGuest *guest)
{
  GHashTable *keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (BvObject) carried = bv_object_copy (before);
  g_autoptr (GPtrArray) changes = NULL;

  if (BV_IS_VIRTUAL_MACHINE (before))
    bv_live_update_carry_template (carried, after, policy, guest);
  changes = diff (carried, after);
  for (guint i = 0; i < changes->len; i++)
    g_hash_table_add (keys, make_key (g_ptr_array_index (changes, i)));
  return keys;
}

/* What differs, as BvChangedField, and when each change comes into effect. Without a
 * GUEST that runs there is nothing to restart. */
GPtrArray *
bv_changed_fields_new (BvObject *before, BvObject *after, BvPolicy *policy,
                       const BvLiveGuest *guest)
{
  const char *kind = bv_object_get_kind (after);
  g_autoptr (GPtrArray) changes = diff (before, after);
  g_autoptr (GHashTable) remaining = list_remaining (before, after, policy, guest);
  GPtrArray *fields = g_ptr_array_new_with_free_func ((GDestroyNotify)changed_field_free);

  for (guint i = 0; i < changes->len; i++)
    {
      BvFieldChange *change = g_ptr_array_index (changes, i);
      BvChangedField *field = g_new0 (BvChangedField, 1);
      g_autofree char *key = make_key (change);

      field->path = g_steal_pointer (&change->path);
      field->before = g_steal_pointer (&change->before);
      field->after = g_steal_pointer (&change->after);
      field->effect = find_effect (kind, field->path);
      if (field->effect == BV_EFFECT_RESTART &&
          (guest == NULL || !g_hash_table_contains (remaining, key)))
        field->effect = BV_EFFECT_LIVE;
      g_ptr_array_add (fields, field);
    }
  return fields;
}

/* Whether a guest that was started as one VMI says must start again to become as the other says;
 * as in KubeVirt, labels and annotations do not count. */
gboolean
bv_change_rules_need_restart (BvObject *started, BvObject *wanted)
{
  g_autoptr (GPtrArray) changes = diff (started, wanted);

  for (guint i = 0; i < changes->len; i++)
    {
      const BvFieldChange *change = g_ptr_array_index (changes, i);
      g_autofree char *path = g_strconcat ("spec.template.", change->path, NULL);

      if (is_at_or_below (change->path, "spec") &&
          find_effect ("VirtualMachine", path) == BV_EFFECT_RESTART)
        return TRUE;
    }
  return FALSE;
}
