/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "host/bv-resolve-private.h"
#include "host/volume/bv-volume-folder.h"
#include "model/bv-error.h"
#include "model/bv-vmi-private.h"

static BvVolumeUse
get_use (const BvApiVirtualMachineInstanceSpec *spec, const BvApiVolume *volume)
{
  const BvApiDevices *devices = spec->domain->devices;

  for (guint i = 0; devices != NULL && i < devices->n_filesystems; i++)
    if (g_strcmp0 (devices->filesystems[i]->name, volume->name) == 0)
      return BV_VOLUME_USE_FILESYSTEM;
  return BV_VOLUME_USE_DISK;
}

static const BvVolumePreparer *
find_preparer (const BvApiVirtualMachineInstanceSpec *spec, const BvApiVolume *volume)
{
  return bv_volume_preparer_find (volume, get_use (spec, volume));
}

static gboolean
is_hotpluggable (const BvApiVolume *volume)
{
  if (volume->persistent_volume_claim != NULL)
    return volume->persistent_volume_claim->hotpluggable;
  return volume->data_volume != NULL && volume->data_volume->hotpluggable;
}

/* What can be plugged in later is left out of a start until its claim is there; and what takes
 * dumps of the memory, always: the guest does not see it. */
static gboolean
is_left_out (BvResolver *self, const BvApiVolume *volume)
{
  const char *claim = volume->data_volume != NULL ? volume->data_volume->name : NULL;

  if (volume->persistent_volume_claim != NULL)
    claim = volume->persistent_volume_claim->claim_name;
  return volume->memory_dump != NULL ||
         (is_hotpluggable (volume) && !self->work->dry_run &&
          bv_volume_objects_find_claim (self->work->objects, claim) == NULL);
}

static gboolean
check_volume (BvResolver *self, const BvApiVolume *volume, GError **error)
{
  const BvVolumePreparer *preparer = find_preparer (self->spec, volume);

  if (preparer == NULL)
    {
      g_set_error (
          error, BV_ERROR, BV_ERROR_NOT_SUPPORTED,
          get_use (self->spec, volume) == BV_VOLUME_USE_FILESYSTEM
              ? _ ("The volume %s is of a kind that this version of Barevirt cannot share "
                   "as a filesystem; it shares persistentVolumeClaim, dataVolume, hostDisk, "
                   "configMap, secret, downwardAPI and serviceAccount.")
              : _ ("The volume %s is of a kind that this version of Barevirt cannot "
                   "prepare yet; it knows containerDisk, hostDisk, emptyDisk, cloudInitNoCloud, "
                   "cloudInitConfigDrive, configMap, secret, sysprep, downwardAPI and "
                   "serviceAccount."),
          volume->name);
      return FALSE;
    }
  if (self->work->dry_run || preparer->check_size == NULL ||
      preparer->check_size (self->work, volume, error))
    return TRUE;
  g_prefix_error (error, _ ("There is no room for the volume %s: "), volume->name);
  return FALSE;
}

static gboolean
resolve_volume (BvResolver *self, const BvApiVolume *volume, GError **error)
{
  const BvVolumePreparer *preparer = find_preparer (self->spec, volume);
  BvVolumeFacts *facts;
  g_autofree char *step = g_strdup_printf (_ ("Preparing the volume %s"), volume->name);

  if (g_cancellable_is_cancelled (self->work->cancellable))
    {
      g_set_error (error, BV_ERROR, BV_ERROR_CANCELLED,
                   _ ("It was cancelled before the volume %s was prepared."), volume->name);
      return FALSE;
    }
  facts = g_new0 (BvVolumeFacts, 1);
  g_hash_table_insert (self->volumes, g_strdup (volume->name), facts);
  bv_progress_set (self->work->progress, step, 0, 0);
  if (!bv_volume_preparer_run (preparer, self->work, volume, facts, error))
    {
      g_prefix_error (error, _ ("The volume %s cannot be prepared: "), volume->name);
      return FALSE;
    }
  facts->hotplug = is_hotpluggable (volume);
  json_builder_set_member_name (self->builder, volume->name);
  bv_volume_facts_to_json (facts, self->builder);
  return TRUE;
}

/* A service that was killed may have left half of a volume, or a whole one beside its workshop. */
static gboolean
remove_remains (const BvVolumeWork *work, GError **error)
{
  return work->dry_run || (bv_volume_folder_remove_staging (work->image_folder, error) &&
                           bv_volume_folder_remove_staging (work->disk_folder, error));
}

gboolean
bv_resolve_volumes (BvResolver *self, GError **error)
{
  const BvApiVirtualMachineInstanceSpec *spec = self->spec;

  if (!remove_remains (self->work, error))
    return FALSE;
  for (guint i = 0; i < spec->n_volumes; i++)
    if (!is_left_out (self, spec->volumes[i]) && !check_volume (self, spec->volumes[i], error))
      return FALSE;
  json_builder_set_member_name (self->builder, "volumes");
  json_builder_begin_object (self->builder);
  for (guint i = 0; i < spec->n_volumes; i++)
    if (!is_left_out (self, spec->volumes[i]) && !resolve_volume (self, spec->volumes[i], error))
      return FALSE;
  json_builder_end_object (self->builder);
  return TRUE;
}

void
bv_resolve_clean_up (const BvVolumeWork *work)
{
  const BvApiVirtualMachineInstanceSpec *spec = bv_vmi_get_record (work->vmi)->spec;

  bv_resolve_clean_up_networks (work);
  for (guint i = 0; i < spec->n_volumes; i++)
    {
      const BvVolumePreparer *preparer = find_preparer (spec, spec->volumes[i]);
      g_autoptr (GError) error = NULL;

      if (preparer != NULL && preparer->clean_up != NULL &&
          !preparer->clean_up (work, spec->volumes[i], &error))
        g_warning ("The volume %s leaves something behind: %s", spec->volumes[i]->name,
                   error->message);
    }
}
