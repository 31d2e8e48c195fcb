/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-client.h"
#include "cli/bv-cli.h"
#include "model/bv-error.h"

#include <glib/gi18n.h>

/* addvolume and removevolume: what virtctl's verbs of these names do, with their options. */

typedef struct
{
  BvCliOptions common;
  char *volume_name;
  char *name;
  char *type;
  char *bus;
  char *serial;
  char *cache;
} Options;

static void
options_clear (Options *self)
{
  bv_cli_options_clear (&self->common);
  g_clear_pointer (&self->volume_name, g_free);
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->type, g_free);
  g_clear_pointer (&self->bus, g_free);
  g_clear_pointer (&self->serial, g_free);
  g_clear_pointer (&self->cache, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

/* The VM of that name, or a VMI that has none. */
static BvDBusObject *
find_machine (BvCliClient *client, const char *name, GError **error)
{
  g_autoptr (GError) of_vm = NULL;
  BvDBusObject *vm = bv_cli_client_find (client, "VirtualMachine", name, &of_vm);
  BvDBusObject *vmi = NULL;

  if (vm != NULL)
    return vm;
  if (g_error_matches (of_vm, BV_ERROR, BV_ERROR_NOT_FOUND))
    vmi = bv_cli_client_find (client, "VirtualMachineInstance", name, NULL);
  if (vmi == NULL)
    g_propagate_error (error, g_steal_pointer (&of_vm));
  return vmi;
}

static gboolean
is_there (BvCliClient *client, const char *kind, const char *name)
{
  g_autoptr (BvDBusObject) found = bv_cli_client_find (client, kind, name, NULL);

  return found != NULL;
}

/* The service waits for one that is not there, or misspelt. */
static void
warn_of_claim (BvCliClient *client, const char *name)
{
  if (!is_there (client, "DataVolume", name) && !is_there (client, "PersistentVolumeClaim", name))
    bv_cli_warn (_ ("There is no claim “%s” yet; the guest sees the volume once there is."), name);
}

static void
insert_text (GVariantDict *dict, const char *name, const char *value)
{
  if (value != NULL)
    g_variant_dict_insert (dict, name, "s", value);
}

static gboolean
add_volume (BvCliClient *client, const char *machine, const Options *options, GError **error)
{
  g_autoptr (BvDBusObject) object = find_machine (client, machine, error);
  const char *name = options->name != NULL ? options->name : options->volume_name;
  BvDBusVirtualMachine *vm;
  GVariantDict dict;

  if (object == NULL)
    return FALSE;
  g_variant_dict_init (&dict, NULL);
  insert_text (&dict, "claim", options->volume_name);
  insert_text (&dict, "type", options->type);
  insert_text (&dict, "bus", options->bus);
  insert_text (&dict, "serial", options->serial);
  insert_text (&dict, "cache", options->cache);
  if (is_there (client, "DataVolume", options->volume_name))
    g_variant_dict_insert (&dict, "data-volume", "b", TRUE);
  vm = bv_dbus_object_peek_virtual_machine (object);
  if (vm != NULL)
    return bv_dbus_virtual_machine_call_add_volume_sync (vm, name, g_variant_dict_end (&dict), NULL,
                                                         error);
  return bv_dbus_virtual_machine_instance_call_add_volume_sync (
      bv_dbus_object_peek_virtual_machine_instance (object), name, g_variant_dict_end (&dict), NULL,
      error);
}

static gboolean
remove_volume (BvCliClient *client, const char *machine, const Options *options, GError **error)
{
  g_autoptr (BvDBusObject) object = find_machine (client, machine, error);
  BvDBusVirtualMachine *vm;
  GVariantDict dict;

  if (object == NULL)
    return FALSE;
  g_variant_dict_init (&dict, NULL);
  vm = bv_dbus_object_peek_virtual_machine (object);
  if (vm != NULL)
    return bv_dbus_virtual_machine_call_remove_volume_sync (
        vm, options->volume_name, g_variant_dict_end (&dict), NULL, error);
  return bv_dbus_virtual_machine_instance_call_remove_volume_sync (
      bv_dbus_object_peek_virtual_machine_instance (object), options->volume_name,
      g_variant_dict_end (&dict), NULL, error);
}

static gboolean
add (BvCliClient *client, const char *machine, const Options *options, GError **error)
{
  if (!add_volume (client, machine, options, error))
    return FALSE;
  bv_cli_say (_ ("%s: %s is added"), machine, options->volume_name);
  warn_of_claim (client, options->volume_name);
  return TRUE;
}

static gboolean
take_away (BvCliClient *client, const char *machine, const Options *options, GError **error)
{
  if (!remove_volume (client, machine, options, error))
    return FALSE;
  bv_cli_say (_ ("%s: %s is removed"), machine, options->volume_name);
  return TRUE;
}

typedef gboolean (*VolumeCall) (BvCliClient *client, const char *machine, const Options *options,
                                GError **error);

static int
run (int argc, char **argv, Options *options, const GOptionEntry *own, VolumeCall call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BvCliClient) client = NULL;

  if (!bv_cli_options_parse (&options->common, own, &argc, &argv, &error))
    return bv_cli_misuse ("%s", error->message);
  if (argc != 2)
    return bv_cli_misuse (_ ("Name one VM; “barevirt get vm” lists them."));
  if (options->volume_name == NULL)
    return bv_cli_misuse (_ ("Name the claim with --volume-name; “barevirt get pvc” lists them."));
  client = bv_cli_client_new (&options->common, &error);
  if (client == NULL || !call (client, argv[1], options, &error))
    return bv_cli_fail (error);
  return 0;
}

int
bv_cli_addvolume (int argc, char **argv)
{
  g_auto (Options) options = { .volume_name = NULL };
  const GOptionEntry entries[] = {
    { "volume-name", 0, 0, G_OPTION_ARG_STRING, &options.volume_name,
      N_ ("The DataVolume or PersistentVolumeClaim"), N_ ("NAME") },
    { "disk-name", 0, 0, G_OPTION_ARG_STRING, &options.name,
      N_ ("What the volume and its disk are to be called, if not as the claim"), N_ ("NAME") },
    { "disk-type", 0, 0, G_OPTION_ARG_STRING, &options.type, N_ ("disk or lun; disk by default"),
      N_ ("TYPE") },
    { "bus", 0, 0, G_OPTION_ARG_STRING, &options.bus, N_ ("scsi or virtio; scsi by default"),
      N_ ("BUS") },
    { "serial", 0, 0, G_OPTION_ARG_STRING, &options.serial, N_ ("The disk's serial number"),
      N_ ("TEXT") },
    { "cache", 0, 0, G_OPTION_ARG_STRING, &options.cache, N_ ("The disk's cache mode"),
      N_ ("MODE") },
    { NULL },
  };

  return run (argc, argv, &options, entries, add);
}

int
bv_cli_removevolume (int argc, char **argv)
{
  g_auto (Options) options = { .volume_name = NULL };
  const GOptionEntry entries[] = {
    { "volume-name", 0, 0, G_OPTION_ARG_STRING, &options.volume_name,
      N_ ("The volume, or its claim"), N_ ("NAME") },
    { NULL },
  };

  return run (argc, argv, &options, entries, take_away);
}
