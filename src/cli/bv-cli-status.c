/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-status.h"

#include "cli/bv-cli-storage.h"
#include "cli/bv-cli-text.h"
#include "model/bv-quantity.h"

/* The status that an object has in KubeVirt's API, put together from its properties on the bus. */

static void
set_text (BvArena *arena, BvNode *map, const char *key, const char *text)
{
  if (text != NULL && text[0] != '\0')
    bv_node_set (arena, map, key, bv_node_new_string (arena, text));
}

static BvNode *
new_container (BvArena *arena, BvNodeKind kind)
{
  return bv_node_new (arena, kind, (BvMark){ 0, 0 });
}

static void
set_conditions (BvArena *arena, BvNode *status, GVariant *conditions)
{
  static const char *const keys[] = { "type", "status", "reason", "message", "lastTransitionTime" };
  BvNode *list = new_container (arena, BV_NODE_LIST);

  for (gsize i = 0; conditions != NULL && i < g_variant_n_children (conditions); i++)
    {
      g_autoptr (GVariant) condition = g_variant_get_child_value (conditions, i);
      BvNode *map = new_container (arena, BV_NODE_MAP);

      for (gsize j = 0; j < G_N_ELEMENTS (keys); j++)
        {
          g_autofree char *text = bv_cli_dict_text (condition, keys[j]);

          set_text (arena, map, keys[j], text);
        }
      bv_node_append (list, map);
    }
  if (list->n_children > 0)
    bv_node_set (arena, status, "conditions", list);
}

static void
set_transitions (BvArena *arena, BvNode *status, GVariant *transitions)
{
  BvNode *list = new_container (arena, BV_NODE_LIST);
  GVariantIter iter;
  const char *phase;
  guint64 when;

  if (transitions == NULL)
    return;
  g_variant_iter_init (&iter, transitions);
  while (g_variant_iter_next (&iter, "(&st)", &phase, &when))
    {
      BvNode *map = new_container (arena, BV_NODE_MAP);
      g_autofree char *time = bv_cli_time (when);

      set_text (arena, map, "phase", phase);
      set_text (arena, map, "phaseTransitionTimestamp", time);
      bv_node_append (list, map);
    }
  bv_node_set (arena, status, "phaseTransitionTimestamps", list);
}

static void
set_interfaces (BvArena *arena, BvNode *status, GVariant *interfaces)
{
  if (interfaces != NULL && g_variant_n_children (interfaces) > 0)
    bv_node_set (arena, status, "interfaces", bv_node_new_from_variant (arena, interfaces));
}

static void
set_guest_os (BvArena *arena, BvNode *status, GVariant *info)
{
  if (info != NULL && g_variant_n_children (info) > 0)
    bv_node_set (arena, status, "guestOSInfo", bv_node_new_from_variant (arena, info));
}

static void
set_volumes (BvArena *arena, BvNode *status, GVariant *volumes)
{
  if (volumes != NULL && g_variant_n_children (volumes) > 0)
    bv_node_set (arena, status, "volumeStatus", bv_node_new_from_variant (arena, volumes));
}

static void
set_migrated_volumes (BvArena *arena, BvNode *status, GVariant *volumes)
{
  if (volumes != NULL && g_variant_n_children (volumes) > 0)
    bv_node_set (arena, status, "migratedVolumes", bv_node_new_from_variant (arena, volumes));
}

static void
set_migration (BvArena *arena, BvNode *status, GVariant *state)
{
  if (state != NULL && g_variant_n_children (state) > 0)
    bv_node_set (arena, status, "migrationState", bv_node_new_from_variant (arena, state));
}

static void
set_resources (BvArena *arena, BvNode *status, GVariant *resources)
{
  g_autoptr (GVariant) cid =
      resources == NULL ? NULL
                        : g_variant_lookup_value (resources, "vsockCid", G_VARIANT_TYPE_UINT32);

  if (cid != NULL)
    bv_node_set (arena, status, "VSOCKCID", bv_node_new_from_variant (arena, cid));
}

static void
set_topology (BvArena *arena, BvNode *status, GVariant *topology)
{
  if (topology != NULL && g_variant_n_children (topology) > 0)
    bv_node_set (arena, status, "currentCPUTopology", bv_node_new_from_variant (arena, topology));
}

