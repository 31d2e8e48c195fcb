/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-storage.h"

#include "cli/bv-cli-table.h"
#include "cli/bv-cli-text.h"
#include "model/bv-quantity.h"

#include <glib/gi18n.h>

typedef void (*AddRow) (BvCliTable *table, BvCliClient *client, BvDBusObject *object);

/* One that is being deleted says so, as with kubectl. */
static const char *
or_terminating (BvDBusObject *object, const char *phase)
{
  BvDBusStoredObject *stored = bv_dbus_object_peek_stored_object (object);

  return bv_dbus_stored_object_get_deletion_timestamp (stored) != 0 ? "Terminating" : phase;
}

const char *
bv_cli_storage_get_phase (BvDBusObject *object)
{
  BvDBusPersistentVolumeClaim *claim = bv_dbus_object_peek_persistent_volume_claim (object);
  BvDBusDataVolume *volume = bv_dbus_object_peek_data_volume (object);

  if (claim != NULL)
    return or_terminating (object, bv_dbus_persistent_volume_claim_get_phase (claim));
  if (volume != NULL)
    return or_terminating (object, bv_dbus_data_volume_get_phase (volume));
  return NULL;
}

static char *
format_capacity (BvDBusPersistentVolumeClaim *claim)
{
  guint64 capacity = claim != NULL ? bv_dbus_persistent_volume_claim_get_capacity (claim) : 0;

  return capacity != 0 ? bv_quantity_format_binary (capacity) : NULL;
}

