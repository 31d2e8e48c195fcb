/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-client.h"
#include "cli/bv-cli.h"
#include "model/bv-error.h"
#include "model/bv-manifest.h"

#include <glib/gi18n.h>
#include <string.h>

/* drain: empties a host, as the eviction strategy of each guest has it. */

typedef struct
{
  BvCliOptions common;
  char *to;
} Options;

static void
options_clear (Options *self)
{
  bv_cli_options_clear (&self->common);
  g_clear_pointer (&self->to, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

typedef struct
{
  BvCliClient *client;
  const Options *options;
  BvDBusVirtualMachineInstance *vmi;
  const char *namespace;
  const char *name;
} Guest;

/* With the host's default where the manifest says nothing. */
static char *
read_strategy (BvDBusStoredObject *stored, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (BvManifest) manifest = NULL;
  g_autoptr (BvObject) object = NULL;
  g_autoptr (GVariant) strategy = NULL;

  if (!bv_dbus_stored_object_call_get_manifest_sync (stored, g_variant_new ("a{sv}", NULL), &text,
                                                     NULL, error))
    return NULL;
  bytes = g_bytes_new (text, strlen (text));
  manifest = bv_manifest_new_from_bytes (bytes, "service", BV_MANIFEST_NONE);
  object = g_list_model_get_item (bv_manifest_get_objects (manifest), 0);
  strategy = object != NULL ? bv_object_get_field (object, "spec.evictionStrategy") : NULL;
  return strategy != NULL ? g_variant_dup_string (strategy, NULL) : g_strdup ("None");
}

/* In one of the two ways. */
static gboolean
is_migratable (BvDBusVirtualMachineInstance *vmi)
{
  GVariant *conditions = bv_dbus_virtual_machine_instance_get_conditions (vmi);

  for (gsize i = 0; conditions != NULL && i < g_variant_n_children (conditions); i++)
    {
      g_autoptr (GVariant) condition = g_variant_get_child_value (conditions, i);
      const char *type = "", *status = "";

      g_variant_lookup (condition, "type", "&s", &type);
      g_variant_lookup (condition, "status", "&s", &status);
      if (g_str_has_suffix (type, "LiveMigratable") && g_str_equal (status, "True"))
        return TRUE;
    }
  return FALSE;
}

static gboolean
migrate (const Guest *guest, GError **error)
{
  g_autofree char *job = NULL;
  GVariantDict extra;

  g_variant_dict_init (&extra, NULL);
  if (guest->options->to != NULL)
    g_variant_dict_insert (&extra, "host", "s", guest->options->to);
  if (!bv_dbus_virtual_machine_instance_call_migrate_sync (guest->vmi, g_variant_dict_end (&extra),
                                                           &job, NULL, error) ||
      !bv_cli_client_wait_for_job (guest->client, job, error))
    return FALSE;
  bv_cli_say (_ ("virtualmachineinstance/%s moved"), guest->name);
  return TRUE;
}

/* The VM of the guest's name, or NULL. */
static BvDBusVirtualMachine *
find_vm (const Guest *guest)
{
  g_autoptr (GPtrArray) all =
      bv_cli_client_list (guest->client, "VirtualMachine", guest->namespace);

  for (guint i = 0; i < all->len; i++)
    {
      BvDBusStoredObject *stored = bv_dbus_object_peek_stored_object (all->pdata[i]);

      if (g_strcmp0 (bv_dbus_stored_object_get_name (stored), guest->name) == 0)
        return bv_dbus_object_peek_virtual_machine (all->pdata[i]);
    }
  return NULL;
}

/* Of a VM, it must not start again here. */
static gboolean
stop (const Guest *guest, GError **error)
{
  BvDBusVirtualMachine *vm = find_vm (guest);
  GVariant *none = g_variant_new ("a{sv}", NULL);
  g_autofree char *job = NULL;

  if (vm == NULL &&
      !bv_dbus_virtual_machine_instance_call_shutdown_sync (guest->vmi, none, NULL, error))
    return FALSE;
  if (vm != NULL && (!bv_dbus_virtual_machine_call_stop_sync (vm, none, &job, NULL, error) ||
                     !bv_cli_client_wait_for_job (guest->client, job, error)))
    return FALSE;
  bv_cli_say (_ ("virtualmachineinstance/%s has stopped"), guest->name);
  return TRUE;
}

static gboolean
migrate_or_stop (const Guest *guest, GError **error)
{
  return is_migratable (guest->vmi) ? migrate (guest, error) : stop (guest, error);
}

static gboolean
leave (const Guest *guest, GError **error)
{
  g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT,
               _ ("its eviction strategy is External: another program moves or stops it."));
  return FALSE;
}

static const struct
{
  const char *name;
  gboolean (*evict) (const Guest *guest, GError **error);
} strategies[] = {
  { "None", stop },
  { "LiveMigrate", migrate },
  { "LiveMigrateIfPossible", migrate_or_stop },
  { "External", leave },
};

static gboolean
evict (const Guest *guest, BvDBusStoredObject *stored, GError **error)
{
  g_autofree char *strategy = read_strategy (stored, error);

  if (strategy == NULL)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (strategies); i++)
    if (g_str_equal (strategies[i].name, strategy))
      return strategies[i].evict (guest, error);
  g_set_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED, _ ("it has the eviction strategy %s."),
               strategy);
  return FALSE;
}

