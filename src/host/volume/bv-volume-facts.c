/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/volume/bv-volume-facts.h"

static const gsize texts[] = {
  G_STRUCT_OFFSET (BvVolumeFacts, path),
  G_STRUCT_OFFSET (BvVolumeFacts, format),
  G_STRUCT_OFFSET (BvVolumeFacts, backing_path),
  G_STRUCT_OFFSET (BvVolumeFacts, backing_format),
  G_STRUCT_OFFSET (BvVolumeFacts, socket),
  G_STRUCT_OFFSET (BvVolumeFacts, acpi_table),
  G_STRUCT_OFFSET (BvVolumeFacts, target),
  G_STRUCT_OFFSET (BvVolumeFacts, shortage),
  G_STRUCT_OFFSET (BvVolumeFacts, claim.name),
  G_STRUCT_OFFSET (BvVolumeFacts, claim.volume_mode),
  G_STRUCT_OFFSET (BvVolumeFacts, claim.capacity),
  G_STRUCT_OFFSET (BvVolumeFacts, claim.request),
  G_STRUCT_OFFSET (BvVolumeFacts, claim.filesystem_overhead),
};

void
bv_volume_facts_clear (BvVolumeFacts *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (G_STRUCT_MEMBER (char *, self, texts[i]));
  g_strfreev (self->claim.access_modes);
  *self = (BvVolumeFacts){ 0 };
}

static BvVolumeFacts *
copy_facts (const BvVolumeFacts *self)
{
  BvVolumeFacts *copy = g_new0 (BvVolumeFacts, 1);

  *copy = *self;
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    G_STRUCT_MEMBER (char *, copy, texts[i]) = g_strdup (G_STRUCT_MEMBER (char *, self, texts[i]));
  copy->claim.access_modes = g_strdupv (self->claim.access_modes);
  return copy;
}

static void
facts_free (gpointer data)
{
  bv_volume_facts_clear (data);
  g_free (data);
}

GHashTable *
bv_volume_facts_table_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, facts_free);
}

GHashTable *
bv_volume_facts_table_copy (GHashTable *table)
{
  GHashTable *copy = bv_volume_facts_table_new ();
  GHashTableIter iter;
  gpointer name, facts;

  g_hash_table_iter_init (&iter, table);
  while (g_hash_table_iter_next (&iter, &name, &facts))
    g_hash_table_insert (copy, g_strdup (name), copy_facts (facts));
  return copy;
}

static void
add_string (JsonBuilder *builder, const char *name, const char *value)
{
  if (value == NULL)
    return;
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, value);
}

static void
add_boolean (JsonBuilder *builder, const char *name, gboolean value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_boolean_value (builder, value);
}

static void
add_number (JsonBuilder *builder, const char *name, guint value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, value);
}

static void
add_storage (const BvVolumeFacts *self, JsonBuilder *builder)
{
  add_boolean (builder, "directIO", self->direct_io);
  add_boolean (builder, "preallocated", self->preallocated);
  if (self->logical_block == 0)
    return;
  json_builder_set_member_name (builder, "blockIO");
  json_builder_begin_object (builder);
  add_number (builder, "logical", self->logical_block);
  add_number (builder, "physical", self->physical_block);
  add_number (builder, "discardGranularity", self->discard_granularity);
  json_builder_end_object (builder);
}

void
bv_volume_facts_to_json (const BvVolumeFacts *self, JsonBuilder *builder)
{
  json_builder_begin_object (builder);
  add_string (builder, "path", self->path);
  add_boolean (builder, "block", self->block);
  add_string (builder, "format", self->format);
  if (self->backing_path != NULL)
    {
      json_builder_set_member_name (builder, "backing");
      json_builder_begin_object (builder);
      add_string (builder, "path", self->backing_path);
      add_boolean (builder, "block", self->backing_block);
      add_string (builder, "format", self->backing_format);
      json_builder_end_object (builder);
    }
  add_boolean (builder, "hotplug", self->hotplug);
  add_boolean (builder, "discard", !self->no_discard);
  add_string (builder, "socket", self->socket);
  add_string (builder, "acpiTable", self->acpi_table);
  add_string (builder, "target", self->target);
  if (self->storage_known)
    add_storage (self, builder);
  json_builder_end_object (builder);
}
