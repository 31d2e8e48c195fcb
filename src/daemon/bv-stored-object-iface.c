/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "daemon/bv-stored-object-iface.h"

#include "bv-dbus-generated.h"
#include "daemon/bv-callee.h"

#include <glib/gi18n-lib.h>

#include "model/bv-error.h"

#define BV_TYPE_STORED_OBJECT_IFACE (bv_stored_object_iface_get_type ())

G_DECLARE_FINAL_TYPE (BvStoredObjectIface, bv_stored_object_iface, BV, STORED_OBJECT_IFACE,
                      BvDBusStoredObjectSkeleton)

struct _BvStoredObjectIface
{
  BvDBusStoredObjectSkeleton parent_instance;

  BvBus *bus;
  BvEntry *entry;
};

static void bv_stored_object_iface_init_callee (BvCalleeInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BvStoredObjectIface, bv_stored_object_iface,
                               BV_DBUS_TYPE_STORED_OBJECT_SKELETON,
                               G_IMPLEMENT_INTERFACE (BV_TYPE_CALLEE,
                                                      bv_stored_object_iface_init_callee))

static void
bv_stored_object_iface_finalize (GObject *object)
{
  g_clear_object (&BV_STORED_OBJECT_IFACE (object)->entry);
  G_OBJECT_CLASS (bv_stored_object_iface_parent_class)->finalize (object);
}

static void
bv_stored_object_iface_class_init (BvStoredObjectIfaceClass *class)
{
  G_DBUS_INTERFACE_SKELETON_CLASS (class)->get_vtable = bv_callee_get_vtable;
  G_OBJECT_CLASS (class)->finalize = bv_stored_object_iface_finalize;
}

static void
bv_stored_object_iface_init (BvStoredObjectIface *self)
{
}

static void
update (BvStoredObjectIface *self)
{
  BvDBusStoredObject *iface = BV_DBUS_STORED_OBJECT (self);
  BvObject *object = bv_entry_get_object (self->entry);

  bv_dbus_stored_object_set_api_version (iface, bv_object_get_api_version (object));
  bv_dbus_stored_object_set_kind (iface, bv_object_get_kind (object));
  bv_dbus_stored_object_set_namespace (iface, bv_object_get_namespace (object));
  bv_dbus_stored_object_set_name (iface, bv_object_get_name (object));
  bv_dbus_stored_object_set_uid (iface, bv_object_get_uid (object));
  bv_dbus_stored_object_set_generation (iface, bv_entry_get_generation (self->entry));
  bv_dbus_stored_object_set_creation_timestamp (iface, bv_entry_get_created (self->entry));
  bv_dbus_stored_object_set_deletion_timestamp (iface, bv_entry_get_deleted (self->entry));
}

GDBusInterfaceSkeleton *
bv_stored_object_iface_new (BvBus *bus, BvEntry *entry)
{
  BvStoredObjectIface *self = g_object_new (BV_TYPE_STORED_OBJECT_IFACE, NULL);

  self->bus = bus;
  self->entry = g_object_ref (entry);
  g_signal_connect_object (entry, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
  return G_DBUS_INTERFACE_SKELETON (self);
}

static void
get_manifest (BvRequest *request, gpointer user_data)
{
  BvObject *object = bv_entry_get_object (bv_request_get_entry (request));
  g_autoptr (GVariant) options = bv_request_get_options (request);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  const char *format = "yaml";

  g_variant_lookup (options, "format", "&s", &format);
  if (g_str_equal (format, "yaml"))
    text = bv_object_to_yaml (object);
  else if (g_str_equal (format, "json"))
    text = bv_object_to_json (object);
  else
    error = g_error_new (BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                         _ ("There is no format %s; it is yaml or json."), format);
  if (error != NULL)
    bv_request_return_error (request, error);
  else
    bv_request_return (request, g_variant_new ("(s)", text));
}

static void
get_events (BvRequest *request, gpointer user_data)
{
  BvObject *object = bv_entry_get_object (bv_request_get_entry (request));

  bv_request_return_events (request, bv_object_get_kind (object), bv_object_get_namespace (object),
                            bv_object_get_name (object));
}

static void
bv_stored_object_iface_deleted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BvRequest *request = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BvJob) job = bv_controller_delete_finish (BV_CONTROLLER (source), result, &error);

  if (job == NULL)
    bv_request_return_error (request, error);
  else
    bv_request_return (
        request, g_variant_new ("(o)", bv_bus_export_job (bv_request_get_bus (request), job)));
}

static void delete (BvRequest *request, gpointer user_data)
{
  BvStoredObjectIface *self = user_data;

  bv_controller_delete_async (bv_bus_get_controller (self->bus), self->entry,
                              bv_request_get_grace_period (request),
                              bv_stored_object_iface_deleted_cb, request);
}

static const char *const get_manifest_options[] = { "format:s", NULL };
static const char *const delete_options[] = { "grace-period:x", NULL };

static const BvMethod methods[] = {
  { "GetManifest", BV_ACTION_VIEW_SECRETS, get_manifest_options, get_manifest },
  { "GetEvents", BV_ACTION_VIEW, NULL, get_events },
  { "Delete", BV_ACTION_MANAGE, delete_options, delete },
  { NULL },
};

static void
bv_stored_object_iface_get_target (BvCallee *callee, BvBus **bus, BvEntry **entry)
{
  BvStoredObjectIface *self = BV_STORED_OBJECT_IFACE (callee);

  *bus = self->bus;
  *entry = self->entry;
}

static void
bv_stored_object_iface_init_callee (BvCalleeInterface *iface)
{
  iface->methods = methods;
  iface->get_target = bv_stored_object_iface_get_target;
}
