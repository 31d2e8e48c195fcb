/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-target.h"
#include "cli/bv-cli.h"
#include "model/bv-error.h"

#include <errno.h>
#include <gio/gunixfdlist.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define PERIOD_US (G_USEC_PER_SEC / 2)

/* Where the output is, in the file that still grows. */
typedef struct
{
  int fd;
  dev_t device;
  ino_t inode;
} Place;

/* All that FD has from here on. */
static gboolean
print_rest (int fd, GError **error)
{
  char buffer[65536];
  gssize n;

  while ((n = read (fd, buffer, sizeof buffer)) > 0)
    if (fwrite (buffer, 1, (gsize)n, stdout) != (gsize)n)
      break;
  if (n == 0 && fflush (stdout) == 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
               _ ("The log cannot be printed: %s."), g_strerror (errno));
  return FALSE;
}

static gboolean
is_at (const Place *place, int fd)
{
  struct stat status;

  return fstat (fd, &status) == 0 && status.st_dev == place->device &&
         status.st_ino == place->inode;
}

/* Prints FDS from the place on; all of them if it is in none of them. The last becomes the place.
 */
static gboolean
print_files (Place *place, const int *fds, int n, GError **error)
{
  struct stat status;
  int from = 0;

  for (int i = 0; i < n; i++)
    if (place->fd >= 0 && is_at (place, fds[i]))
      from = i + 1;
  if (place->fd >= 0 && !print_rest (place->fd, error))
    return FALSE;
  if (from == n)
    return TRUE;
  for (int i = from; i < n; i++)
    if (!print_rest (fds[i], error))
      return FALSE;
  if (place->fd >= 0)
    g_close (place->fd, NULL);
  place->fd = dup (fds[n - 1]);
  if (fstat (place->fd, &status) == 0)
    {
      place->device = status.st_dev;
      place->inode = status.st_ino;
    }
  return TRUE;
}

static gboolean
print_log (BvDBusVirtualMachineInstance *vmi, Place *place, GError **error)
{
  g_autoptr (GUnixFDList) list = NULL;
  g_autoptr (GVariant) handles = NULL;

  if (!bv_dbus_virtual_machine_instance_call_open_console_log_sync (
          vmi, g_variant_new ("a{sv}", NULL), NULL, &handles, &list, NULL, error))
    return FALSE;
  return print_files (place, g_unix_fd_list_peek_fds (list, NULL), g_unix_fd_list_get_length (list),
                      error);
}

/* An object that has left the bus is not known by its path any more. */
static gboolean
means_gone (const GError *error)
{
  return g_error_matches (error, BV_ERROR, BV_ERROR_NOT_FOUND) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_OBJECT) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_INTERFACE) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD);
}

/* Until the VMI is gone: what it printed goes with it. All else that ends this is an error. */
static gboolean
follow (BvCliTarget *target, Place *place, GError **error)
{
  g_autoptr (GError) cause = NULL;

  do
    {
      g_usleep (PERIOD_US);
      if (!print_rest (place->fd, error))
        return FALSE;
    }
  while (print_log (target->vmi, place, &cause));
  if (!print_rest (place->fd, error))
    return FALSE;
  if (means_gone (cause))
    return TRUE;
  g_dbus_error_strip_remote_error (cause);
  g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("The log is not followed any more: %s"),
               cause->message);
  return FALSE;
}

int
bv_cli_logs (int argc, char **argv)
{
  g_auto (BvCliOptions) options = { 0 };
  g_auto (BvCliTarget) target = { 0 };
  gboolean following = FALSE;
  const GOptionEntry entries[] = {
    { "follow", 'f', 0, G_OPTION_ARG_NONE, &following,
      N_ ("Go on with what is printed from now on"), NULL },
    { NULL },
  };
  g_autoptr (GError) error = NULL;
  Place place = { .fd = -1 };
  gboolean done;

  if (!bv_cli_options_parse (&options, entries, &argc, &argv, &error))
    return bv_cli_misuse ("%s", error->message);
  if (argc != 2)
    return bv_cli_misuse (_ ("Name one VMI; “barevirt get vmi” lists them."));
  if (!bv_cli_target_find (&target, &options, argv[1], &error))
    return bv_cli_fail (error);
  done = print_log (target.vmi, &place, &error) && (!following || follow (&target, &place, &error));
  if (place.fd >= 0)
    g_close (place.fd, NULL);
  return done ? 0 : bv_cli_fail (error);
}
