/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-client.h"
#include "cli/bv-cli.h"
#include "model/bv-error.h"

#include <glib/gi18n.h>
#include <string.h>

/* migrate: moves a running guest. migration: what can be told to one that moves. */

typedef struct
{
  BvCliOptions common;
  char *to;
  GStrv settings; /* NAME=VALUE */
  char *owner;
  char *proof;
  gboolean force;
  gboolean no_wait;
} Options;

static void
options_clear (Options *self)
{
  bv_cli_options_clear (&self->common);
  g_clear_pointer (&self->to, g_free);
  g_clear_pointer (&self->settings, g_strfreev);
  g_clear_pointer (&self->owner, g_free);
  g_clear_pointer (&self->proof, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

/* The service knows the names, and which values they take. */
static GVariant *
read_settings (GStrv settings, GError **error)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  for (guint i = 0; settings[i] != NULL; i++)
    {
      const char *value = strchr (settings[i], '=');
      g_autofree char *name = value != NULL ? g_strndup (settings[i], value - settings[i]) : NULL;

      if (value == NULL || *name == '\0')
        {
          g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                       _ ("“%s” is no setting; write --set NAME=VALUE."), settings[i]);
          return NULL;
        }
      g_variant_dict_insert (&dict, name, "s", value + 1);
    }
  return g_variant_dict_end (&dict);
}

static GVariant *
make_migrate_options (const Options *options, GError **error)
{
  g_auto (GVariantDict) extra = G_VARIANT_DICT_INIT (NULL);
  GVariant *settings;

  if (options->to != NULL)
    g_variant_dict_insert (&extra, "host", "s", options->to);
  if (options->settings == NULL)
    return g_variant_ref_sink (g_variant_dict_end (&extra));
  settings = read_settings (options->settings, error);
  if (settings == NULL)
    return NULL;
  g_variant_dict_insert_value (&extra, "configuration", settings);
  return g_variant_ref_sink (g_variant_dict_end (&extra));
}

/* A VMI may have no VM. */
static gboolean
migrate (BvCliClient *client, const char *name, GVariant *extra, const Options *options,
         GError **error)
{
  g_autoptr (BvDBusObject) object =
      bv_cli_client_find (client, "VirtualMachineInstance", name, error);
  g_autofree char *job = NULL;

  if (object == NULL ||
      !bv_dbus_virtual_machine_instance_call_migrate_sync (
          bv_dbus_object_peek_virtual_machine_instance (object), extra, &job, NULL, error))
    return FALSE;
  return options->no_wait || bv_cli_client_wait_for_job (client, job, error);
}

int
bv_cli_migrate (int argc, char **argv)
{
  g_auto (Options) options = { 0 };
  const GOptionEntry entries[] = {
    { "to", 0, 0, G_OPTION_ARG_STRING, &options.to,
      N_ ("The host to move to, by its name in barevirt.conf"), N_ ("HOST") },
    { "set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.settings,
      N_ ("A setting of barevirt.conf's [migration] for this move alone, such as "
          "allowPostCopy=true; may be repeated"),
      N_ ("NAME=VALUE") },
    { "no-wait", 0, 0, G_OPTION_ARG_NONE, &options.no_wait, N_ ("Do not wait until it is done"),
      NULL },
    { NULL },
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (BvCliClient) client = NULL;
  g_autoptr (GVariant) extra = NULL;

  if (!bv_cli_options_parse (&options.common, entries, &argc, &argv, &error) ||
      (extra = make_migrate_options (&options, &error)) == NULL)
    return bv_cli_misuse ("%s", error->message);
  if (argc != 2)
    return bv_cli_misuse (_ ("Name one running VM; “barevirt get vmi” lists them."));
  client = bv_cli_client_new (&options.common, &error);
  if (client == NULL || !migrate (client, argv[1], extra, &options, &error))
    return bv_cli_fail (error);
  if (!options.no_wait)
    bv_cli_say (_ ("virtualmachine/%s moved"), argv[1]);
  return 0;
}

/* The migration of the VM that is not over, or NULL: the newest that HAS_DOUBT counts first. */
static BvDBusMigration *
find_migration (BvCliClient *client, const char *namespace, const char *vm, GError **error)
{
  g_autoptr (GPtrArray) all =
      bv_cli_client_list (client, "VirtualMachineInstanceMigration", namespace);

  for (guint i = 0; i < all->len; i++)
    {
      BvDBusMigration *migration = bv_dbus_object_peek_migration (all->pdata[i]);
      const char *phase = migration != NULL ? bv_dbus_migration_get_phase (migration) : NULL;

      if (migration != NULL && g_strcmp0 (bv_dbus_migration_get_vmi_name (migration), vm) == 0 &&
          g_strcmp0 (phase, "Succeeded") != 0 && g_strcmp0 (phase, "Failed") != 0)
        return g_object_ref (migration);
    }
  g_set_error (error, BV_ERROR, BV_ERROR_NOT_FOUND,
               _ ("No migration of the VM “%s” in the namespace “%s” is under way on this host; "
                  "“barevirt get vmim -A” lists all."),
               vm, namespace);
  return NULL;
}

static gboolean
tell (BvDBusMigration *migration, gboolean resolve, const Options *options, GError **error)
{
  GVariantDict extra;

  g_variant_dict_init (&extra, NULL);
  if (options->proof != NULL)
    g_variant_dict_insert (&extra, "proof", "s", options->proof);
  if (options->force)
    g_variant_dict_insert (&extra, "force", "b", TRUE);
  if (resolve)
    return bv_dbus_migration_call_resolve_sync (migration, options->owner,
                                                g_variant_dict_end (&extra), NULL, error);
  return bv_dbus_migration_call_cancel_sync (migration, g_variant_dict_end (&extra), NULL, error);
}

int
bv_cli_migration (int argc, char **argv)
{
  g_auto (Options) options = { 0 };
  const GOptionEntry entries[] = {
    { "owner", 0, 0, G_OPTION_ARG_STRING, &options.owner,
      N_ ("resolve: the host that is to have the guest"), N_ ("HOST") },
    { "proof", 0, 0, G_OPTION_ARG_STRING, &options.proof,
      N_ ("resolve: the word by which the other host says that it does not have it"), N_ ("WORD") },
    { "force", 0, 0, G_OPTION_ARG_NONE, &options.force,
      N_ ("resolve: without that; the other host is off, and stays off"), NULL },
    { NULL },
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (BvCliClient) client = NULL;
  g_autoptr (BvDBusMigration) migration = NULL;
  gboolean resolve;

  if (!bv_cli_options_parse (&options.common, entries, &argc, &argv, &error))
    return bv_cli_misuse ("%s", error->message);
  resolve = argc > 1 && g_str_equal (argv[1], "resolve");
  if (argc != 3 || (!resolve && !g_str_equal (argv[1], "cancel")))
    return bv_cli_misuse (_ ("Say “cancel” or “resolve”, and name one VM."));
  if (resolve != (options.owner != NULL))
    return bv_cli_misuse (resolve ? _ ("Say by --owner which host is to have the guest.")
                                  : _ ("--owner is for “resolve”."));
  if (!resolve && (options.proof != NULL || options.force))
    return bv_cli_misuse (_ ("--proof and --force are for “resolve”."));
  client = bv_cli_client_new (&options.common, &error);
  if (client != NULL)
    migration =
        find_migration (client, bv_cli_options_get_namespace (&options.common), argv[2], &error);
  if (migration == NULL || !tell (migration, resolve, &options, &error))
    return bv_cli_fail (error);
  return 0;
}
