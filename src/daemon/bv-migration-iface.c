/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "daemon/bv-migration-iface.h"

#include "bv-dbus-generated.h"
#include "daemon/bv-authority.h"
#include "daemon/bv-callee.h"
#include "migration/bv-migration.h"
#include "migration/bv-reception.h"
#include "model/bv-error.h"

#include <glib/gi18n-lib.h>

#define BV_TYPE_MIGRATION_IFACE (bv_migration_iface_get_type ())

G_DECLARE_FINAL_TYPE (BvMigrationIface, bv_migration_iface, BV, MIGRATION_IFACE,
                      BvDBusMigrationSkeleton)

struct _BvMigrationIface
{
  BvDBusMigrationSkeleton parent_instance;

  BvBus *bus;
  BvEntry *entry;
};

static void bv_migration_iface_init_callee (BvCalleeInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BvMigrationIface, bv_migration_iface,
                               BV_DBUS_TYPE_MIGRATION_SKELETON,
                               G_IMPLEMENT_INTERFACE (BV_TYPE_CALLEE,
                                                      bv_migration_iface_init_callee))

static void
bv_migration_iface_finalize (GObject *object)
{
  g_clear_object (&BV_MIGRATION_IFACE (object)->entry);
  G_OBJECT_CLASS (bv_migration_iface_parent_class)->finalize (object);
}

static void
bv_migration_iface_class_init (BvMigrationIfaceClass *class)
{
  G_DBUS_INTERFACE_SKELETON_CLASS (class)->get_vtable = bv_callee_get_vtable;
  G_OBJECT_CLASS (class)->finalize = bv_migration_iface_finalize;
}

static void
bv_migration_iface_init (BvMigrationIface *self)
{
}

static const struct
{
  const char *name;
  gsize offset;
} counters[] = {
  { "total", G_STRUCT_OFFSET (BvMigrationSight, total) },
  { "processed", G_STRUCT_OFFSET (BvMigrationSight, processed) },
  { "remaining", G_STRUCT_OFFSET (BvMigrationSight, remaining) },
  { "dirtyRate", G_STRUCT_OFFSET (BvMigrationSight, dirty_rate) },
  { "bandwidth", G_STRUCT_OFFSET (BvMigrationSight, bandwidth) },
  { "downtime", G_STRUCT_OFFSET (BvMigrationSight, downtime) },
  { "iterations", G_STRUCT_OFFSET (BvMigrationSight, iterations) },
  { "elapsed", G_STRUCT_OFFSET (BvMigrationSight, elapsed) },
};

static GVariant *
make_progress (const BvMigrationRecord *record, const BvMigrationSight *sight)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  for (gsize i = 0; sight != NULL && i < G_N_ELEMENTS (counters); i++)
    g_variant_dict_insert (&dict, counters[i].name, "t",
                           G_STRUCT_MEMBER (guint64, sight, counters[i].offset));
  if (record->downtime != 0)
    g_variant_dict_insert (&dict, "handover", "t", (guint64)record->downtime);
  return g_variant_dict_end (&dict);
}

static void
add_text (GVariantDict *dict, const char *name, const char *text)
{
  if (text != NULL)
    g_variant_dict_insert (dict, name, "s", text);
}

static void
add_config (GVariantDict *dict, gpointer runtime)
{
  const BvMigrationConfig *config =
      BV_IS_MIGRATION (runtime) ? bv_migration_get_config (runtime) : NULL;
  g_autoptr (GVariant) shown = NULL;

  if (config == NULL)
    return;
  shown = bv_migration_config_to_variant (config);
  g_variant_dict_insert_value (dict, "migrationConfiguration", shown);
  add_text (dict, "migrationPolicyName", config->policy_name);
}

static const BvMigrationRecord *
get_record (gpointer runtime)
{
  if (BV_IS_MIGRATION (runtime))
    return bv_migration_get_record (runtime);
  return BV_IS_RECEPTION (runtime) ? bv_reception_get_record (runtime) : NULL;
}

/* KubeVirt's status.migrationState, a{sv}; empty where ENTRY is NULL. */
GVariant *
bv_migration_iface_make_state (BvEntry *entry)
{
  gpointer runtime = entry != NULL ? bv_entry_get_runtime (entry) : NULL;
  const BvMigrationRecord *record = get_record (runtime);
  GVariantDict dict;

  if (record == NULL)
    return g_variant_new ("a{sv}", NULL);
  g_variant_dict_init (&dict, NULL);
  add_text (&dict, "migrationUid", bv_object_get_uid (bv_entry_get_object (entry)));
  add_text (&dict, "sourceNode", record->source);
  add_text (&dict, "targetNode", record->target);
  add_text (&dict, "failureReason", record->failure);
  add_text (&dict, "mode", BV_IS_MIGRATION (runtime) ? bv_migration_get_mode (runtime) : "PreCopy");
  add_config (&dict, runtime);
  if (record->started != 0)
    g_variant_dict_insert (&dict, "startTimestamp", "t", (guint64)record->started);
  if (record->ended != 0)
    g_variant_dict_insert (&dict, "endTimestamp", "t", (guint64)record->ended);
  g_variant_dict_insert (&dict, "completed", "b", record->ended != 0);
  g_variant_dict_insert (&dict, "failed", "b", record->stage == BV_MIGRATION_FAILED);
  g_variant_dict_insert (&dict, "abortRequested", "b", record->cancelled);
  return g_variant_dict_end (&dict);
}

