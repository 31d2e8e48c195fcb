/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "volume/bv-container-path-volume.h"

#include "model/bv-error.h"

#include <glib/gi18n-lib.h>

/* A folder that the guest shares as a file system. */
struct _BvContainerPathVolume
{
  BvVolume parent_instance;
};

G_DEFINE_FINAL_TYPE (BvContainerPathVolume, bv_container_path_volume, BV_TYPE_VOLUME)

static gboolean
fill_disk (const BvVolumeClass *class, const BvApiVolume *record, const BvFactsVolume *facts,
           BvXml *disk, BvXml *driver, GError **error)
{
  g_set_error (
      error, BV_ERROR, BV_ERROR_INVALID_MANIFEST,
      _ ("The volume %s is a folder; give it to the guest as a filesystem, not as a disk."),
      record->name);
  return FALSE;
}

static void
bv_container_path_volume_class_init (BvContainerPathVolumeClass *class)
{
  BvVolumeClass *volume_class = BV_VOLUME_CLASS (class);

  volume_class->source = "containerPath";
  volume_class->fill_disk = fill_disk;
}

static void
bv_container_path_volume_init (BvContainerPathVolume *self)
{
}
