/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/store/bv-event.h"

#include <json-glib/json-glib.h>

BvEvent *
bv_event_new (BvObject *object, const char *type, const char *reason, const char *message)
{
  BvEvent *self = g_new0 (BvEvent, 1);

  self->kind = g_strdup (bv_object_get_kind (object));
  self->namespace = g_strdup (bv_object_get_namespace (object));
  self->name = g_strdup (bv_object_get_name (object));
  self->uid = g_strdup (bv_object_get_uid (object));
  self->type = g_strdup (type);
  self->reason = g_strdup (reason);
  self->message = g_strdup (message);
  self->count = 1;
  self->first = g_get_real_time ();
  self->last = self->first;
  return self;
}

void
bv_event_free (BvEvent *self)
{
  g_free (self->kind);
  g_free (self->namespace);
  g_free (self->name);
  g_free (self->uid);
  g_free (self->type);
  g_free (self->reason);
  g_free (self->message);
  g_free (self);
}

/* The texts by the names that JSON and the bus have for them. */
static const struct
{
  const char *name;
  gsize offset;
} texts[] = {
  { "kind", G_STRUCT_OFFSET (BvEvent, kind) },
  { "namespace", G_STRUCT_OFFSET (BvEvent, namespace) },
  { "name", G_STRUCT_OFFSET (BvEvent, name) },
  { "uid", G_STRUCT_OFFSET (BvEvent, uid) },
  { "type", G_STRUCT_OFFSET (BvEvent, type) },
  { "reason", G_STRUCT_OFFSET (BvEvent, reason) },
  { "message", G_STRUCT_OFFSET (BvEvent, message) },
};

/* NULL where JSON is not what bv_event_to_json() writes. */
BvEvent *
bv_event_new_from_json (const char *json)
{
  g_autoptr (JsonNode) root = json_from_string (json, NULL);
  g_autoptr (BvEvent) self = g_new0 (BvEvent, 1);
  JsonObject *object;

  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    return NULL;
  object = json_node_get_object (root);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      const char *text = json_object_get_string_member_with_default (object, texts[i].name, NULL);

      if (text == NULL)
        return NULL;
      G_STRUCT_MEMBER (char *, self, texts[i].offset) = g_strdup (text);
    }
  self->count = json_object_get_int_member_with_default (object, "count", 1);
  self->first = json_object_get_int_member_with_default (object, "first", 0);
  self->last = json_object_get_int_member_with_default (object, "last", 0);
  return g_steal_pointer (&self);
}

char *
bv_event_to_json (const BvEvent *self)
{
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();

  json_node_take_object (root, object);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    json_object_set_string_member (object, texts[i].name,
                                   G_STRUCT_MEMBER (const char *, self, texts[i].offset));
  json_object_set_int_member (object, "count", self->count);
  json_object_set_int_member (object, "first", self->first);
  json_object_set_int_member (object, "last", self->last);
  return json_to_string (root, FALSE);
}

/* As the bus tells it. */
GVariant *
bv_event_to_variant (const BvEvent *self)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_variant_dict_insert (&dict, texts[i].name, "s",
                           G_STRUCT_MEMBER (const char *, self, texts[i].offset));
  g_variant_dict_insert (&dict, "count", "u", (guint32)MIN (self->count, G_MAXUINT32));
  g_variant_dict_insert (&dict, "firstTimestamp", "t", (guint64)self->first);
  g_variant_dict_insert (&dict, "lastTimestamp", "t", (guint64)self->last);
  return g_variant_dict_end (&dict);
}

/* What is NULL counts for all. */
gboolean
bv_event_is_of (const BvEvent *self, const char *kind, const char *namespace, const char *name)
{
  return (kind == NULL || g_str_equal (self->kind, kind)) &&
         (namespace == NULL || g_str_equal (self->namespace, namespace)) &&
         (name == NULL || g_str_equal (self->name, name));
}
