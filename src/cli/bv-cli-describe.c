/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-client.h"
#include "cli/bv-cli-event-list.h"
#include "cli/bv-cli-kind.h"
#include "cli/bv-cli-table.h"
#include "cli/bv-cli-text.h"
#include "cli/bv-cli.h"
#include "model/bv-quantity.h"

#include <glib/gi18n.h>

static void
print_line (const char *title, const char *text)
{
  if (text != NULL && text[0] != '\0')
    g_print ("%-14s %s\n", title, text);
}

static void
print_identity (BvDBusObject *object)
{
  BvDBusStoredObject *stored = bv_dbus_object_peek_stored_object (object);
  g_autofree char *created = bv_cli_time (bv_dbus_stored_object_get_creation_timestamp (stored));
  g_autofree char *generation =
      g_strdup_printf ("%" G_GINT64_FORMAT, bv_dbus_stored_object_get_generation (stored));

  print_line (_ ("Kind:"), bv_dbus_stored_object_get_kind (stored));
  print_line (_ ("Name:"), bv_dbus_stored_object_get_name (stored));
  print_line (_ ("Namespace:"), bv_dbus_stored_object_get_namespace (stored));
  print_line (_ ("UID:"), bv_dbus_stored_object_get_uid (stored));
  print_line (_ ("Generation:"), generation);
  print_line (_ ("Created:"), created);
  print_line (_ ("Object path:"), g_dbus_object_get_object_path (G_DBUS_OBJECT (object)));
}

/* What a dictionary has, as text, or NULL. */

static char *
format_binary (GVariant *dict, const char *name)
{
  gint64 bytes;

  return g_variant_lookup (dict, name, "x", &bytes) ? bv_quantity_format_binary (bytes) : NULL;
}

static char *
format_bytes (GVariant *dict, const char *name)
{
  guint64 bytes;

  return g_variant_lookup (dict, name, "t", &bytes)
             ? g_format_size_full (bytes, G_FORMAT_SIZE_IEC_UNITS)
             : NULL;
}

static char *
format_seconds (GVariant *dict, const char *name)
{
  gint64 seconds;

  return g_variant_lookup (dict, name, "x", &seconds)
             ? bv_cli_time ((guint64)MAX (seconds, 0) * G_USEC_PER_SEC)
             : NULL;
}

static char *
format_list (GVariant *dict, const char *name)
{
  g_autofree const char **texts = NULL;

  return g_variant_lookup (dict, name, "^a&s", &texts) ? g_strjoinv (", ", (char **)texts) : NULL;
}

typedef struct
{
  const char *title;
  const char *name; /* in the dictionary */
  char *(*format) (GVariant *dict, const char *name);
} Column;

#define MAX_COLUMNS 5

/* As many as have a title. */
static const Column conditions[MAX_COLUMNS] = {
  { N_ ("CONDITION"), "type", bv_cli_dict_text },
  { N_ ("STATUS"), "status", bv_cli_dict_text },
  { N_ ("SINCE"), "lastTransitionTime", bv_cli_dict_text },
  { N_ ("REASON"), "reason", bv_cli_dict_text },
  { N_ ("MESSAGE"), "message", bv_cli_dict_text },
};

static const Column volumes[MAX_COLUMNS] = {
  { N_ ("VOLUME"), "name", bv_cli_dict_text },     { N_ ("DISK"), "target", bv_cli_dict_text },
  { N_ ("SIZE"), "size", format_binary },          { N_ ("PHASE"), "phase", bv_cli_dict_text },
  { N_ ("MESSAGE"), "message", bv_cli_dict_text },
};

static const Column interfaces[MAX_COLUMNS] = {
  { N_ ("INTERFACE"), "name", bv_cli_dict_text },
  { N_ ("MAC ADDRESS"), "mac", bv_cli_dict_text },
  { N_ ("IN THE GUEST"), "interfaceName", bv_cli_dict_text },
  { N_ ("LINK"), "linkState", bv_cli_dict_text },
  { N_ ("ADDRESSES"), "ipAddresses", format_list },
};

static const Column filesystems[MAX_COLUMNS] = {
  { N_ ("MOUNT POINT"), "mountPoint", bv_cli_dict_text },
  { N_ ("TYPE"), "fileSystemType", bv_cli_dict_text },
  { N_ ("DEVICE"), "diskName", bv_cli_dict_text },
  { N_ ("USED"), "usedBytes", format_bytes },
  { N_ ("SIZE"), "totalBytes", format_bytes },
};

