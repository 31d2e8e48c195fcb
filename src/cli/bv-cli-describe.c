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

static void
print_conditions (GVariant *conditions)
{
  const char *const titles[] = { _ ("CONDITION"), _ ("STATUS"),  _ ("SINCE"),
                                 _ ("REASON"),    _ ("MESSAGE"), NULL };
  g_autoptr (BvCliTable) table = bv_cli_table_new (titles);

  if (conditions == NULL || g_variant_n_children (conditions) == 0)
    return;
  for (gsize i = 0; i < g_variant_n_children (conditions); i++)
    {
      g_autoptr (GVariant) condition = g_variant_get_child_value (conditions, i);
      g_autofree char *type = bv_cli_dict_text (condition, "type");
      g_autofree char *status = bv_cli_dict_text (condition, "status");
      g_autofree char *since = bv_cli_dict_text (condition, "lastTransitionTime");
      g_autofree char *reason = bv_cli_dict_text (condition, "reason");
      g_autofree char *message = bv_cli_dict_text (condition, "message");

      bv_cli_table_add (table, type, status, since, reason, message, NULL);
    }
  g_print ("\n");
  bv_cli_table_print (table);
}

static void
print_vm (BvDBusVirtualMachine *vm)
{
  print_line (_ ("Run strategy:"), bv_dbus_virtual_machine_get_run_strategy (vm));
  print_line (_ ("Status:"), bv_dbus_virtual_machine_get_printable_status (vm));
  print_conditions (bv_dbus_virtual_machine_get_conditions (vm));
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
print_volumes (GVariant *volumes)
{
  const char *const titles[] = { _ ("VOLUME"), _ ("DISK"),    _ ("SIZE"),
                                 _ ("PHASE"),  _ ("MESSAGE"), NULL };
  g_autoptr (BvCliTable) table = bv_cli_table_new (titles);

  if (volumes == NULL || g_variant_n_children (volumes) == 0)
    return;
  for (gsize i = 0; i < g_variant_n_children (volumes); i++)
    {
      g_autoptr (GVariant) volume = g_variant_get_child_value (volumes, i);
      g_autofree char *name = bv_cli_dict_text (volume, "name");
      g_autofree char *target = bv_cli_dict_text (volume, "target");
      g_autofree char *phase = bv_cli_dict_text (volume, "phase");
      g_autofree char *message = bv_cli_dict_text (volume, "message");
      g_autofree char *size = NULL;
      gint64 bytes;

      if (g_variant_lookup (volume, "size", "x", &bytes))
        size = bv_quantity_format_binary (bytes);
      bv_cli_table_add (table, name, target, size, phase, message, NULL);
    }
  g_print ("\n");
  bv_cli_table_print (table);
}

static void
print_interfaces (GVariant *interfaces)
{
  const char *const titles[] = { _ ("INTERFACE"), _ ("MAC ADDRESS"), _ ("IN THE GUEST"),
                                 _ ("LINK"),      _ ("ADDRESSES"),   NULL };
  g_autoptr (BvCliTable) table = bv_cli_table_new (titles);

  if (interfaces == NULL || g_variant_n_children (interfaces) == 0)
    return;
  for (gsize i = 0; i < g_variant_n_children (interfaces); i++)
    {
      g_autoptr (GVariant) interface = g_variant_get_child_value (interfaces, i);
      g_autofree char *name = bv_cli_dict_text (interface, "name");
      g_autofree char *mac = bv_cli_dict_text (interface, "mac");
      g_autofree char *own_name = bv_cli_dict_text (interface, "interfaceName");
      g_autofree char *link = bv_cli_dict_text (interface, "linkState");
      g_autofree const char **addresses = NULL;
      g_autofree char *list = NULL;

      if (g_variant_lookup (interface, "ipAddresses", "^a&s", &addresses))
        list = g_strjoinv (", ", (char **)addresses);
      bv_cli_table_add (table, name, mac, own_name, link, list, NULL);
    }
  g_print ("\n");
  bv_cli_table_print (table);
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
  print_conditions (bv_dbus_virtual_machine_instance_get_conditions (vmi));
  print_volumes (bv_dbus_virtual_machine_instance_get_volume_status (vmi));
  print_interfaces (bv_dbus_virtual_machine_instance_get_interfaces (vmi));
}

static void
print_filesystems (GVariant *filesystems)
{
  const char *const titles[] = { _ ("MOUNT POINT"), _ ("TYPE"), _ ("DEVICE"),
                                 _ ("USED"),        _ ("SIZE"), NULL };
  g_autoptr (BvCliTable) table = bv_cli_table_new (titles);

  if (filesystems == NULL || g_variant_n_children (filesystems) == 0)
    return;
  for (gsize i = 0; i < g_variant_n_children (filesystems); i++)
    {
      g_autoptr (GVariant) filesystem = g_variant_get_child_value (filesystems, i);
      g_autofree char *mount_point = bv_cli_dict_text (filesystem, "mountPoint");
      g_autofree char *type = bv_cli_dict_text (filesystem, "fileSystemType");
      g_autofree char *device = bv_cli_dict_text (filesystem, "diskName");
      g_autofree char *used = NULL, *size = NULL;
      guint64 bytes;

      if (g_variant_lookup (filesystem, "usedBytes", "t", &bytes))
        used = g_format_size_full (bytes, G_FORMAT_SIZE_IEC_UNITS);
      if (g_variant_lookup (filesystem, "totalBytes", "t", &bytes))
        size = g_format_size_full (bytes, G_FORMAT_SIZE_IEC_UNITS);
      bv_cli_table_add (table, mount_point, type, device, used, size, NULL);
    }
  g_print ("\n");
  bv_cli_table_print (table);
}

static void
print_users (GVariant *users)
{
  const char *const titles[] = { _ ("USER"), _ ("DOMAIN"), _ ("LOGGED IN"), NULL };
  g_autoptr (BvCliTable) table = bv_cli_table_new (titles);

  if (users == NULL || g_variant_n_children (users) == 0)
    return;
  for (gsize i = 0; i < g_variant_n_children (users); i++)
    {
      g_autoptr (GVariant) user = g_variant_get_child_value (users, i);
      g_autofree char *name = bv_cli_dict_text (user, "userName");
      g_autofree char *domain = bv_cli_dict_text (user, "domain");
      g_autofree char *time = NULL;
      gint64 seconds;

      if (g_variant_lookup (user, "loginTime", "x", &seconds))
        time = bv_cli_time ((guint64)MAX (seconds, 0) * G_USEC_PER_SEC);
      bv_cli_table_add (table, name, domain, time, NULL);
    }
  g_print ("\n");
  bv_cli_table_print (table);
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
  print_filesystems (bv_dbus_guest_agent_get_filesystems (agent));
  print_users (bv_dbus_guest_agent_get_users (agent));
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
  print_conditions (bv_dbus_data_volume_get_conditions (volume));
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