/* As kubectl has them: RWO, ROX, RWX, RWOP. */
static char *
format_modes (BvDBusPersistentVolumeClaim *claim)
{
  static const struct
  {
    const char *mode;
    const char *short_name;
  } names[] = {
    { "ReadWriteOnce", "RWO" },
    { "ReadOnlyMany", "ROX" },
    { "ReadWriteMany", "RWX" },
    { "ReadWriteOncePod", "RWOP" },
  };
  const char *const *modes = bv_dbus_persistent_volume_claim_get_access_modes (claim);
  g_autoptr (GString) text = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (modes != NULL && g_strv_contains (modes, names[i].mode))
      g_string_append_printf (text, "%s%s", text->len > 0 ? "," : "", names[i].short_name);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
add_claim (BvCliTable *table, BvCliClient *client, BvDBusObject *object)
{
  BvDBusPersistentVolumeClaim *claim = bv_dbus_object_peek_persistent_volume_claim (object);
  BvDBusStoredObject *stored = bv_dbus_object_peek_stored_object (object);
  g_autofree char *age = bv_cli_age (bv_dbus_stored_object_get_creation_timestamp (stored));
  g_autofree char *capacity = format_capacity (claim);
  g_autofree char *modes = format_modes (claim);

  bv_cli_table_add (table, bv_dbus_stored_object_get_namespace (stored),
                    bv_dbus_stored_object_get_name (stored), bv_cli_storage_get_phase (object),
                    bv_dbus_persistent_volume_claim_get_volume_name (claim), capacity, modes,
                    bv_dbus_persistent_volume_claim_get_pool (claim), age, NULL);
}

/* The claim of a data volume has its name. */
static BvDBusPersistentVolumeClaim *
find_claim (BvCliClient *client, BvDBusStoredObject *stored)
{
  g_autoptr (GPtrArray) claims = bv_cli_client_list (client, "PersistentVolumeClaim",
                                                     bv_dbus_stored_object_get_namespace (stored));

  for (guint i = 0; i < claims->len; i++)
    if (g_strcmp0 (
            bv_dbus_stored_object_get_name (bv_dbus_object_peek_stored_object (claims->pdata[i])),
            bv_dbus_stored_object_get_name (stored)) == 0)
      return bv_dbus_object_get_persistent_volume_claim (claims->pdata[i]);
  return NULL;
}

static void
add_data_volume (BvCliTable *table, BvCliClient *client, BvDBusObject *object)
{
  BvDBusDataVolume *volume = bv_dbus_object_peek_data_volume (object);
  BvDBusStoredObject *stored = bv_dbus_object_peek_stored_object (object);
  g_autoptr (BvDBusPersistentVolumeClaim) claim = find_claim (client, stored);
  g_autofree char *age = bv_cli_age (bv_dbus_stored_object_get_creation_timestamp (stored));
  g_autofree char *capacity = format_capacity (claim);
  g_autofree char *restarts =
      g_strdup_printf ("%u", bv_dbus_data_volume_get_restart_count (volume));

  bv_cli_table_add (
      table, bv_dbus_stored_object_get_namespace (stored), bv_dbus_stored_object_get_name (stored),
      bv_cli_storage_get_phase (object), bv_dbus_data_volume_get_progress (volume), restarts,
      capacity, claim != NULL ? bv_dbus_persistent_volume_claim_get_pool (claim) : NULL, age, NULL);
}

static gboolean
are_all (GPtrArray *objects, const char *kind)
{
  for (guint i = 0; i < objects->len; i++)
    if (!g_str_equal (
            bv_dbus_stored_object_get_kind (bv_dbus_object_peek_stored_object (objects->pdata[i])),
            kind))
      return FALSE;
  return objects->len > 0;
}

static void
print (BvCliClient *client, GPtrArray *objects, const char *const *titles, AddRow add_row)
{
  g_autoptr (BvCliTable) table = bv_cli_table_new (titles);

  for (guint i = 0; i < objects->len; i++)
    add_row (table, client, objects->pdata[i]);
  bv_cli_table_print (table);
}

gboolean
bv_cli_storage_print (BvCliClient *client, GPtrArray *objects)
{
  const char *const claims[] = { _ ("NAMESPACE"),    _ ("NAME"),     _ ("STATUS"),
                                 _ ("VOLUME"),       _ ("CAPACITY"), _ ("ACCESS MODES"),
                                 _ ("STORAGECLASS"), _ ("AGE"),      NULL };
  const char *const volumes[] = { _ ("NAMESPACE"),    _ ("NAME"),     _ ("PHASE"),
                                  _ ("PROGRESS"),     _ ("RESTARTS"), _ ("CAPACITY"),
                                  _ ("STORAGECLASS"), _ ("AGE"),      NULL };

  if (are_all (objects, "PersistentVolumeClaim"))
    print (client, objects, claims, add_claim);
  else if (are_all (objects, "DataVolume"))
    print (client, objects, volumes, add_data_volume);
  else
    return FALSE;
  return TRUE;
}

/* The status in a manifest. */

static void
set_text (BvArena *arena, BvNode *map, const char *key, const char *text)
{
  if (text != NULL && text[0] != '\0')
    bv_node_set (arena, map, key, bv_node_new_string (arena, text));
}

static void
add_claim_status (BvDBusPersistentVolumeClaim *claim, BvNode *status, BvArena *arena)
{
  g_autofree char *capacity = format_capacity (claim);
  const char *const *modes = bv_dbus_persistent_volume_claim_get_access_modes (claim);
  BvNode *map;

  set_text (arena, status, "phase", bv_dbus_persistent_volume_claim_get_phase (claim));
  if (capacity == NULL)
    return;
  map = bv_node_new (arena, BV_NODE_MAP, (BvMark){ 0, 0 });
  set_text (arena, map, "storage", capacity);
  bv_node_set (arena, status, "capacity", map);
  map = bv_node_new (arena, BV_NODE_LIST, (BvMark){ 0, 0 });
  for (gsize i = 0; modes != NULL && modes[i] != NULL; i++)
    bv_node_append (map, bv_node_new_string (arena, modes[i]));
  bv_node_set (arena, status, "accessModes", map);
}

static void
add_data_volume_status (BvDBusDataVolume *volume, BvNode *status, BvArena *arena)
{
  GVariant *conditions = bv_dbus_data_volume_get_conditions (volume);

  set_text (arena, status, "phase", bv_dbus_data_volume_get_phase (volume));
  set_text (arena, status, "progress", bv_dbus_data_volume_get_progress (volume));
  if (conditions != NULL)
    bv_node_set (arena, status, "conditions", bv_node_new_from_variant (arena, conditions));
}

void
bv_cli_storage_add_status (BvDBusObject *object, BvNode *status, BvArena *arena)
{
  BvDBusPersistentVolumeClaim *claim = bv_dbus_object_peek_persistent_volume_claim (object);
  BvDBusDataVolume *volume = bv_dbus_object_peek_data_volume (object);

  if (claim != NULL)
    add_claim_status (claim, status, arena);
  if (volume != NULL)
    add_data_volume_status (volume, status, arena);
}
