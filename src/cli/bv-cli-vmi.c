/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-target.h"
#include "cli/bv-cli.h"

#include <glib/gi18n.h>

/* pause, unpause, reset and soft-reboot: what a running guest can be told. */

typedef gboolean (*VmiCall) (BvDBusVirtualMachineInstance *vmi, GVariant *options,
                             GCancellable *cancellable, GError **error);

static int
run (int argc, char **argv, VmiCall call, const char *done)
{
  g_auto (BvCliOptions) options = { 0 };
  g_auto (BvCliTarget) target = { 0 };
  g_autoptr (GError) error = NULL;

  if (!bv_cli_options_parse (&options, NULL, &argc, &argv, &error))
    return bv_cli_misuse ("%s", error->message);
  if (argc != 2)
    return bv_cli_misuse (_ ("Name one VMI; “barevirt get vmi” lists them."));
  if (!bv_cli_target_find (&target, &options, argv[1], &error) ||
      !call (target.vmi, g_variant_new ("a{sv}", NULL), NULL, &error))
    return bv_cli_fail (error);
  g_print ("virtualmachineinstance/%s %s\n", target.name, done);
  return 0;
}

int
bv_cli_pause (int argc, char **argv)
{
  return run (argc, argv, bv_dbus_virtual_machine_instance_call_pause_sync, _ ("is paused"));
}

int
bv_cli_unpause (int argc, char **argv)
{
  return run (argc, argv, bv_dbus_virtual_machine_instance_call_unpause_sync, _ ("goes on"));
}

int
bv_cli_reset (int argc, char **argv)
{
  return run (argc, argv, bv_dbus_virtual_machine_instance_call_reset_sync, _ ("was reset"));
}

int
bv_cli_soft_reboot (int argc, char **argv)
{
  return run (argc, argv, bv_dbus_virtual_machine_instance_call_soft_reboot_sync,
              _ ("was asked to reboot"));
}
