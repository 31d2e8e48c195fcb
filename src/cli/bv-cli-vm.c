/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-client.h"
#include "cli/bv-cli.h"

#include <glib/gi18n.h>

/* start, stop and restart: what a VM can be told. */

typedef gboolean (*VmCall) (BvDBusVirtualMachine *vm, GVariant *options, char **job,
                            GCancellable *cancellable, GError **error);

typedef struct
{
  BvCliOptions common;
  gint64 grace_period;
  gboolean no_wait;
  gboolean force;
  gboolean paused;
} Options;

static void
options_clear (Options *self)
{
  bv_cli_options_clear (&self->common);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gboolean
tell (BvCliClient *client, const char *name, VmCall call, const Options *options, GError **error)
{
  g_autoptr (BvDBusObject) object = bv_cli_client_find (client, "VirtualMachine", name, error);
  g_autofree char *job = NULL;
  GVariantDict extra;

  if (object == NULL)
    return FALSE;
  g_variant_dict_init (&extra, NULL);
  if (options->grace_period != BV_CLI_NOT_GIVEN)
    g_variant_dict_insert (&extra, "grace-period", "x", options->grace_period);
  if (options->paused)
    g_variant_dict_insert (&extra, "paused", "b", TRUE);
  if (!call (bv_dbus_object_peek_virtual_machine (object), g_variant_dict_end (&extra), &job, NULL,
             error))
    return FALSE;
  return options->no_wait || bv_cli_client_wait_for_job (client, job, error);
}

static int
run (int argc, char **argv, Options *options, const GOptionEntry *own, VmCall call,
     const char *done)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BvCliClient) client = NULL;

  if (!bv_cli_options_parse (&options->common, own, &argc, &argv, &error) ||
      !bv_cli_check_seconds ("--grace-period", options->grace_period, 0, &error))
    return bv_cli_misuse ("%s", error->message);
  if (argc != 2)
    return bv_cli_misuse (_ ("Name one VM; “barevirt get vm” lists them."));
  if (options->force && options->grace_period > 0)
    return bv_cli_misuse (_ ("--force gives the guest no time; leave --grace-period out."));
  if (options->force)
    options->grace_period = 0;
  client = bv_cli_client_new (&options->common, &error);
  if (client == NULL || !tell (client, argv[1], call, options, &error))
    return bv_cli_fail (error);
  if (!options->no_wait)
    g_print ("virtualmachine/%s %s\n", argv[1], done);
  return 0;
}

int
bv_cli_start (int argc, char **argv)
{
  g_auto (Options) options = { .grace_period = BV_CLI_NOT_GIVEN };
  const GOptionEntry entries[] = {
    { "paused", 0, 0, G_OPTION_ARG_NONE, &options.paused, N_ ("Leave the guest's CPUs stopped"),
      NULL },
    { "no-wait", 0, 0, G_OPTION_ARG_NONE, &options.no_wait, N_ ("Do not wait until it is done"),
      NULL },
    { NULL },
  };

  return run (argc, argv, &options, entries, bv_dbus_virtual_machine_call_start_sync, _ ("runs"));
}

/* stop and restart. */
static int
end (int argc, char **argv, VmCall call, const char *done)
{
  g_auto (Options) options = { .grace_period = BV_CLI_NOT_GIVEN };
  const GOptionEntry entries[] = {
    { "grace-period", 0, 0, G_OPTION_ARG_INT64, &options.grace_period,
      N_ ("Seconds that the guest has for its shutdown; 0 ends it at once"), N_ ("SECONDS") },
    { "force", 0, 0, G_OPTION_ARG_NONE, &options.force, N_ ("End the guest at once"), NULL },
    { "no-wait", 0, 0, G_OPTION_ARG_NONE, &options.no_wait, N_ ("Do not wait until it is done"),
      NULL },
    { NULL },
  };

  return run (argc, argv, &options, entries, call, done);
}

int
bv_cli_stop (int argc, char **argv)
{
  return end (argc, argv, bv_dbus_virtual_machine_call_stop_sync, _ ("has stopped"));
}

int
bv_cli_restart (int argc, char **argv)
{
  return end (argc, argv, bv_dbus_virtual_machine_call_restart_sync, _ ("runs again"));
}