static const Column users[MAX_COLUMNS] = {
  { N_ ("USER"), "userName", bv_cli_dict_text },
  { N_ ("DOMAIN"), "domain", bv_cli_dict_text },
  { N_ ("LOGGED IN"), "loginTime", format_seconds },
};

static void
add_row (BvCliTable *table, const Column *columns, GVariant *dict)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < MAX_COLUMNS && columns[i].title != NULL; i++)
    g_ptr_array_add (texts, columns[i].format (dict, columns[i].name));
  bv_cli_table_add_row (table, (const char *const *)texts->pdata);
}

static void
print_list (GVariant *list, const Column *columns)
{
  const char *titles[MAX_COLUMNS + 1] = { NULL };
  gsize n = list != NULL ? g_variant_n_children (list) : 0;
  g_autoptr (BvCliTable) table = NULL;

  for (guint i = 0; i < MAX_COLUMNS && columns[i].title != NULL; i++)
    titles[i] = _ (columns[i].title);
  table = bv_cli_table_new (titles);
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) dict = g_variant_get_child_value (list, i);

      add_row (table, columns, dict);
    }
  if (n == 0)
    return;
  g_print ("\n");
  bv_cli_table_print (table);
}

static void
print_vm (BvDBusVirtualMachine *vm)
{
  print_line (_ ("Run strategy:"), bv_dbus_virtual_machine_get_run_strategy (vm));
  print_line (_ ("Status:"), bv_dbus_virtual_machine_get_printable_status (vm));
  print_list (bv_dbus_virtual_machine_get_conditions (vm), conditions);
}

static void
print_transitions (GVariant *transitions)
{
  GVariantIter iter;
  const char *phase;
  guint64 when;

  if (transitions == NULL)
    return;
  g_variant_iter_init (&iter, transitions);
  while (g_variant_iter_next (&iter, "(&st)", &phase, &when))
    {
      g_autofree char *time = bv_cli_time (when);

      print_line (phase, time);
    }
}

/* What the guest has now. */
static void
print_size (BvDBusVirtualMachineInstance *vmi)
{
  GVariant *topology = bv_dbus_virtual_machine_instance_get_current_cputopology (vmi);
  GVariant *memory = bv_dbus_virtual_machine_instance_get_memory (vmi);
  guint32 sockets, cores, threads;
  guint64 bytes;

  if (topology != NULL && g_variant_lookup (topology, "sockets", "u", &sockets) &&
      g_variant_lookup (topology, "cores", "u", &cores) &&
      g_variant_lookup (topology, "threads", "u", &threads))
    {
      g_autofree char *text = g_strdup_printf (_ ("%u (sockets: %u, cores: %u, threads: %u)"),
                                               sockets * cores * threads, sockets, cores, threads);

      print_line (_ ("CPUs:"), text);
    }
  if (memory != NULL && g_variant_lookup (memory, "guestCurrent", "t", &bytes))
    {
      g_autofree char *text = bv_quantity_format_binary (bytes);

      print_line (_ ("Memory:"), text);
    }
}

static void
print_vmi (BvDBusVirtualMachineInstance *vmi)
{
  const char *const *addresses = bv_dbus_virtual_machine_instance_get_addresses (vmi);
  g_autofree char *list = addresses == NULL ? NULL : g_strjoinv (", ", (char **)addresses);

  print_line (_ ("Phase:"), bv_dbus_virtual_machine_instance_get_phase (vmi));
  print_line (_ ("Reason:"), bv_dbus_virtual_machine_instance_get_reason (vmi));
  print_line (_ ("Domain:"), bv_dbus_virtual_machine_instance_get_domain_name (vmi));
  print_line (_ ("Addresses:"), list);
  print_size (vmi);
  g_print ("\n%s\n", _ ("Phases:"));
  print_transitions (bv_dbus_virtual_machine_instance_get_phase_transitions (vmi));
  print_list (bv_dbus_virtual_machine_instance_get_conditions (vmi), conditions);
  print_list (bv_dbus_virtual_machine_instance_get_volume_status (vmi), volumes);
  print_list (bv_dbus_virtual_machine_instance_get_interfaces (vmi), interfaces);
}