static gboolean
is_up (BvDBusVirtualMachineInstance *vmi)
{
  const char *phase = bv_dbus_virtual_machine_instance_get_phase (vmi);

  return phase != NULL && !g_str_equal (phase, "Succeeded") && !g_str_equal (phase, "Failed");
}

/* One after the other: each that moves takes what the network has. */
static guint
evict_all (BvCliClient *client, const Options *options)
{
  g_autoptr (GPtrArray) all = bv_cli_client_list (client, "VirtualMachineInstance", NULL);
  guint left = 0;

  for (guint i = 0; i < all->len; i++)
    {
      BvDBusStoredObject *stored = bv_dbus_object_peek_stored_object (all->pdata[i]);
      g_autofree char *name = bv_dbus_stored_object_dup_name (stored);
      g_autofree char *namespace = bv_dbus_stored_object_dup_namespace (stored);
      const Guest guest = { client, options,
                            bv_dbus_object_peek_virtual_machine_instance (all->pdata[i]), namespace,
                            name };
      g_autoptr (GError) error = NULL;

      if (guest.vmi == NULL || !is_up (guest.vmi) || evict (&guest, stored, &error))
        continue;
      g_dbus_error_strip_remote_error (error);
      bv_cli_warn (_ ("virtualmachineinstance/%s stays: %s"), name, error->message);
      left++;
    }
  return left;
}

/* Who drains a host says which, because a mistake stops guests. */
static gboolean
check_host (BvCliClient *client, const char *host, GError **error)
{
  const char *here = bv_dbus_manager_get_host_name (bv_cli_client_get_manager (client));

  if (g_strcmp0 (here, host) == 0)
    return TRUE;
  g_set_error (
      error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
      _ ("This host is “%s”, not “%s”. Run the command on the host that is to be emptied."), here,
      host);
  return FALSE;
}

int
bv_cli_drain (int argc, char **argv)
{
  g_auto (Options) options = { 0 };
  const GOptionEntry entries[] = {
    { "to", 0, 0, G_OPTION_ARG_STRING, &options.to,
      N_ ("The host to move guests to, by its name in barevirt.conf"), N_ ("HOST") },
    { NULL },
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (BvCliClient) client = NULL;
  guint left;

  if (!bv_cli_options_parse (&options.common, entries, &argc, &argv, &error))
    return bv_cli_misuse ("%s", error->message);
  if (argc != 2)
    return bv_cli_misuse (_ ("Name this host; “barevirt version” tells its name."));
  client = bv_cli_client_new (&options.common, &error);
  if (client == NULL || !check_host (client, argv[1], &error))
    return bv_cli_fail (error);
  left = evict_all (client, &options);
  if (left == 0)
    {
      bv_cli_say (_ ("host/%s is empty"), argv[1]);
      return 0;
    }
  g_printerr (ngettext ("%u guest is still up\n", "%u guests are still up\n", left), left);
  return BV_CLI_FAILURE;
}
