/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "daemon/bv-manager-iface.h"

#include "bv-dbus-generated.h"
#include "daemon/bv-manager-images.h"
#include "daemon/bv-manager-texts.h"
#include "daemon/bv-object-path.h"
#include "daemon/bv-callee.h"
#include "daemon/bv-stats-methods.h"

#include <glib/gi18n-lib.h>

#include "host/bv-host-facts-variant.h"
#include "model/bv-cause-private.h"
#include "model/bv-error.h"
#include "runtime/live/bv-change-rules.h"

#define BV_TYPE_MANAGER_IFACE (bv_manager_iface_get_type ())

G_DECLARE_FINAL_TYPE (BvManagerIface, bv_manager_iface, BV, MANAGER_IFACE, BvDBusManagerSkeleton)

struct _BvManagerIface
{
  BvDBusManagerSkeleton parent_instance;

  BvBus *bus; /* owns this */
};

static void bv_manager_iface_init_callee (BvCalleeInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BvManagerIface, bv_manager_iface, BV_DBUS_TYPE_MANAGER_SKELETON,
                               G_IMPLEMENT_INTERFACE (BV_TYPE_CALLEE, bv_manager_iface_init_callee))

static void
bv_manager_iface_class_init (BvManagerIfaceClass *class)
{
  G_DBUS_INTERFACE_SKELETON_CLASS (class)->get_vtable = bv_callee_get_vtable;
}

static void
bv_manager_iface_init (BvManagerIface *self)
{
}

static BvEnvironment *
get_environment (BvManagerIface *self)
{
  return bv_controller_get_environment (bv_bus_get_controller (self->bus));
}

static void
update (BvManagerIface *self)
{
  BvDBusManager *iface = BV_DBUS_MANAGER (self);
  BvController *controller = bv_bus_get_controller (self->bus);
  BvEnvironment *environment = get_environment (self);
  const BvHostFacts *facts = bv_host_get_facts (environment->host);
  g_autofree char *hypervisor = bv_host_version_to_string (facts->hypervisor_version);
  g_autofree char *libvirt = bv_host_version_to_string (facts->libvirt_version);
  g_autoptr (GEnumClass) class = g_type_class_ref (BV_TYPE_CONNECTION_STATE);
  const GEnumValue *value =
      g_enum_get_value (class, bv_connection_get_state (environment->connection));

  bv_dbus_manager_set_version (iface, BV_VERSION);
  bv_dbus_manager_set_host_name (iface, facts->host_name);
  bv_dbus_manager_set_architecture (iface, facts->architecture);
  bv_dbus_manager_set_hypervisor_uri (iface, bv_connection_get_uri (environment->connection));
  bv_dbus_manager_set_hypervisor_state (iface, value->value_nick);
  bv_dbus_manager_set_hypervisor (iface, facts->hypervisor);
  bv_dbus_manager_set_hypervisor_version (iface, facts->hypervisor_version != 0 ? hypervisor : "");
  bv_dbus_manager_set_libvirt_version (iface, facts->libvirt_version != 0 ? libvirt : "");
  bv_dbus_manager_set_kvm_usable (iface, facts->kvm_usable);
  bv_dbus_manager_set_host_facts (iface, bv_host_facts_to_variant (facts, environment->config));
  bv_dbus_manager_set_ready (iface, bv_controller_is_ready (controller));
  bv_dbus_manager_set_manifest_folder (iface, bv_controller_get_manifest_folder (controller));
  bv_dbus_manager_set_manifest_problems (iface, bv_controller_get_manifest_problems (controller));
}

