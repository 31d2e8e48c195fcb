/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "migration/bv-migration-disks.h"

#include "volume/bv-volume-private.h"

static const BvApiVolume *
find_volume (const BvApiVirtualMachineInstanceSpec *spec, const char *name)
{
  for (guint i = 0; name != NULL && i < spec->n_volumes; i++)
    if (g_strcmp0 (spec->volumes[i]->name, name) == 0)
      return spec->volumes[i];
  return NULL;
}

/* What is not of this host alone is made anew on any other from what the manifest says; copying it
 * keeps what the guest saw, and may have written. */
static gboolean
is_generated (const BvApiVolume *volume)
{
  return volume->config_map != NULL || volume->secret != NULL || volume->downward_api != NULL ||
         volume->service_account != NULL || volume->cloud_init_no_cloud != NULL ||
         volume->cloud_init_config_drive != NULL || volume->container_disk != NULL;
}

/* Two hosts that name the same storage see the same, whatever a manifest says of it. */
static gboolean
is_shared (const BvMigrationStorage *storage, const char *volume)
{
  const char *here = volume != NULL ? g_hash_table_lookup (storage->here, volume) : NULL;
  const char *there = volume != NULL ? g_hash_table_lookup (storage->there, volume) : NULL;

  return here != NULL && g_strcmp0 (here, there) == 0;
}

static gboolean
is_copied (const BvApiVirtualMachineInstanceSpec *spec, const BvMigrationDisk *disk,
           const BvMigrationStorage *storage)
{
  const BvApiVolume *volume = find_volume (spec, disk->volume);

  if (g_strcmp0 (disk->device, "cdrom") == 0 || disk->path == NULL)
    return FALSE;
  if (g_strcmp0 (disk->type, "file") != 0 && g_strcmp0 (disk->type, "block") != 0)
    return FALSE;
  if (disk->read_only && (volume == NULL || !is_generated (volume)))
    return FALSE;
  return !is_shared (storage, disk->volume);
}

GStrv
bv_migration_disks_choose (const BvApiVirtualMachineInstanceSpec *spec, GPtrArray *disks,
                           const BvMigrationStorage *storage)
{
  g_autoptr (GStrvBuilder) targets = g_strv_builder_new ();
  gboolean any = FALSE;

  for (guint i = 0; i < disks->len; i++)
    {
      const BvMigrationDisk *disk = g_ptr_array_index (disks, i);

      if (!is_copied (spec, disk, storage))
        continue;
      g_strv_builder_add (targets, disk->target);
      any = TRUE;
    }
  return any ? g_strv_builder_end (targets) : NULL;
}
