/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "daemon/bv-export.h"

#include "daemon/bv-claim-iface.h"
#include "daemon/bv-data-volume-iface.h"
#include "daemon/bv-device-exports.h"
#include "daemon/bv-guest-agent-iface.h"
#include "daemon/bv-migration-iface.h"
#include "daemon/bv-stored-object-iface.h"
#include "daemon/bv-vm-iface.h"
#include "daemon/bv-vmi-iface.h"
#include "model/bv-vmi-private.h"
#include "migration/bv-migration.h"
#include "migration/bv-reception.h"
#include "runtime/claim/bv-claim-runtime.h"
#include "runtime/claim/bv-data-volume-runtime.h"
#include "runtime/vm/bv-vm-runtime.h"
#include "runtime/vmi/bv-vmi-runtime.h"

struct _BvExport
{
  GObject parent_instance;

  BvBus *bus;
  GDBusObjectSkeleton *object;
  BvEntry *entry;
  GDBusInterfaceSkeleton *agent; /* NULL while the guest's agent does not answer */
  BvObject *seen;                /* the VMI that these are of */
  GPtrArray *devices;            /* of GDBusObjectSkeleton; NULL where it has none */
};

G_DEFINE_FINAL_TYPE (BvExport, bv_export, G_TYPE_OBJECT)

static void
bv_export_finalize (GObject *object)
{
  BvExport *self = BV_EXPORT (object);

  g_clear_pointer (&self->devices, g_ptr_array_unref);
  g_clear_object (&self->seen);
  g_clear_object (&self->agent);
  g_clear_object (&self->entry);
  g_clear_object (&self->object);
  G_OBJECT_CLASS (bv_export_parent_class)->finalize (object);
}

static void
bv_export_class_init (BvExportClass *class)
{
  G_OBJECT_CLASS (class)->finalize = bv_export_finalize;
}

static void
bv_export_init (BvExport *self)
{
}

static void
add_interface (BvExport *self, GDBusInterfaceSkeleton *interface)
{
  g_dbus_object_skeleton_add_interface (self->object, interface);
  g_object_unref (interface);
}

/* The interface is there while the agent answers. */
static void
update_agent (BvExport *self)
{
  BvVmiRuntime *runtime = bv_entry_get_runtime (self->entry);
  BvGuestAgent *agent = runtime != NULL ? bv_vmi_runtime_get_agent (runtime) : NULL;

  if (agent != NULL && self->agent == NULL)
    {
      self->agent = bv_guest_agent_iface_new (self->bus, self->entry, agent);
      g_dbus_object_skeleton_add_interface (self->object, self->agent);
    }
  else if (agent == NULL && self->agent != NULL)
    {
      g_dbus_object_skeleton_remove_interface (self->object, self->agent);
      g_clear_object (&self->agent);
    }
}

static gboolean
has_absent (BvObject *vmi)
{
  const BvApiDevices *devices = bv_vmi_get_record (BV_VMI (vmi))->spec->domain->devices;

  for (guint i = 0; devices != NULL && i < devices->n_interfaces; i++)
    if (g_strcmp0 (devices->interfaces[i]->state, "absent") == 0)
      return TRUE;
  return FALSE;
}

/* A VMI that follows its template is another object; what the guest lets go of, it tells later. */
static void
update_devices (BvExport *self)
{
  BvObject *object = bv_entry_get_object (self->entry);

  if (bv_entry_get_runtime (self->entry) == NULL || (object == self->seen && !has_absent (object)))
    return;
  g_set_object (&self->seen, object);
  bv_device_exports_update (self->devices, self->bus, self->entry,
                            g_dbus_object_get_object_path (G_DBUS_OBJECT (self->object)));
}

static void
vmi_changed_cb (BvExport *self)
{
  update_agent (self);
  update_devices (self);
}

/* BUS owns the result, and outlives it. */
BvExport *
bv_export_new (BvBus *bus, BvEntry *entry)
{
  BvExport *self = g_object_new (BV_TYPE_EXPORT, NULL);
  gpointer runtime = bv_entry_get_runtime (entry);
  g_autofree char *path = bv_bus_get_entry_path (entry);

  self->bus = bus;
  self->entry = g_object_ref (entry);
  self->object = g_dbus_object_skeleton_new (path);
  add_interface (self, bv_stored_object_iface_new (bus, entry));
  if (BV_IS_VM_RUNTIME (runtime))
    add_interface (self, bv_vm_iface_new (bus, entry));
  if (BV_IS_CLAIM_RUNTIME (runtime))
    add_interface (self, bv_claim_iface_new (bus, entry));
  if (BV_IS_DATA_VOLUME_RUNTIME (runtime))
    add_interface (self, bv_data_volume_iface_new (bus, entry));
  if (BV_IS_MIGRATION (runtime) || BV_IS_RECEPTION (runtime))
    add_interface (self, bv_migration_iface_new (bus, entry));
  if (BV_IS_VMI_RUNTIME (runtime))
    {
      add_interface (self, bv_vmi_iface_new (bus, entry));
      self->seen = g_object_ref (bv_entry_get_object (entry));
      self->devices = bv_device_exports_new (bus, entry, path);
      g_signal_connect_object (runtime, "changed", G_CALLBACK (vmi_changed_cb), self,
                               G_CONNECT_SWAPPED);
    }
  bv_bus_export (bus, self->object);
  for (guint i = 0; self->devices != NULL && i < self->devices->len; i++)
    bv_bus_export (bus, g_ptr_array_index (self->devices, i));
  return self;
}

/* Takes it off the bus, what is below it first. */
void
bv_export_withdraw (BvExport *self)
{
  for (guint i = 0; self->devices != NULL && i < self->devices->len; i++)
    bv_bus_unexport (self->bus, g_ptr_array_index (self->devices, i));
  bv_bus_unexport (self->bus, self->object);
}