GDBusInterfaceSkeleton *
bv_manager_iface_new (BvBus *bus)
{
  BvManagerIface *self = g_object_new (BV_TYPE_MANAGER_IFACE, NULL);
  BvEnvironment *environment;

  self->bus = bus;
  environment = get_environment (self);
  g_signal_connect_object (environment->host, "changed", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (environment->connection, "notify::state", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (bv_bus_get_controller (bus), "manifests-changed", G_CALLBACK (update),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (bv_bus_get_controller (bus), "ready-changed", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  update (self);
  return G_DBUS_INTERFACE_SKELETON (self);
}

static void
bv_manager_iface_applied_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BvRequest *request = user_data;
  g_autoptr (GPtrArray) jobs = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) applied =
      bv_controller_apply_finish (BV_CONTROLLER (source), result, &jobs, &error);
  GVariantBuilder objects, paths;

  if (applied == NULL)
    {
      bv_request_return_error (request, error);
      return;
    }
  g_variant_builder_init (&objects, G_VARIANT_TYPE ("a(os)"));
  for (guint i = 0; i < applied->len; i++)
    {
      const BvApplied *item = &g_array_index (applied, BvApplied, i);
      g_autofree char *path = bv_bus_get_entry_path (item->entry);

      g_variant_builder_add (&objects, "(os)", path, bv_change_to_string (item->change));
    }
  g_variant_builder_init (&paths, G_VARIANT_TYPE ("ao"));
  for (guint i = 0; i < jobs->len; i++)
    g_variant_builder_add (
        &paths, "o", bv_bus_export_job (bv_request_get_bus (request), g_ptr_array_index (jobs, i)));
  bv_request_return (request, g_variant_new ("(a(os)ao)", &objects, &paths));
}

static void
apply (BvRequest *request, gpointer user_data)
{
  BvManagerIface *self = user_data;
  g_auto (BvTextInput) input = { NULL };
  g_autoptr (GError) error = NULL;

  if (bv_text_input_read (&input, request, &error))
    bv_controller_apply_async (bv_bus_get_controller (self->bus), input.text, input.file,
                               input.flags, bv_manager_iface_applied_cb, request);
  else
    bv_request_return_error (request, error);
}

static GVariant *
make_field_change (const BvChangedField *field)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "field", "s", field->path);
  g_variant_dict_insert (&dict, "effect", "s", bv_effect_to_string (field->effect));
  if (field->before != NULL)
    g_variant_dict_insert (&dict, "old", "s", field->before);
  if (field->after != NULL)
    g_variant_dict_insert (&dict, "new", "s", field->after);
  return g_variant_dict_end (&dict);
}

static GVariant *
make_field_changes (const BvPlanItem *item)
{
  g_autoptr (GPtrArray) changes = bv_plan_item_list_changes (item);
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < changes->len; i++)
    g_variant_builder_add_value (&list, make_field_change (g_ptr_array_index (changes, i)));
  return g_variant_builder_end (&list);
}

static GVariant *
make_change (const BvPlanItem *item)
{
  g_autofree char *path = bv_object_path_of (item->object);
  const char *result = item->refusal != NULL ? "refused" : bv_change_to_string (item->change);
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "path", "o", path);
  g_variant_dict_insert (&dict, "kind", "s", bv_object_get_kind (item->object));
  g_variant_dict_insert (&dict, "namespace", "s", bv_object_get_namespace (item->object));
  g_variant_dict_insert (&dict, "name", "s", bv_object_get_name (item->object));
  g_variant_dict_insert (&dict, "result", "s", result);
  if (item->refusal != NULL)
    g_variant_dict_insert (&dict, "message", "s", item->refusal);
  g_variant_dict_insert_value (&dict, "fields", make_field_changes (item));
  return g_variant_dict_end (&dict);
}

static void
bv_manager_iface_planned_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BvRequest *request = user_data;
  g_autoptr (BvPlan) plan = bv_controller_plan_finish (BV_CONTROLLER (source), result);
  g_autoptr (GError) error = NULL;
  GVariantBuilder builder;

  if (!bv_plan_check_text (plan, &error))
    {
      bv_request_return_error (request, error);
      return;
    }
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < plan->items->len; i++)
    g_variant_builder_add_value (&builder, make_change (g_ptr_array_index (plan->items, i)));
  bv_request_return (request, g_variant_new ("(aa{sv})", &builder));
}