static void
print_agent (BvDBusGuestAgent *agent)
{
  GVariant *info = bv_dbus_guest_agent_get_os_info (agent);
  const char *name = NULL;

  if (info != NULL && !g_variant_lookup (info, "prettyName", "&s", &name))
    g_variant_lookup (info, "name", "&s", &name);
  g_print ("\n");
  print_line (_ ("Guest agent:"), bv_dbus_guest_agent_get_version (agent));
  print_line (_ ("Guest OS:"), name);
  print_line (_ ("Hostname:"), bv_dbus_guest_agent_get_hostname (agent));
  print_line (_ ("Timezone:"), bv_dbus_guest_agent_get_timezone (agent));
  print_list (bv_dbus_guest_agent_get_filesystems (agent), filesystems);
  print_list (bv_dbus_guest_agent_get_users (agent), users);
}

static void
print_claim (BvDBusPersistentVolumeClaim *claim)
{
  g_autofree char *capacity =
      bv_quantity_format_binary (bv_dbus_persistent_volume_claim_get_capacity (claim));

  print_line (_ ("Phase:"), bv_dbus_persistent_volume_claim_get_phase (claim));
  print_line (_ ("Reason:"), bv_dbus_persistent_volume_claim_get_reason (claim));
  print_line (_ ("Message:"), bv_dbus_persistent_volume_claim_get_message (claim));
  print_line (_ ("Pool:"), bv_dbus_persistent_volume_claim_get_pool (claim));
  print_line (_ ("Volume:"), bv_dbus_persistent_volume_claim_get_volume_name (claim));
  print_line (_ ("Volume mode:"), bv_dbus_persistent_volume_claim_get_volume_mode (claim));
  print_line (_ ("Capacity:"), capacity);
}

static void
print_data_volume (BvDBusDataVolume *volume)
{
  print_line (_ ("Phase:"), bv_dbus_data_volume_get_phase (volume));
  print_line (_ ("Progress:"), bv_dbus_data_volume_get_progress (volume));
  print_line (_ ("Message:"), bv_dbus_data_volume_get_message (volume));
  print_list (bv_dbus_data_volume_get_conditions (volume), conditions);
}

static gboolean
print_object_events (BvDBusObject *object, GError **error)
{
  g_autoptr (GVariant) events = NULL;

  if (!bv_dbus_stored_object_call_get_events_sync (bv_dbus_object_peek_stored_object (object),
                                                   g_variant_new ("a{sv}", NULL), &events, NULL,
                                                   error))
    return FALSE;
  if (g_variant_n_children (events) > 0)
    {
      g_print ("\n");
      bv_cli_print_events (events, FALSE);
    }
  return TRUE;
}

static gboolean
describe (BvDBusObject *object, GError **error)
{
  BvDBusVirtualMachine *vm = bv_dbus_object_peek_virtual_machine (object);
  BvDBusVirtualMachineInstance *vmi = bv_dbus_object_peek_virtual_machine_instance (object);
  BvDBusGuestAgent *agent = bv_dbus_object_peek_guest_agent (object);

  print_identity (object);
  if (vm != NULL)
    print_vm (vm);
  if (vmi != NULL)
    print_vmi (vmi);
  if (agent != NULL)
    print_agent (agent);
  if (bv_dbus_object_peek_persistent_volume_claim (object) != NULL)
    print_claim (bv_dbus_object_peek_persistent_volume_claim (object));
  if (bv_dbus_object_peek_data_volume (object) != NULL)
    print_data_volume (bv_dbus_object_peek_data_volume (object));
  return print_object_events (object, error);
}

int
bv_cli_describe (int argc, char **argv)
{
  g_auto (BvCliOptions) options = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (BvCliClient) client = NULL;
  g_autoptr (BvDBusObject) object = NULL;

  if (!bv_cli_options_parse (&options, NULL, &argc, &argv, &error))
    return bv_cli_misuse ("%s", error->message);
  if (!bv_cli_check_named (argc, argv, &error))
    return bv_cli_misuse ("%s", error->message);
  client = bv_cli_client_new (&options, &error);
  if (client == NULL)
    return bv_cli_fail (error);
  object = bv_cli_find_named (client, argc, argv, &error);
  if (object == NULL || !describe (object, &error))
    return bv_cli_fail (error);
  return 0;
}