static void
show (BvMigrationIface *self, const BvMigrationRecord *record, const BvMigrationSight *sight,
      const char *doubt)
{
  BvDBusMigration *iface = BV_DBUS_MIGRATION (self);
  const char *message = doubt != NULL ? doubt : record->failure;

  bv_dbus_migration_set_role (iface, record->is_target ? "target" : "source");
  bv_dbus_migration_set_phase (iface, bv_migration_record_get_phase (record));
  bv_dbus_migration_set_vmi_name (iface, record->vmi_name != NULL ? record->vmi_name : "");
  bv_dbus_migration_set_source (iface, record->source != NULL ? record->source : "");
  bv_dbus_migration_set_target (iface, record->target != NULL ? record->target : "");
  bv_dbus_migration_set_message (iface, message != NULL ? message : "");
  bv_dbus_migration_set_handover_unknown (iface, doubt != NULL);
  bv_dbus_migration_set_migration_state (iface, bv_migration_iface_make_state (self->entry));
  bv_dbus_migration_set_progress (iface, make_progress (record, sight));
}

static void
update (BvMigrationIface *self)
{
  gpointer runtime = bv_entry_get_runtime (self->entry);

  if (BV_IS_MIGRATION (runtime))
    show (self, bv_migration_get_record (runtime), bv_migration_get_sight (runtime),
          bv_migration_get_doubt (runtime));
  else if (BV_IS_RECEPTION (runtime))
    show (self, bv_reception_get_record (runtime), NULL, bv_reception_get_doubt (runtime));
}

GDBusInterfaceSkeleton *
bv_migration_iface_new (BvBus *bus, BvEntry *entry)
{
  BvMigrationIface *self = g_object_new (BV_TYPE_MIGRATION_IFACE, NULL);

  self->bus = bus;
  self->entry = g_object_ref (entry);
  g_signal_connect_object (bv_entry_get_runtime (entry), "changed", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  update (self);
  return G_DBUS_INTERFACE_SKELETON (self);
}

static void
cancel (BvRequest *request, gpointer user_data)
{
  gpointer runtime = bv_entry_get_runtime (bv_request_get_entry (request));
  g_autoptr (GError) error = NULL;
  gboolean success = FALSE;

  if (BV_IS_MIGRATION (runtime))
    success = bv_migration_cancel (runtime, &error);
  else
    g_set_error (&error, BV_ERROR, BV_ERROR_CONFLICT,
                 _ ("This host is the target; cancel the migration at the source."));
  bv_request_finish (request, success, error);
}

static void
resolve (BvRequest *request, gpointer user_data)
{
  gpointer runtime = bv_entry_get_runtime (bv_request_get_entry (request));
  g_autoptr (GVariant) options = bv_request_get_options (request);
  g_autoptr (GError) error = NULL;
  BvResolution resolution = { 0 };
  gboolean success;

  g_variant_get_child (bv_request_get_parameters (request), 0, "&s", &resolution.owner);
  g_variant_lookup (options, "proof", "&s", &resolution.proof);
  g_variant_lookup (options, "force", "b", &resolution.force);
  success = BV_IS_MIGRATION (runtime) ? bv_migration_resolve (runtime, &resolution, &error)
                                      : bv_reception_resolve (runtime, &resolution, &error);
  bv_request_finish (request, success, error);
}

static const char *const resolve_options[] = { "proof:s", "force:b", NULL };

static const BvMethod methods[] = {
  { "Cancel", BV_ACTION_MIGRATE, NULL, cancel },
  { "Resolve", BV_ACTION_MIGRATE, resolve_options, resolve },
  { NULL },
};

static void
bv_migration_iface_get_target (BvCallee *callee, BvBus **bus, BvEntry **entry)
{
  BvMigrationIface *self = BV_MIGRATION_IFACE (callee);

  *bus = self->bus;
  *entry = self->entry;
}

static void
bv_migration_iface_init_callee (BvCalleeInterface *iface)
{
  iface->methods = methods;
  iface->get_target = bv_migration_iface_get_target;
}
