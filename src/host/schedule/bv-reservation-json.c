/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/schedule/bv-reservation.h"

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>

#include "model/bv-error.h"

/* The form that a VMI's stored status has it in. */

static void
write_uint (JsonBuilder *builder, const char *name, guint64 value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, (gint64)value);
}

static void
write_string (JsonBuilder *builder, const char *name, const char *value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, value);
}

static void
write_pages (const BvReservation *self, JsonBuilder *builder)
{
  json_builder_set_member_name (builder, "pages");
  json_builder_begin_array (builder);
  for (guint i = 0; i < self->pages->len; i++)
    {
      const BvReservedPages *pages = &g_array_index (self->pages, BvReservedPages, i);

      json_builder_begin_object (builder);
      json_builder_set_member_name (builder, "cell");
      json_builder_add_int_value (builder, pages->cell);
      write_uint (builder, "sizeKib", pages->size_kib);
      write_uint (builder, "count", pages->count);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static void
write_devices (const BvReservation *self, JsonBuilder *builder)
{
  json_builder_set_member_name (builder, "devices");
  json_builder_begin_array (builder);
  for (guint i = 0; i < self->devices->len; i++)
    {
      const BvReservedDevice *device = g_ptr_array_index (self->devices, i);

      json_builder_begin_object (builder);
      write_string (builder, "name", device->name);
      write_string (builder, "node", device->node);
      write_string (builder, "kind", device->kind);
      write_string (builder, "address", device->address);
      json_builder_set_member_name (builder, "numaCell");
      json_builder_add_int_value (builder, device->numa_cell);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

char *
bv_reservation_to_json (const BvReservation *self)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "cpus");
  json_builder_begin_array (builder);
  for (guint i = 0; i < self->cpus->len; i++)
    json_builder_add_int_value (builder, g_array_index (self->cpus, guint32, i));
  json_builder_end_array (builder);
  write_uint (builder, "usedCpus", self->n_cpus);
  write_uint (builder, "cpuMillis", self->cpu_millis);
  write_uint (builder, "memory", self->memory);
  write_pages (self, builder);
  write_devices (self, builder);
  write_uint (builder, "vsockCid", self->vsock_cid);
  json_builder_set_member_name (builder, "settled");
  json_builder_add_boolean_value (builder, self->settled);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return json_to_string (root, FALSE);
}

static void
read_lists (BvReservation *self, JsonObject *object)
{
  JsonArray *cpus = json_object_get_array_member (object, "cpus");
  JsonArray *pages = json_object_get_array_member (object, "pages");
  JsonArray *devices = json_object_get_array_member (object, "devices");

  for (guint i = 0; i < json_array_get_length (cpus); i++)
    {
      guint32 cpu = (guint32)json_array_get_int_element (cpus, i);

      g_array_append_val (self->cpus, cpu);
    }
  for (guint i = 0; i < json_array_get_length (pages); i++)
    {
      JsonObject *item = json_array_get_object_element (pages, i);
      BvReservedPages entry = { (gint32)json_object_get_int_member (item, "cell"),
                                (guint64)json_object_get_int_member (item, "sizeKib"),
                                (guint64)json_object_get_int_member (item, "count") };

      g_array_append_val (self->pages, entry);
    }
  for (guint i = 0; i < json_array_get_length (devices); i++)
    {
      JsonObject *item = json_array_get_object_element (devices, i);

      bv_reservation_add_device (self, json_object_get_string_member (item, "name"),
                                 json_object_get_string_member (item, "node"),
                                 json_object_get_string_member (item, "kind"),
                                 json_object_get_string_member (item, "address"),
                                 (int)json_object_get_int_member (item, "numaCell"));
    }
}

/* What bv_reservation_to_json() wrote. */
BvReservation *
bv_reservation_new_from_json (const char *json, GError **error)
{
  /* What is wrong with the text is nothing that a person could mend. */
  g_autoptr (JsonNode) root = json_from_string (json, NULL);
  BvReservation *self;
  JsonObject *object;

  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root) ||
      !json_object_has_member (json_node_get_object (root), "devices"))
    {
      g_set_error (error, BV_ERROR, BV_ERROR_INTERNAL,
                   _ ("What is stored of a guest's resources cannot be read."));
      return NULL;
    }
  object = json_node_get_object (root);
  self = bv_reservation_new ();
  read_lists (self, object);
  self->n_cpus = (guint)json_object_get_int_member (object, "usedCpus");
  self->cpu_millis = (guint64)json_object_get_int_member (object, "cpuMillis");
  self->memory = (guint64)json_object_get_int_member (object, "memory");
  self->vsock_cid = (guint32)json_object_get_int_member (object, "vsockCid");
  self->settled = json_object_get_boolean_member (object, "settled");
  return self;
}
