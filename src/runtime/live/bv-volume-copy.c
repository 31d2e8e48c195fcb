/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/live/bv-volume-copy.h"

#include "runtime/vmi/bv-vmi-volumes.h"

void
bv_volume_copy_free (BvVolumeCopy *self)
{
  g_free (self->source);
  g_free (self->destination);
  g_free (self->obstacle);
  g_free (self);
}

gboolean
bv_volume_copy_is_active (const BvVolumeCopy *self)
{
  return self->state == BV_VOLUME_COPY_WAITING || self->state == BV_VOLUME_COPY_COPYING;
}

GHashTable *
bv_volume_copies_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                (GDestroyNotify)bv_volume_copy_free);
}

GHashTable *
bv_volume_copies_copy (GHashTable *table)
{
  GHashTable *copies = bv_volume_copies_new ();
  GHashTableIter iter;
  gpointer name, value;

  g_hash_table_iter_init (&iter, table);
  while (g_hash_table_iter_next (&iter, &name, &value))
    {
      BvVolumeCopy *copy = g_memdup2 (value, sizeof (BvVolumeCopy));

      copy->source = g_strdup (copy->source);
      copy->destination = g_strdup (copy->destination);
      copy->obstacle = g_strdup (copy->obstacle);
      g_hash_table_insert (copies, g_strdup (name), copy);
    }
  return copies;
}

BvVolumeCopy *
bv_volume_copies_add (GHashTable *table, const char *name, const char *source, gboolean data_volume,
                      const char *destination)
{
  BvVolumeCopy *copy = g_new0 (BvVolumeCopy, 1);

  copy->source = g_strdup (source);
  copy->destination = g_strdup (destination);
  copy->data_volume = data_volume;
  g_hash_table_replace (table, g_strdup (name), copy);
  return copy;
}

BvVolumeCopy *
bv_volume_copies_find_active (GHashTable *table, const char *name)
{
  BvVolumeCopy *copy = g_hash_table_lookup (table, name);

  return copy != NULL && bv_volume_copy_is_active (copy) ? copy : NULL;
}

gboolean
bv_volume_copies_any_active (GHashTable *table)
{
  GHashTableIter iter;
  gpointer copy;

  g_hash_table_iter_init (&iter, table);
  while (g_hash_table_iter_next (&iter, NULL, &copy))
    if (bv_volume_copy_is_active (copy))
      return TRUE;
  return FALSE;
}

gboolean
bv_volume_copies_use (GHashTable *table, const char *claim)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, table);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const BvVolumeCopy *copy = value;

      if (bv_volume_copy_is_active (copy) &&
          (g_strcmp0 (copy->source, claim) == 0 || g_strcmp0 (copy->destination, claim) == 0))
        return TRUE;
    }
  return FALSE;
}

/* On record. */

static void
add_text (JsonBuilder *builder, const char *name, const char *text)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, text);
}

static void
add_boolean (JsonBuilder *builder, const char *name, gboolean value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_boolean_value (builder, value);
}

void
bv_volume_copies_write (GHashTable *table, JsonBuilder *builder)
{
  GHashTableIter iter;
  gpointer name, value;

  g_hash_table_iter_init (&iter, table);
  while (g_hash_table_iter_next (&iter, &name, &value))
    {
      const BvVolumeCopy *copy = value;

      json_builder_set_member_name (builder, name);
      json_builder_begin_object (builder);
      add_text (builder, "source", copy->source);
      add_text (builder, "destination", copy->destination);
      add_boolean (builder, "dataVolume", copy->data_volume);
      add_boolean (builder, "copying", copy->state == BV_VOLUME_COPY_COPYING);
      add_boolean (builder, "undone", copy->state == BV_VOLUME_COPY_UNDONE);
      add_boolean (builder, "cancelled", copy->cancelled);
      add_boolean (builder, "reverted", copy->reverted);
      json_builder_end_object (builder);
    }
}

static void
read_copy (GHashTable *table, const char *name, JsonObject *object)
{
  BvVolumeCopy *copy =
      bv_volume_copies_add (table, name, json_object_get_string_member (object, "source"),
                            json_object_get_boolean_member (object, "dataVolume"),
                            json_object_get_string_member (object, "destination"));

  if (json_object_get_boolean_member (object, "copying"))
    copy->state = BV_VOLUME_COPY_COPYING;
  else if (json_object_get_boolean_member (object, "undone"))
    copy->state = BV_VOLUME_COPY_UNDONE;
  copy->cancelled = json_object_get_boolean_member (object, "cancelled");
  copy->reverted = json_object_get_boolean_member (object, "reverted");
}

void
bv_volume_copies_read (GHashTable *table, JsonObject *object)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &name, &node))
    read_copy (table, name, json_node_get_object (node));
}

/* As it is told. */

static GVariant *
name_claim (const char *name)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "claimName", "s", name);
  return g_variant_dict_end (&dict);
}

static GVariant *
copy_to_variant (const char *name, const BvVolumeCopy *copy, const BvVolumeFacts *facts)
{
  gboolean known = facts != NULL && g_strcmp0 (facts->claim.name, copy->source) == 0;
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "volumeName", "s", name);
  g_variant_dict_insert_value (&dict, "sourcePVCInfo",
                               known ? bv_claim_facts_to_variant (&facts->claim)
                                     : name_claim (copy->source));
  g_variant_dict_insert_value (&dict, "destinationPVCInfo", name_claim (copy->destination));
  return g_variant_dict_end (&dict);
}

GVariant *
bv_volume_copies_to_variant (GHashTable *table, GHashTable *facts)
{
  g_autoptr (GList) names =
      g_list_sort (g_hash_table_get_keys (table), (GCompareFunc)(void (*) (void))g_strcmp0);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (GList *item = names; item != NULL; item = item->next)
    {
      const BvVolumeCopy *copy = g_hash_table_lookup (table, item->data);

      if (bv_volume_copy_is_active (copy))
        g_variant_builder_add_value (
            &builder, copy_to_variant (item->data, copy, g_hash_table_lookup (facts, item->data)));
    }
  return g_variant_builder_end (&builder);
}