/* Its bytes as quantities. */
static void
set_memory (BvArena *arena, BvNode *status, GVariant *memory)
{
  BvNode *map = new_container (arena, BV_NODE_MAP);
  GVariantIter iter;
  const char *key;
  GVariant *bytes;

  if (memory == NULL)
    return;
  g_variant_iter_init (&iter, memory);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &bytes))
    {
      g_autofree char *text = bv_quantity_format_binary (g_variant_get_uint64 (bytes));

      set_text (arena, map, key, text);
    }
  if (map->n_children > 0)
    bv_node_set (arena, status, "memory", map);
}

static void
add_vmi (BvDBusObject *object, BvNode *status, BvArena *arena)
{
  BvDBusVirtualMachineInstance *vmi = bv_dbus_object_peek_virtual_machine_instance (object);

  if (vmi == NULL)
    return;
  set_text (arena, status, "phase", bv_dbus_virtual_machine_instance_get_phase (vmi));
  set_text (arena, status, "reason", bv_dbus_virtual_machine_instance_get_reason (vmi));
  set_transitions (arena, status, bv_dbus_virtual_machine_instance_get_phase_transitions (vmi));
  set_conditions (arena, status, bv_dbus_virtual_machine_instance_get_conditions (vmi));
  set_interfaces (arena, status, bv_dbus_virtual_machine_instance_get_interfaces (vmi));
  set_volumes (arena, status, bv_dbus_virtual_machine_instance_get_volume_status (vmi));
  set_migrated_volumes (arena, status, bv_dbus_virtual_machine_instance_get_migrated_volumes (vmi));
  set_resources (arena, status, bv_dbus_virtual_machine_instance_get_resources (vmi));
  set_topology (arena, status, bv_dbus_virtual_machine_instance_get_current_cputopology (vmi));
  set_memory (arena, status, bv_dbus_virtual_machine_instance_get_memory (vmi));
  set_text (arena, status, "migrationMethod",
            bv_dbus_virtual_machine_instance_get_migration_method (vmi));
  set_migration (arena, status, bv_dbus_virtual_machine_instance_get_migration_state (vmi));
  set_guest_os (arena, status, bv_dbus_virtual_machine_instance_get_guest_os_info (vmi));
  set_text (arena, status, "fsFreezeStatus",
            bv_dbus_virtual_machine_instance_get_fs_freeze_status (vmi));
}

static void
add_migration (BvDBusObject *object, BvNode *status, BvArena *arena)
{
  BvDBusMigration *migration = bv_dbus_object_peek_migration (object);

  if (migration == NULL)
    return;
  set_text (arena, status, "phase", bv_dbus_migration_get_phase (migration));
  set_migration (arena, status, bv_dbus_migration_get_migration_state (migration));
}

static void
set_boolean (BvArena *arena, BvNode *map, const char *key, gboolean value)
{
  g_autoptr (GVariant) variant = g_variant_ref_sink (g_variant_new_boolean (value));

  bv_node_set (arena, map, key, bv_node_new_from_variant (arena, variant));
}

static void
set_memory_dump (BvArena *arena, BvNode *status, GVariant *request)
{
  if (request != NULL && g_variant_n_children (request) > 0)
    bv_node_set (arena, status, "memoryDumpRequest", bv_node_new_from_variant (arena, request));
}

static void
add_vm (BvDBusObject *object, BvNode *status, BvArena *arena)
{
  BvDBusVirtualMachine *vm = bv_dbus_object_peek_virtual_machine (object);

  if (vm == NULL)
    return;
  set_text (arena, status, "runStrategy", bv_dbus_virtual_machine_get_run_strategy (vm));
  set_text (arena, status, "printableStatus", bv_dbus_virtual_machine_get_printable_status (vm));
  set_boolean (arena, status, "created", bv_dbus_virtual_machine_get_created (vm));
  set_boolean (arena, status, "ready", bv_dbus_virtual_machine_get_ready (vm));
  set_conditions (arena, status, bv_dbus_virtual_machine_get_conditions (vm));
  set_memory_dump (arena, status, bv_dbus_virtual_machine_get_memory_dump_request (vm));
}

/* NULL for a kind that has none. */
BvNode *
bv_cli_status_new (BvDBusObject *object, BvArena *arena)
{
  BvNode *status = new_container (arena, BV_NODE_MAP);

  add_vm (object, status, arena);
  add_vmi (object, status, arena);
  add_migration (object, status, arena);
  bv_cli_storage_add_status (object, status, arena);
  return status->n_children > 0 ? status : NULL;
}
