/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-client.h"
#include "cli/bv-cli.h"

#include <glib/gi18n.h>

/* freeze and unfreeze of a guest's file systems. */

typedef struct
{
  BvCliOptions common;
  gint64 seconds;
} Options;

static void
options_clear (Options *self)
{
  bv_cli_options_clear (&self->common);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static int
run (int argc, char **argv, Options *options, const GOptionEntry *entries, gboolean freeze)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BvCliClient) client = NULL;
  g_autoptr (BvDBusObject) object = NULL;
  BvDBusVirtualMachineInstance *vmi;
  GVariantDict extra;
  gboolean done;

  if (!bv_cli_options_parse (&options->common, entries, &argc, &argv, &error))
    return bv_cli_misuse ("%s", error->message);
  if (argc != 2)
    return bv_cli_misuse (_ ("Name one VMI; “barevirt get vmi” lists them."));
  client = bv_cli_client_new (&options->common, &error);
  object = client == NULL ? NULL
                          : bv_cli_client_find (client, "VirtualMachineInstance", argv[1], &error);
  if (object == NULL)
    return bv_cli_fail (error);
  vmi = bv_dbus_object_peek_virtual_machine_instance (object);
  g_variant_dict_init (&extra, NULL);
  if (options->seconds >= 0)
    g_variant_dict_insert (&extra, "unfreeze-timeout", "x", options->seconds);
  done = freeze ? bv_dbus_virtual_machine_instance_call_freeze_sync (
                      vmi, g_variant_dict_end (&extra), NULL, &error)
                : bv_dbus_virtual_machine_instance_call_unfreeze_sync (
                      vmi, g_variant_dict_end (&extra), NULL, &error);
  if (!done)
    return bv_cli_fail (error);
  g_print ("virtualmachineinstance/%s %s\n", argv[1], freeze ? _ ("is frozen") : _ ("is thawed"));
  return 0;
}

int
bv_cli_freeze (int argc, char **argv)
{
  g_auto (Options) options = { .seconds = -1 };
  const GOptionEntry entries[] = {
    { "unfreeze-timeout", 0, 0, G_OPTION_ARG_INT64, &options.seconds,
      N_ ("Thaw them after so many seconds (300); 0: never"), N_ ("SECONDS") },
    { NULL },
  };

  return run (argc, argv, &options, entries, TRUE);
}

int
bv_cli_unfreeze (int argc, char **argv)
{
  g_auto (Options) options = { .seconds = -1 };

  return run (argc, argv, &options, NULL, FALSE);
}
