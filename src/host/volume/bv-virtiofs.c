/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/volume/bv-virtiofs.h"

#include <glib/gi18n-lib.h>

#include "host/volume/bv-config-folder.h"
#include "host/volume/bv-virtiofs-daemon.h"
#include "host/volume/bv-volume-files.h"
#include "host/volume/bv-volume-folder.h"
#include "model/bv-vmi-private.h"

/* Folders that a guest mounts. Those of ConfigMaps and the like are made of the same files as their
 * ISO images, and stay up to date while the guest runs, as in a cluster. */

static char *
build_folder (const BvVolumeWork *work, const BvApiVolume *volume)
{
  return g_build_filename (work->image_folder, volume->name, NULL);
}

/* By number: the name of a socket cannot be long. */
static char *
build_socket (const BvVolumeWork *work, const BvApiVolume *volume)
{
  const BvApiVirtualMachineInstanceSpec *spec = bv_vmi_get_record (work->vmi)->spec;
  g_autofree char *base = NULL;
  guint number = 0;

  while (number < spec->n_volumes && spec->volumes[number] != volume)
    number++;
  base = g_strdup_printf ("fs%u.sock", number);
  return g_build_filename (work->image_folder, base, NULL);
}

static gboolean
fill (const BvVolumeWork *work, const BvApiVolume *volume, const char *folder, GError **error)
{
  const BvVolumePreparer *disk = bv_volume_preparer_find (volume, BV_VOLUME_USE_DISK);
  g_autoptr (GPtrArray) files = bv_volume_files_new ();
  const char *label = NULL;

  return disk->collect (work, volume, files, &label, error) &&
         bv_config_folder_update (folder, files, error);
}

gboolean
bv_virtiofs_share (const BvVolumeWork *work, const BvApiVolume *volume, const char *folder,
                   gboolean read_only, BvVolumeFacts *facts, GError **error)
{
  BvVirtiofsShare share = { .name = volume->name, .folder = folder, .read_only = read_only };

  facts->socket = build_socket (work, volume);
  share.socket = facts->socket;
  return work->dry_run || (bv_volume_folder_make (work->image_folder, work->group, error) &&
                           bv_virtiofs_daemon_start (work, &share, error));
}

gboolean
bv_virtiofs_prepare (const BvVolumeWork *work, const BvApiVolume *volume, BvVolumeFacts *facts,
                     GError **error)
{
  g_autofree char *folder = build_folder (work, volume);

  return (work->dry_run || (bv_volume_folder_make (work->image_folder, work->group, error) &&
                            fill (work, volume, folder, error))) &&
         bv_virtiofs_share (work, volume, folder, TRUE, facts, error);
}

static gboolean
is_shared (const BvApiVirtualMachineInstanceSpec *spec, const BvApiVolume *volume)
{
  const BvVolumePreparer *preparer = bv_volume_preparer_find (volume, BV_VOLUME_USE_FILESYSTEM);
  const BvApiDevices *devices = spec->domain->devices;

  if (preparer == NULL || preparer->prepare != bv_virtiofs_prepare)
    return FALSE;
  for (guint i = 0; devices != NULL && i < devices->n_filesystems; i++)
    if (g_strcmp0 (devices->filesystems[i]->name, volume->name) == 0)
      return TRUE;
  return FALSE;
}

gboolean
bv_virtiofs_is_used (BvVmi *vmi)
{
  const BvApiVirtualMachineInstanceSpec *spec = bv_vmi_get_record (vmi)->spec;

  for (guint i = 0; i < spec->n_volumes; i++)
    if (is_shared (spec, spec->volumes[i]))
      return TRUE;
  return FALSE;
}

gboolean
bv_virtiofs_update (const BvVolumeWork *work, GError **error)
{
  const BvApiVirtualMachineInstanceSpec *spec = bv_vmi_get_record (work->vmi)->spec;

  for (guint i = 0; i < spec->n_volumes; i++)
    {
      g_autofree char *folder = build_folder (work, spec->volumes[i]);

      /* What was never shared is not made now. */
      if (!is_shared (spec, spec->volumes[i]) || !g_file_test (folder, G_FILE_TEST_IS_DIR))
        continue;
      if (fill (work, spec->volumes[i], folder, error))
        continue;
      g_prefix_error (error, _ ("The volume %s keeps what it had: "), spec->volumes[i]->name);
      return FALSE;
    }
  return TRUE;
}
