/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "daemon/bv-data-volume-iface.h"

#include "bv-dbus-generated.h"
#include "daemon/bv-callee.h"
#include "runtime/claim/bv-data-volume-runtime.h"

#define BV_TYPE_DATA_VOLUME_IFACE (bv_data_volume_iface_get_type ())

G_DECLARE_FINAL_TYPE (BvDataVolumeIface, bv_data_volume_iface, BV, DATA_VOLUME_IFACE,
                      BvDBusDataVolumeSkeleton)

struct _BvDataVolumeIface
{
  BvDBusDataVolumeSkeleton parent_instance;

  BvBus *bus;
  BvEntry *entry;
};

static void bv_data_volume_iface_init_callee (BvCalleeInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BvDataVolumeIface, bv_data_volume_iface,
                               BV_DBUS_TYPE_DATA_VOLUME_SKELETON,
                               G_IMPLEMENT_INTERFACE (BV_TYPE_CALLEE,
                                                      bv_data_volume_iface_init_callee))

static void
bv_data_volume_iface_finalize (GObject *object)
{
  g_clear_object (&BV_DATA_VOLUME_IFACE (object)->entry);
  G_OBJECT_CLASS (bv_data_volume_iface_parent_class)->finalize (object);
}

static void
bv_data_volume_iface_class_init (BvDataVolumeIfaceClass *class)
{
  G_DBUS_INTERFACE_SKELETON_CLASS (class)->get_vtable = bv_callee_get_vtable;
  G_OBJECT_CLASS (class)->finalize = bv_data_volume_iface_finalize;
}

static void
bv_data_volume_iface_init (BvDataVolumeIface *self)
{
}

static void
update (BvDataVolumeIface *self)
{
  BvDBusDataVolume *iface = BV_DBUS_DATA_VOLUME (self);
  BvDataVolumeRuntime *runtime = bv_entry_get_runtime (self->entry);
  g_autofree char *progress = NULL;

  if (runtime == NULL)
    return;
  progress = bv_data_volume_runtime_dup_progress (runtime);
  bv_dbus_data_volume_set_phase (iface, bv_data_volume_runtime_get_phase (runtime));
  bv_dbus_data_volume_set_progress (iface, progress);
  bv_dbus_data_volume_set_message (iface, bv_data_volume_runtime_get_message (runtime));
  bv_dbus_data_volume_set_restart_count (iface, bv_data_volume_runtime_get_restarts (runtime));
  bv_dbus_data_volume_set_conditions (
      iface, bv_conditions_to_variant (bv_data_volume_runtime_get_conditions (runtime)));
}

static void
event_cb (BvDataVolumeIface *self, const char *type, const char *reason, const char *message)
{
  bv_bus_flush (self->bus);
  bv_dbus_data_volume_emit_event (BV_DBUS_DATA_VOLUME (self), type, reason, message);
}

GDBusInterfaceSkeleton *
bv_data_volume_iface_new (BvBus *bus, BvEntry *entry)
{
  BvDataVolumeIface *self = g_object_new (BV_TYPE_DATA_VOLUME_IFACE, NULL);
  BvDataVolumeRuntime *runtime = bv_entry_get_runtime (entry);

  self->bus = bus;
  self->entry = g_object_ref (entry);
  g_signal_connect_object (runtime, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (runtime, "event", G_CALLBACK (event_cb), self, G_CONNECT_SWAPPED);
  update (self);
  return G_DBUS_INTERFACE_SKELETON (self);
}

static void
upload (BvRequest *request, gpointer user_data)
{
  BvDataVolumeIface *self = user_data;
  BvDataVolumeRuntime *runtime = bv_entry_get_runtime (self->entry);
  g_autoptr (GVariant) options = bv_request_get_options (request);
  g_autoptr (GError) error = NULL;
  g_autoptr (BvJob) job = NULL;
  guint64 size = 0;
  int fd = bv_request_take_fd (request, &error);

  g_variant_lookup (options, "size", "t", &size);
  if (fd >= 0)
    job = bv_data_volume_runtime_upload (runtime, fd, size, &error);
  if (job == NULL)
    bv_request_return_error (request, error);
  else
    bv_request_return (
        request, g_variant_new ("(o)", bv_bus_export_job (bv_request_get_bus (request), job)));
}

static const char *const upload_options[] = { "size:t", NULL };

static const BvMethod methods[] = {
  { "Upload", BV_ACTION_MANAGE, upload_options, upload },
  { NULL },
};

static void
bv_data_volume_iface_get_target (BvCallee *callee, BvBus **bus, BvEntry **entry)
{
  BvDataVolumeIface *self = BV_DATA_VOLUME_IFACE (callee);

  *bus = self->bus;
  *entry = self->entry;
}

static void
bv_data_volume_iface_init_callee (BvCalleeInterface *iface)
{
  iface->methods = methods;
  iface->get_target = bv_data_volume_iface_get_target;
}