static void
diff (BvRequest *request, gpointer user_data)
{
  BvManagerIface *self = user_data;
  g_auto (BvTextInput) input = { NULL };
  g_autoptr (GError) error = NULL;

  if (bv_text_input_read (&input, request, &error))
    bv_controller_plan_async (bv_bus_get_controller (self->bus), input.text, input.file,
                              input.flags, bv_manager_iface_planned_cb, request);
  else
    bv_request_return_error (request, error);
}

static void
bv_manager_iface_exported_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = bv_controller_export_finish (BV_CONTROLLER (source), result, &error);

  if (text != NULL)
    bv_request_return (user_data, g_variant_new ("(s)", text));
  else
    bv_request_return_error (user_data, error);
}

static void
export_objects (BvRequest *request, gpointer user_data)
{
  BvManagerIface *self = user_data;
  g_autoptr (GVariant) options = bv_request_get_options (request);
  BvExportFilter filter = { NULL };

  g_variant_lookup (options, "kind", "&s", &filter.kind);
  g_variant_lookup (options, "namespace", "&s", &filter.namespace);
  g_variant_lookup (options, "name", "&s", &filter.name);
  g_variant_lookup (options, "references", "b", &filter.references);
  g_variant_lookup (options, "stored", "b", &filter.stored);
  bv_controller_export_async (bv_bus_get_controller (self->bus), &filter,
                              bv_manager_iface_exported_cb, request);
}

static void
stop_guests (BvRequest *request, gpointer user_data)
{
  BvManagerIface *self = user_data;

  bv_controller_stop_guests (bv_bus_get_controller (self->bus));
  bv_request_return (request, NULL);
}

static void
start_guests (BvRequest *request, gpointer user_data)
{
  BvManagerIface *self = user_data;

  bv_controller_start_guests (bv_bus_get_controller (self->bus));
  bv_request_return (request, NULL);
}

static void
get_events (BvRequest *request, gpointer user_data)
{
  g_autoptr (GVariant) options = bv_request_get_options (request);
  const char *kind = NULL, *namespace = NULL, *name = NULL;

  g_variant_lookup (options, "kind", "&s", &kind);
  g_variant_lookup (options, "namespace", "&s", &namespace);
  g_variant_lookup (options, "name", "&s", &name);
  bv_request_return_events (request, kind, namespace, name);
}

static const char *const input_options[] = { "skip-unknown:b", "file:s", NULL };

static const char *const export_options[] = { "kind:s",       "namespace:s", "name:s",
                                              "references:b", "stored:b",    NULL };
static const char *const get_events_options[] = { "kind:s", "namespace:s", "name:s", NULL };
static const char *const prune_images_options[] = { "name:s", NULL };

static const BvMethod methods[] = {
  { "Apply", BV_ACTION_MANAGE, input_options, apply },
  { "Validate", BV_ACTION_VIEW, input_options, bv_manager_validate },
  /* Whether a manifest equals the stored one tells about the secrets in that. */
  { "Diff", BV_ACTION_VIEW_SECRETS, input_options, diff },
  { "Convert", BV_ACTION_VIEW, input_options, bv_manager_convert },
  { "Export", BV_ACTION_VIEW_SECRETS, export_options, export_objects },
  { "GetEvents", BV_ACTION_VIEW, get_events_options, get_events },
  { "StopGuests", BV_ACTION_MANAGE, NULL, stop_guests },
  { "StartGuests", BV_ACTION_MANAGE, NULL, start_guests },
  { "GetImages", BV_ACTION_VIEW, NULL, bv_manager_get_images },
  { "PruneImages", BV_ACTION_MANAGE, prune_images_options, bv_manager_prune_images },
  { "GetAllStats", BV_ACTION_VIEW, NULL, bv_manager_get_all_stats },
  { NULL },
};

static void
bv_manager_iface_get_target (BvCallee *callee, BvBus **bus, BvEntry **entry)
{
  *bus = BV_MANAGER_IFACE (callee)->bus;
}

static void
bv_manager_iface_init_callee (BvCalleeInterface *iface)
{
  iface->methods = methods;
  iface->get_target = bv_manager_iface_get_target;
}
