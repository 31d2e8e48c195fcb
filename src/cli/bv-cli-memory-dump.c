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

static int
dump_into_file (const BvCliOptions *options, const char *name, const char *path)
{
  g_auto (BvCliTarget) target = { 0 };
  g_autoptr (GError) error = NULL;
  int fd;

  if (!bv_cli_target_find (&target, options, name, &error))
    return bv_cli_fail (error);
  fd = make_file (path, &error);
  if (fd < 0)
    return bv_cli_fail (error);
  if (!dump (&target, fd, &error))
    {
      g_unlink (path);
      return bv_cli_fail (error);
    }
  g_print (_ ("The memory of virtualmachineinstance/%s is in %s.\n"), name, path);
  return 0;
}

static int
dump_into_claim (const BvCliOptions *options, const char *name, const char *claim)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BvCliClient) client = bv_cli_client_new (options, &error);
  g_autoptr (BvDBusObject) object =
      client != NULL ? bv_cli_client_find (client, "VirtualMachine", name, &error) : NULL;
  g_autofree char *job = NULL;

  if (object == NULL ||
      !bv_dbus_virtual_machine_call_dump_memory_sync (bv_dbus_object_peek_virtual_machine (object),
                                                      claim, g_variant_new ("a{sv}", NULL), &job,
                                                      NULL, &error) ||
      !bv_cli_client_wait_for_job (client, job, &error))
    return bv_cli_fail (error);
  g_print (_ ("The memory of virtualmachine/%s is in the volume of the claim %s.\n"), name, claim);
  return 0;
}

int
bv_cli_memory_dump (int argc, char **argv)
{
  g_auto (BvCliOptions) options = { 0 };
  g_autofree char *claim = NULL;
  const GOptionEntry entries[] = {
    { "claim-name", 0, 0, G_OPTION_ARG_STRING, &claim,
      N_ ("Write it to the volume of this claim, for a VM"), N_ ("CLAIM") },
    { NULL },
  };
  g_autoptr (GError) error = NULL;

  if (!bv_cli_options_parse (&options, entries, &argc, &argv, &error))
    return bv_cli_misuse ("%s", error->message);
  if (argc != (claim != NULL ? 2 : 3))
    return bv_cli_misuse (_ ("Name one VMI, and the file for its memory: “barevirt memory-dump VMI "
                             "FILE”; or a VM, and a claim: “barevirt memory-dump VM --claim-name "
                             "CLAIM”."));
  return claim != NULL ? dump_into_claim (&options, bv_cli_target_get_name (argv[1]), claim)
                       : dump_into_file (&options, bv_cli_target_get_name (argv[1]), argv[2]);
}
