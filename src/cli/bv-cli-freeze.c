/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-target.h"
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
  g_auto (BvCliTarget) target = { 0 };
  g_autoptr (GError) error = NULL;
  GVariantDict extra;
  gboolean done;

  if (!bv_cli_options_parse (&options->common, entries, &argc, &argv, &error) ||
      !bv_cli_check_seconds ("--unfreeze-timeout", options->seconds, 0, &error))
    return bv_cli_misuse ("%s", error->message);
  if (argc != 2)
    return bv_cli_misuse (_ ("Name one VMI; “barevirt get vmi” lists them."));
  if (!bv_cli_target_find (&target, &options->common, argv[1], &error))
    return bv_cli_fail (error);
  g_variant_dict_init (&extra, NULL);
  if (options->seconds != BV_CLI_NOT_GIVEN)
    g_variant_dict_insert (&extra, "unfreeze-timeout", "x", options->seconds);
  done = freeze ? bv_dbus_virtual_machine_instance_call_freeze_sync (
                      target.vmi, g_variant_dict_end (&extra), NULL, &error)
                : bv_dbus_virtual_machine_instance_call_unfreeze_sync (
                      target.vmi, g_variant_dict_end (&extra), NULL, &error);
  if (!done)
    return bv_cli_fail (error);
  g_print ("virtualmachineinstance/%s %s\n", target.name,
           freeze ? _ ("is frozen") : _ ("is thawed"));
  return 0;
}

int
bv_cli_freeze (int argc, char **argv)
{
  g_auto (Options) options = { .seconds = BV_CLI_NOT_GIVEN };
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
  g_auto (Options) options = { .seconds = BV_CLI_NOT_GIVEN };

  return run (argc, argv, &options, NULL, FALSE);
}
