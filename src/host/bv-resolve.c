/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/bv-resolve.h"

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>

#include "adapt/bv-adapt.h"
#include "bv-autocleanups.h"
#include "convert/bv-convert.h"
#include "host/bv-host-disk.h"
#include "model/bv-error.h"
#include "model/bv-vmi-private.h"

typedef struct
{
  const BvVolumeWork *work;
  const BvConfig *config;
  gboolean dry_run;
  JsonBuilder *builder;
} Resolver;

static void
add_string (Resolver *self, const char *name, const char *value)
{
  json_builder_set_member_name (self->builder, name);
  json_builder_add_string_value (self->builder, value);
}

static void
add_boolean (Resolver *self, const char *name, gboolean value)
{
  json_builder_set_member_name (self->builder, name);
  json_builder_add_boolean_value (self->builder, value);
}

static gboolean
resolve_host_disk (Resolver *self, const BvApiVolume *volume, GError **error)
{
  gboolean is_block = FALSE;

  if (!self->dry_run && !bv_host_disk_prepare (volume->host_disk, self->config, &is_block, error))
    {
      g_prefix_error (error, _ ("The volume %s is not there: "), volume->name);
      return FALSE;
    }
  json_builder_set_member_name (self->builder, volume->name);
  json_builder_begin_object (self->builder);
  add_string (self, "path", volume->host_disk->path);
  add_boolean (self, "block", is_block);
  add_string (self, "format", "raw");
  json_builder_end_object (self->builder);
  return TRUE;
}

/* A volume that is made for this VMI alone. */
static gboolean
resolve_prepared (Resolver *self, const BvApiVolume *volume, const BvVolumePreparer *preparer,
                  GError **error)
{
  g_autofree char *path = bv_volume_preparer_get_path (preparer, self->work, volume);

  if (!self->dry_run && !bv_volume_preparer_run (preparer, self->work, volume, error))
    {
      g_prefix_error (error, _ ("The volume %s cannot be prepared: "), volume->name);
      return FALSE;
    }
  json_builder_set_member_name (self->builder, volume->name);
  json_builder_begin_object (self->builder);
  add_string (self, "path", path);
  add_string (self, "format", preparer->format);
  json_builder_end_object (self->builder);
  return TRUE;
}

static gboolean
resolve_volume (Resolver *self, const BvApiVolume *volume, GError **error)
{
  const BvVolumePreparer *preparer = bv_volume_preparer_find (volume);

  if (volume->host_disk != NULL)
    return resolve_host_disk (self, volume, error);
  if (preparer != NULL)
    return resolve_prepared (self, volume, preparer, error);
  g_set_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED,
               _ ("The volume %s is of a kind that this version of Barevirt cannot prepare yet; it "
                  "knows hostDisk, emptyDisk, cloudInitNoCloud, cloudInitConfigDrive, configMap, "
                  "secret, sysprep, downwardAPI and serviceAccount."),
               volume->name);
  return FALSE;
}

static gboolean
resolve_network (Resolver *self, const BvApiNetwork *network, GError **error)
{
  if (network->pod == NULL)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED,
                   _ ("The network %s is of a kind that this version of Barevirt cannot provide "
                      "yet; it knows the pod network."),
                   network->name);
      return FALSE;
    }
  json_builder_set_member_name (self->builder, network->name);
  json_builder_begin_object (self->builder);
  add_string (self, "attachment", "network");
  add_string (self, "network", bv_config_get_string (self->config, "network", "default"));
  json_builder_end_object (self->builder);
  return TRUE;
}

static gboolean
resolve_lists (Resolver *self, const BvApiVirtualMachineInstanceSpec *spec, GError **error)
{
  json_builder_set_member_name (self->builder, "volumes");
  json_builder_begin_object (self->builder);
  for (guint i = 0; i < spec->n_volumes; i++)
    if (!resolve_volume (self, spec->volumes[i], error))
      return FALSE;
  json_builder_end_object (self->builder);
  json_builder_set_member_name (self->builder, "networks");
  json_builder_begin_object (self->builder);
  for (guint i = 0; i < spec->n_networks; i++)
    if (!resolve_network (self, spec->networks[i], error))
      return FALSE;
  json_builder_end_object (self->builder);
  return TRUE;
}

static gboolean
check_firmware (const BvApiFirmware *firmware, GError **error)
{
  if (firmware == NULL || firmware->kernel_boot == NULL || firmware->kernel_boot->container == NULL)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED,
               _ ("This version of Barevirt cannot fetch the kernel boot container %s yet; let the "
                  "guest boot from a disk."),
               firmware->kernel_boot->container->image);
  return FALSE;
}

BvContext *
bv_resolve_context (const BvVolumeWork *work, const BvConfig *config, const BvHostFacts *facts,
                    const char *runtime_directory, gboolean dry_run, GError **error)
{
  const BvApiVirtualMachineInstanceSpec *spec = bv_vmi_get_record (work->vmi)->spec;
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *json = NULL;
  Resolver resolver = { work, config, dry_run, builder };

  if (!check_firmware (spec->domain->firmware, error))
    return NULL;
  json_builder_begin_object (builder);
  add_string (&resolver, "architecture", facts->architecture);
  add_boolean (&resolver, "hypervisorDeviceAvailable", facts->kvm_usable);
  add_boolean (&resolver, "allowEmulation",
               bv_config_get_boolean (config, "hypervisor", "allow-emulation"));
  add_string (&resolver, "runtimeDirectory", runtime_directory);
  if (!resolve_lists (&resolver, spec, error))
    return NULL;
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  json = json_to_string (root, FALSE);
  return bv_context_new_from_json (json, error);
}

GVirConfigDomain *
bv_resolve_domain (BvVmi *vmi, BvContext *context, const BvHostFacts *facts, GPtrArray **changes,
                   GError **error)
{
  const BvAdaptTarget target = { facts->libvirt_version, facts->hypervisor_version };
  g_autoptr (GVirConfigDomain) domain = bv_vmi_convert (vmi, context, error);

  if (domain == NULL || !bv_adapt_domain (domain, &target, changes, error))
    return NULL;
  return g_steal_pointer (&domain);
}
