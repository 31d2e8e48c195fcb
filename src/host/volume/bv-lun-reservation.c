/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/volume/bv-lun-reservation.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <linux/capability.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "host/bv-program.h"
#include "host/companion/bv-companion.h"
#include "host/volume/bv-volume-folder.h"
#include "model/bv-error.h"
#include "model/bv-vmi-private.h"

#define GROUP "persistent-reservation"
#define NAME "pr-helper"
#define SOCKET "pr-helper.sock"
#define PID_FILE "pr-helper.pid"
#define PATIENCE_MS 10000

/* SCSI commands, those to the device mapper for multipath devices, and to drop all others. */
#define CAPABILITIES                                                                               \
  (BV_CAPABILITY (CAP_SYS_RAWIO) | BV_CAPABILITY (CAP_SYS_ADMIN) | BV_CAPABILITY (CAP_SETPCAP) |   \
   BV_CAPABILITY (CAP_SETGID) | BV_CAPABILITY (CAP_SETUID))

static const char *const usual_places[] = {
  "/usr/bin/qemu-pr-helper",
  "/usr/libexec/qemu-pr-helper",
  "/usr/lib/qemu/qemu-pr-helper",
  NULL,
};

static gboolean
is_reserved (BvVmi *vmi, const BvApiVolume *volume)
{
  const BvApiDevices *devices = bv_vmi_get_record (vmi)->spec->domain->devices;

  for (guint i = 0; devices != NULL && i < devices->n_disks; i++)
    {
      const BvApiDisk *disk = devices->disks[i];

      if (disk->lun != NULL && disk->lun->reservation && g_strcmp0 (disk->name, volume->name) == 0)
        return TRUE;
    }
  return FALSE;
}

static const char *
find_program (const BvConfig *config, GError **error)
{
  const char *program = bv_program_find (config, GROUP, usual_places);

  if (program == NULL)
    g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
                 _ ("The program qemu-pr-helper is not on this host. Install it, or name it with "
                    "program= in [persistent-reservation] of barevirt.conf."));
  return program;
}

/* It says that it listens by writing its process id: until that is there, what happens in the
 * folder is followed. */
static gboolean
wait_for_file (int watch, const char *path)
{
  gint64 end = g_get_monotonic_time () + PATIENCE_MS * 1000;
  char events[4096];

  while (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      struct pollfd change = { .fd = watch, .events = POLLIN };
      gint64 left = (end - g_get_monotonic_time ()) / 1000;

      if (left <= 0)
        return FALSE;
      if (poll (&change, 1, (int)left) > 0 && read (watch, events, sizeof events) < 0 &&
          errno != EINTR)
        return FALSE;
    }
  return TRUE;
}

static gboolean
start (const BvVolumeWork *work, const char *program, const char *socket, GError **error)
{
  g_autofree char *pid_file = g_build_filename (work->image_folder, PID_FILE, NULL);
  g_autofree char *folder = bv_companion_build_folder (work->runtime_directory);
  const char *const arguments[] = { program, "-k", socket, "-f", pid_file, NULL };
  const BvCompanionSpec spec = {
    .name = NAME,
    .description = "qemu-pr-helper",
    .arguments = arguments,
    .standard_input = -1,
    .capabilities = CAPABILITIES,
  };
  gboolean shared = work->group != BV_NO_GROUP;
  int watch;
  gboolean good;

  g_unlink (socket);
  g_unlink (pid_file);
  watch = inotify_init1 (IN_CLOEXEC);
  good = watch >= 0 && inotify_add_watch (watch, work->image_folder, IN_CREATE | IN_MOVED_TO) >= 0;
  if (good && !bv_companion_start (folder, work->uid, &spec, error))
    {
      g_close (watch, NULL);
      return FALSE;
    }
  good = good && wait_for_file (watch, pid_file) &&
         (!shared || lchown (socket, -1, work->group) == 0) &&
         g_chmod (socket, shared ? 0660 : 0600) == 0;
  if (watch >= 0)
    g_close (watch, NULL);
  if (!good)
    g_set_error (error, BV_ERROR, BV_ERROR_FAILED,
                 _ ("%s does not listen on its socket. It must be run by root."), program);
  return good;
}

static gboolean
is_allowed (const BvVolumeWork *work, GError **error)
{
  if (bv_config_get_boolean (work->config, GROUP, "enabled"))
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
               _ ("Guests may not reserve LUNs on this host. Write enabled=true in "
                  "[persistent-reservation] of barevirt.conf, or leave out reservation: true."));
  return FALSE;
}

gboolean
bv_lun_reservation_prepare (const BvVolumeWork *work, const BvApiVolume *volume,
                            BvVolumeFacts *facts, GError **error)
{
  g_autofree char *folder = NULL;
  const char *program;

  if (!is_reserved (work->vmi, volume))
    return TRUE;
  g_free (facts->socket);
  facts->socket = g_build_filename (work->image_folder, SOCKET, NULL);
  if (work->dry_run)
    return TRUE;
  if (!is_allowed (work, error))
    return FALSE;
  folder = bv_companion_build_folder (work->runtime_directory);
  /* One serves all LUNs of the VMI. */
  if (bv_companion_is_running (folder, NAME) && g_file_test (facts->socket, G_FILE_TEST_EXISTS))
    return TRUE;
  program = find_program (work->config, error);
  return program != NULL && bv_volume_folder_make (work->image_folder, work->group, error) &&
         start (work, program, facts->socket, error);
}
