/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "daemon/bv-vm-iface.h"

#include "bv-dbus-generated.h"
#include "daemon/bv-migrate-request.h"
#include "daemon/bv-callee.h"
#include "daemon/bv-volume-methods.h"
#include "runtime/vm/bv-vm-runtime.h"

#define BV_TYPE_VM_IFACE (bv_vm_iface_get_type ())

G_DECLARE_FINAL_TYPE (BvVmIface, bv_vm_iface, BV, VM_IFACE, BvDBusVirtualMachineSkeleton)

struct _BvVmIface
{
  BvDBusVirtualMachineSkeleton parent_instance;

  BvBus *bus;
  BvEntry *entry;
};

static void bv_vm_iface_init_callee (BvCalleeInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BvVmIface, bv_vm_iface, BV_DBUS_TYPE_VIRTUAL_MACHINE_SKELETON,
                               G_IMPLEMENT_INTERFACE (BV_TYPE_CALLEE, bv_vm_iface_init_callee))

static void
bv_vm_iface_finalize (GObject *object)
{
  g_clear_object (&BV_VM_IFACE (object)->entry);
  G_OBJECT_CLASS (bv_vm_iface_parent_class)->finalize (object);
}

static void
bv_vm_iface_class_init (BvVmIfaceClass *class)
{
  G_DBUS_INTERFACE_SKELETON_CLASS (class)->get_vtable = bv_callee_get_vtable;
  G_OBJECT_CLASS (class)->finalize = bv_vm_iface_finalize;
}

static void
bv_vm_iface_init (BvVmIface *self)
{
}

static void
update (BvVmIface *self)
{
  BvDBusVirtualMachine *iface = BV_DBUS_VIRTUAL_MACHINE (self);
  BvVmRuntime *runtime = bv_entry_get_runtime (self->entry);
  const char *strategy =
      bv_virtual_machine_get_run_strategy (BV_VIRTUAL_MACHINE (bv_entry_get_object (self->entry)));

  if (runtime == NULL)
    return;
  bv_dbus_virtual_machine_set_run_strategy (iface, strategy != NULL ? strategy : "Halted");
  bv_dbus_virtual_machine_set_printable_status (iface,
                                                bv_vm_runtime_get_printable_status (runtime));
  bv_dbus_virtual_machine_set_created (iface, bv_vm_runtime_is_created (runtime));
  bv_dbus_virtual_machine_set_ready (iface, bv_vm_runtime_is_ready (runtime));
  bv_dbus_virtual_machine_set_conditions (
      iface, bv_conditions_to_variant (bv_vm_runtime_get_conditions (runtime)));
  bv_dbus_virtual_machine_set_state_change_requests (iface, bv_vm_runtime_get_requests (runtime));
  bv_dbus_virtual_machine_set_memory_dump_request (iface, bv_vm_runtime_get_memory_dump (runtime));
  bv_dbus_virtual_machine_set_start_failure (iface, bv_vm_runtime_get_start_failure (runtime));
}

static void
event_cb (BvVmIface *self, const char *type, const char *reason, const char *message)
{
  bv_dbus_virtual_machine_emit_event (BV_DBUS_VIRTUAL_MACHINE (self), type, reason, message);
}

GDBusInterfaceSkeleton *
bv_vm_iface_new (BvBus *bus, BvEntry *entry)
{
  BvVmIface *self = g_object_new (BV_TYPE_VM_IFACE, NULL);

  self->bus = bus;
  self->entry = g_object_ref (entry);
  g_signal_connect_object (entry, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (bv_entry_get_runtime (entry), "changed", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (bv_entry_get_runtime (entry), "event", G_CALLBACK (event_cb), self,
                           G_CONNECT_SWAPPED);
  update (self);
  return G_DBUS_INTERFACE_SKELETON (self);
}

static void
return_job (BvRequest *request, BvJob *job, const GError *error)
{
  if (job == NULL)
    bv_request_return_error (request, error);
  else
    bv_request_return (
        request, g_variant_new ("(o)", bv_bus_export_job (bv_request_get_bus (request), job)));
}

static void
start (BvRequest *request, gpointer user_data)
{
  BvVmIface *self = user_data;
  g_autoptr (GVariant) options = bv_request_get_options (request);
  g_autoptr (GError) error = NULL;
  g_autoptr (BvJob) job = NULL;
  gboolean paused = FALSE;

  g_variant_lookup (options, "paused", "b", &paused);
  job = bv_vm_runtime_start (bv_entry_get_runtime (self->entry), paused, &error);

  return_job (request, job, error);
}

static void
stop (BvRequest *request, gpointer user_data)
{
  BvVmIface *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BvJob) job = bv_vm_runtime_stop (bv_entry_get_runtime (self->entry),
                                              bv_request_get_grace_period (request), &error);

  return_job (request, job, error);
}

static void
restart (BvRequest *request, gpointer user_data)
{
  BvVmIface *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BvJob) job = bv_vm_runtime_restart (bv_entry_get_runtime (self->entry),
                                                 bv_request_get_grace_period (request), &error);

  return_job (request, job, error);
}

static void
dump_memory (BvRequest *request, gpointer user_data)
{
  BvVmIface *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BvJob) job = NULL;
  const char *claim;

  g_variant_get_child (bv_request_get_parameters (request), 0, "&s", &claim);
  job = bv_controller_dump_memory (bv_bus_get_controller (self->bus), self->entry, claim, &error);

  return_job (request, job, error);
}

static const char *const grace_option[] = { "grace-period:x", NULL };

static const char *const start_options[] = { "paused:b", NULL };

static const BvMethod methods[] = {
  { "Start", BV_ACTION_MANAGE, start_options, start },
  { "Stop", BV_ACTION_MANAGE, grace_option, stop },
  { "Restart", BV_ACTION_MANAGE, grace_option, restart },
  { "Migrate", BV_ACTION_MIGRATE, bv_migrate_options, bv_migrate },
  { "AddVolume", BV_ACTION_MANAGE, bv_add_volume_options, bv_add_volume },
  { "RemoveVolume", BV_ACTION_MANAGE, NULL, bv_remove_volume },
  { "DumpMemory", BV_ACTION_VIEW_SECRETS, NULL, dump_memory },
  { NULL },
};

static void
bv_vm_iface_get_target (BvCallee *callee, BvBus **bus, BvEntry **entry)
{
  BvVmIface *self = BV_VM_IFACE (callee);

  *bus = self->bus;
  *entry = self->entry;
}

static void
bv_vm_iface_init_callee (BvCalleeInterface *iface)
{
  iface->methods = methods;
  iface->get_target = bv_vm_iface_get_target;
}
