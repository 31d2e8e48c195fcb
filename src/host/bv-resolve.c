/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/bv-resolve-private.h"

#include "adapt/bv-adapt.h"
#include "bv-autocleanups.h"
#include "convert/bv-convert.h"
#include "convert/bv-xml.h"
#include "host/bv-domain-limits.h"
#include "host/bv-memory-device.h"
#include "model/bv-vmi-private.h"

void
bv_resolver_add_string (BvResolver *self, const char *name, const char *value)
{
  json_builder_set_member_name (self->builder, name);
  json_builder_add_string_value (self->builder, value);
}

void
bv_resolver_add_boolean (BvResolver *self, const char *name, gboolean value)
{
  json_builder_set_member_name (self->builder, name);
  json_builder_add_boolean_value (self->builder, value);
}

void
bv_resolver_add_uint (BvResolver *self, const char *name, guint64 value)
{
  json_builder_set_member_name (self->builder, name);
  json_builder_add_int_value (self->builder, (gint64)value);
}

BvContext *
bv_resolve_context (const BvVolumeWork *work, GHashTable *volumes, GError **error)
{
  g_autoptr (GHashTable) table =
      volumes != NULL ? g_hash_table_ref (volumes) : bv_volume_facts_table_new ();
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *json = NULL;
  g_autoptr (GPtrArray) firmwares = NULL;
  BvResolver resolver = { work, bv_vmi_get_record (work->vmi)->spec, builder, table };
  gboolean resolved;

  json_builder_begin_object (builder);
  resolved = bv_resolve_machine (&resolver, error) && bv_resolve_ignition (&resolver, error) &&
             bv_resolve_metrics (&resolver, error) && bv_resolve_volumes (&resolver, error) &&
             bv_resolve_networks (&resolver, error);
  firmwares = resolver.firmwares;
  if (!resolved)
    return NULL;
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  json = json_to_string (root, FALSE);
  return bv_context_new_from_json (json, error);
}

GVirConfigDomain *
bv_resolve_domain (const BvVolumeWork *work, BvContext *context, GPtrArray **changes,
                   GError **error)
{
  const BvHostFacts *facts = work->facts;
  const BvAdaptTarget target = { facts->libvirt_version, facts->hypervisor_version };
  g_autoptr (GVirConfigDomain) domain = bv_vmi_convert (work->vmi, context, error);

  if (domain == NULL)
    return NULL;
  bv_domain_limits_add (domain, work->vmi, context, facts, work->config);
  if (!bv_adapt_domain (domain, &target, changes, error))
    return NULL;
  if (bv_memory_device_is_dimm (work->config, facts))
    bv_memory_device_add_slots (domain);
  return g_steal_pointer (&domain);
}

static gboolean
is_sealed (GHashTable *volumes, const char *path)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, volumes);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const BvVolumeFacts *facts = value;

      if (facts->backing_sealed && g_strcmp0 (facts->backing_path, path) == 0)
        return TRUE;
    }
  return FALSE;
}

void
bv_resolve_seal (GVirConfigDomain *domain, GHashTable *volumes)
{
  BvXml *devices = bv_xml_find (bv_xml_of (GVIR_CONFIG_OBJECT (domain)), "devices");

  for (BvXml *device = devices != NULL ? bv_xml_first (devices) : NULL; device != NULL;
       device = bv_xml_next (device))
    {
      BvXml *store = bv_xml_is (device, "disk") ? bv_xml_find (device, "backingStore") : NULL;
      BvXml *source = store != NULL ? bv_xml_find (store, "source") : NULL;
      BvXml *label;

      if (source == NULL || !is_sealed (volumes, bv_xml_get (source, "file")))
        continue;
      label = bv_xml_add (source, "seclabel");
      bv_xml_set (label, "model", "dac");
      bv_xml_set (label, "relabel", "no");
    }
}
