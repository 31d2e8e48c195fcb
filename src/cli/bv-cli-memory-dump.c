/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-target.h"
#include "cli/bv-cli.h"
#include "model/bv-error.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>

/* What is there is not written over. */
static int
make_file (const char *path, GError **error)
{
  int fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

  if (fd < 0)
    g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT, _ ("%s cannot be made: %s."), path,
                 g_strerror (errno));
  return fd;
}

/* Takes FD. */
static gboolean
dump (BvCliTarget *target, int fd, GError **error)
{
  g_autoptr (GUnixFDList) list = g_unix_fd_list_new_from_array (&fd, 1);
  g_autofree char *job = NULL;

  return bv_dbus_virtual_machine_instance_call_dump_memory_sync (
             target->vmi, g_variant_new_handle (0), g_variant_new ("a{sv}", NULL), list, &job, NULL,
             NULL, error) &&
         bv_cli_client_wait_for_job (target->client, job, error);
}

int
bv_cli_memory_dump (int argc, char **argv)
{
  g_auto (BvCliOptions) options = { 0 };
  g_auto (BvCliTarget) target = { 0 };
  g_autoptr (GError) error = NULL;
  int fd;

  if (!bv_cli_options_parse (&options, NULL, &argc, &argv, &error))
    return bv_cli_misuse ("%s", error->message);
  if (argc != 3)
    return bv_cli_misuse (_ ("Name one VMI, and the file for its memory: “barevirt memory-dump VMI "
                             "FILE”."));
  if (!bv_cli_target_find (&target, &options, argv[1], &error))
    return bv_cli_fail (error);
  fd = make_file (argv[2], &error);
  if (fd < 0)
    return bv_cli_fail (error);
  if (!dump (&target, fd, &error))
    {
      g_unlink (argv[2]);
      return bv_cli_fail (error);
    }
  bv_cli_say (_ ("The memory of virtualmachineinstance/%s is in %s."), argv[1], argv[2]);
  return 0;
}
