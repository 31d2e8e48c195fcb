/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "daemon/bv-vmi-iface.h"

#include "agent/bv-guest-info-variant.h"
#include "bv-dbus-generated.h"
#include "daemon/bv-migrate-request.h"
#include "daemon/bv-migration-iface.h"
#include "daemon/bv-callee.h"
#include "daemon/bv-stats-methods.h"
#include "daemon/bv-vmi-access.h"
#include "daemon/bv-volume-methods.h"
#include "runtime/domain/bv-domain-graphics.h"
#include "runtime/domain/bv-domain-screenshot.h"
#include "runtime/vmi/bv-vmi-runtime.h"
#include "runtime/vmi/bv-vmi-size.h"

/* As virtctl has it. */
#define UNFREEZE_SECONDS 300

#define BV_TYPE_VMI_IFACE (bv_vmi_iface_get_type ())

G_DECLARE_FINAL_TYPE (BvVmiIface, bv_vmi_iface, BV, VMI_IFACE, BvDBusVirtualMachineInstanceSkeleton)

struct _BvVmiIface
{
  BvDBusVirtualMachineInstanceSkeleton parent_instance;

  BvBus *bus;
  BvEntry *entry;
  guint n_transitions; /* that were told */
};

static void bv_vmi_iface_init_callee (BvCalleeInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BvVmiIface, bv_vmi_iface,
                               BV_DBUS_TYPE_VIRTUAL_MACHINE_INSTANCE_SKELETON,
                               G_IMPLEMENT_INTERFACE (BV_TYPE_CALLEE, bv_vmi_iface_init_callee))

static void
bv_vmi_iface_finalize (GObject *object)
{
  g_clear_object (&BV_VMI_IFACE (object)->entry);
  G_OBJECT_CLASS (bv_vmi_iface_parent_class)->finalize (object);
}

static void
bv_vmi_iface_class_init (BvVmiIfaceClass *class)
{
  G_DBUS_INTERFACE_SKELETON_CLASS (class)->get_vtable = bv_callee_get_vtable;
  G_OBJECT_CLASS (class)->finalize = bv_vmi_iface_finalize;
}

static void
bv_vmi_iface_init (BvVmiIface *self)
{
}

static GVariant *
make_transitions (const BvVmiStatus *status)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(st)"));
  for (guint i = 0; i < status->transitions->len; i++)
    {
      const BvPhaseTransition *transition = g_ptr_array_index (status->transitions, i);

      g_variant_builder_add (&builder, "(st)", transition->phase, (guint64)transition->time);
    }
  return g_variant_builder_end (&builder);
}

static void
update_transitions (BvVmiIface *self, const BvVmiStatus *status)
{
  if (self->n_transitions == status->transitions->len)
    return;
  self->n_transitions = status->transitions->len;
  bv_dbus_virtual_machine_instance_set_phase_transitions (BV_DBUS_VIRTUAL_MACHINE_INSTANCE (self),
                                                          make_transitions (status));
}

/* What the agent told, though it may be silent now. */
static void
update_guest (BvDBusVirtualMachineInstance *iface, const BvGuestInfo *info)
{
  g_autoptr (BvGuestInfo) nothing = bv_guest_info_new ();

  if (info == NULL)
    info = nothing;
  bv_dbus_virtual_machine_instance_set_guest_os_info (iface, bv_guest_os_to_variant (info));
  bv_dbus_virtual_machine_instance_set_fs_freeze_status (iface, bv_guest_freeze_status (info));
}

/* Its newest, or NULL. */
static BvEntry *
find_migration (BvVmiIface *self, const BvVmiStatus *status)
{
  BvRegistry *registry = bv_controller_get_registry (bv_bus_get_controller (self->bus));

  return status->last_migration != NULL ? bv_registry_find_uid (registry, status->last_migration)
                                        : NULL;
}

static void
update (BvVmiIface *self)
{
  BvDBusVirtualMachineInstance *iface = BV_DBUS_VIRTUAL_MACHINE_INSTANCE (self);
  BvVmiRuntime *runtime = bv_entry_get_runtime (self->entry);
  const BvVmiStatus *status;
  const char *method;

  if (runtime == NULL)
    return;
  status = bv_vmi_runtime_get_status (runtime);
  method = bv_vmi_runtime_get_migration_method (runtime);
  bv_dbus_virtual_machine_instance_set_phase (iface, status->phase);
  bv_dbus_virtual_machine_instance_set_reason (iface, status->reason);
  bv_dbus_virtual_machine_instance_set_addresses (iface, (const char *const *)status->addresses);
  bv_dbus_virtual_machine_instance_set_resources (iface,
                                                  bv_reservation_to_variant (status->reservation));
  bv_dbus_virtual_machine_instance_set_current_cputopology (
      iface, bv_vmi_size_topology_to_variant (BV_VMI (bv_entry_get_object (self->entry)),
                                              bv_vmi_runtime_get_domain (runtime)));
  bv_dbus_virtual_machine_instance_set_memory (
      iface, bv_vmi_size_memory_to_variant (bv_vmi_runtime_get_domain (runtime)));
  bv_dbus_virtual_machine_instance_set_conditions (
      iface, bv_conditions_to_variant (bv_vmi_runtime_get_conditions (runtime)));
  bv_dbus_virtual_machine_instance_set_volume_status (iface,
                                                      bv_vmi_runtime_get_volume_status (runtime));
  bv_dbus_virtual_machine_instance_set_migrated_volumes (
      iface, bv_vmi_runtime_get_migrated_volumes (runtime));
  bv_dbus_virtual_machine_instance_set_interfaces (iface,
                                                   bv_vmi_runtime_get_interface_status (runtime));
  update_guest (iface, bv_vmi_runtime_get_guest_info (runtime));
  bv_dbus_virtual_machine_instance_set_migration_method (iface, method != NULL ? method : "");
  bv_dbus_virtual_machine_instance_set_migration_state (
      iface, bv_migration_iface_make_state (find_migration (self, status)));
  update_transitions (self, status);
}

static void
phase_changed_cb (BvVmiIface *self, const char *old_phase, const char *new_phase,
                  const char *reason)
{
  bv_bus_flush (self->bus);
  bv_dbus_virtual_machine_instance_emit_phase_changed (BV_DBUS_VIRTUAL_MACHINE_INSTANCE (self),
                                                       old_phase, new_phase, reason);
}

static void
event_cb (BvVmiIface *self, const char *type, const char *reason, const char *message)
{
  bv_dbus_virtual_machine_instance_emit_event (BV_DBUS_VIRTUAL_MACHINE_INSTANCE (self), type,
                                               reason, message);
}

static void
set_constants (BvVmiIface *self)
{
  BvDBusVirtualMachineInstance *iface = BV_DBUS_VIRTUAL_MACHINE_INSTANCE (self);
  BvRegistry *registry = bv_controller_get_registry (bv_bus_get_controller (self->bus));
  BvEntry *owner = bv_registry_find_uid (registry, bv_entry_get_owner (self->entry));
  g_autofree char *path = owner != NULL ? bv_bus_get_entry_path (owner) : NULL;

  bv_dbus_virtual_machine_instance_set_owner (iface, path != NULL ? path : "/");
  bv_dbus_virtual_machine_instance_set_domain_name (
      iface, bv_vmi_runtime_get_domain_name (bv_entry_get_runtime (self->entry)));
}

GDBusInterfaceSkeleton *
bv_vmi_iface_new (BvBus *bus, BvEntry *entry)
{
  BvVmiIface *self = g_object_new (BV_TYPE_VMI_IFACE, NULL);
  BvVmiRuntime *runtime = bv_entry_get_runtime (entry);

  self->bus = bus;
  self->entry = g_object_ref (entry);
  g_signal_connect_object (runtime, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (runtime, "phase-changed", G_CALLBACK (phase_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (runtime, "event", G_CALLBACK (event_cb), self, G_CONNECT_SWAPPED);
  set_constants (self);
  update (self);
  return G_DBUS_INTERFACE_SKELETON (self);
}

/* The methods. */

static void
bv_vmi_iface_acted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  gboolean success = bv_vmi_runtime_act_finish (BV_VMI_RUNTIME (source), result, &error);

  bv_request_finish (user_data, success, error);
}

static void
act (BvRequest *request, BvVmiAction action)
{
  bv_vmi_runtime_act_async (bv_entry_get_runtime (bv_request_get_entry (request)), action,
                            bv_vmi_iface_acted_cb, request);
}

static void
pause_guest (BvRequest *request, gpointer user_data)
{
  act (request, BV_VMI_PAUSE);
}

static void
unpause (BvRequest *request, gpointer user_data)
{
  act (request, BV_VMI_UNPAUSE);
}

static void
reset (BvRequest *request, gpointer user_data)
{
  act (request, BV_VMI_RESET);
}

static void
soft_reboot (BvRequest *request, gpointer user_data)
{
  act (request, BV_VMI_SOFT_REBOOT);
}

static void
kill_guest (BvRequest *request, gpointer user_data)
{
  act (request, BV_VMI_KILL);
}

static void
bv_vmi_iface_frozen_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  gboolean success = bv_vmi_runtime_freeze_finish (BV_VMI_RUNTIME (source), result, &error);

  bv_request_finish (user_data, success, error);
}

static void
freeze (BvRequest *request, gpointer user_data)
{
  g_autoptr (GVariant) options = bv_request_get_options (request);
  gint64 seconds = UNFREEZE_SECONDS;

  g_variant_lookup (options, "unfreeze-timeout", "x", &seconds);
  bv_vmi_runtime_freeze_async (bv_entry_get_runtime (bv_request_get_entry (request)), TRUE, seconds,
                               bv_vmi_iface_frozen_cb, request);
}

static void
unfreeze (BvRequest *request, gpointer user_data)
{
  bv_vmi_runtime_freeze_async (bv_entry_get_runtime (bv_request_get_entry (request)), FALSE, 0,
                               bv_vmi_iface_frozen_cb, request);
}

static void
shut_down (BvRequest *request, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  gboolean success = bv_vmi_runtime_shutdown (bv_entry_get_runtime (bv_request_get_entry (request)),
                                              bv_request_get_grace_period (request), &error);

  bv_request_finish (request, success, error);
}

static void
open_console (BvRequest *request, gpointer user_data)
{
  BvVmiRuntime *runtime = bv_entry_get_runtime (bv_request_get_entry (request));
  g_autoptr (GError) error = NULL;
  int fd = bv_vmi_runtime_open_console (runtime, &error);

  if (fd < 0)
    {
      bv_request_return_error (request, error);
      return;
    }
  bv_vmi_runtime_note_connection (runtime);
  bv_request_return_fd (request, fd);
}

static void
bv_vmi_iface_opened_vnc_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  int fd = bv_domain_open_graphics_finish (BV_CONNECTION (source), result, &error);

  if (fd < 0)
    {
      bv_request_return_error (user_data, error);
      return;
    }
  /* Its guest may have gone meanwhile, and its runtime with it. */
  if (bv_entry_get_runtime (bv_request_get_entry (user_data)) != NULL)
    bv_vmi_runtime_note_handout (bv_entry_get_runtime (bv_request_get_entry (user_data)),
                                 BV_HANDOUT_DISPLAY, fd);
  bv_request_return_fd (user_data, fd);
}

static BvConnection *
get_connection (BvRequest *request)
{
  return bv_controller_get_environment (bv_bus_get_controller (bv_request_get_bus (request)))
      ->connection;
}

static void
open_vnc (BvRequest *request, gpointer user_data)
{
  BvVmiRuntime *runtime = bv_entry_get_runtime (bv_request_get_entry (request));
  const BvDomainInfo *domain = bv_vmi_runtime_get_domain (runtime);
  g_autoptr (GError) error = NULL;

  if (!bv_vmi_runtime_check_graphics (runtime, &error))
    {
      bv_request_return_error (request, error);
      return;
    }
  bv_domain_open_graphics_async (get_connection (request), domain->name, domain->uuid, NULL,
                                 bv_vmi_iface_opened_vnc_cb, request);
}

static void
bv_vmi_iface_took_screenshot_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  int fd = bv_domain_screenshot_finish (BV_CONNECTION (source), result, &error);

  if (fd < 0)
    bv_request_return_error (user_data, error);
  else
    bv_request_return_fd (user_data, fd);
}

static void
screenshot (BvRequest *request, gpointer user_data)
{
  BvVmiRuntime *runtime = bv_entry_get_runtime (bv_request_get_entry (request));
  const BvDomainInfo *domain = bv_vmi_runtime_get_domain (runtime);
  g_autoptr (GError) error = NULL;

  if (bv_vmi_runtime_check_graphics (runtime, &error))
    bv_domain_screenshot_async (get_connection (request), domain->name, domain->uuid, NULL,
                                bv_vmi_iface_took_screenshot_cb, request);
  else
    bv_request_return_error (request, error);
}

static void
bv_vmi_iface_got_xml_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BvRequest *request = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *xml = bv_domain_get_xml_finish (BV_CONNECTION (source), result, &error);

  if (xml == NULL)
    bv_request_return_error (request, error);
  else
    bv_request_return (request, g_variant_new ("(s)", xml));
}

static void
get_domain_xml (BvRequest *request, gpointer user_data)
{
  BvVmiRuntime *runtime = bv_entry_get_runtime (bv_request_get_entry (request));
  g_autoptr (GError) error = NULL;

  if (bv_vmi_runtime_check_running (runtime, &error))
    bv_domain_get_xml_async (get_connection (request), bv_vmi_runtime_get_domain_name (runtime),
                             NULL, bv_vmi_iface_got_xml_cb, request);
  else
    bv_request_return_error (request, error);
}

static const char *const open_port_options[] = { "via:s", NULL };
static const char *const freeze_options[] = { "unfreeze-timeout:x", NULL };
static const char *const shutdown_options[] = { "grace-period:x", NULL };

static const BvMethod methods[] = {
  { "Pause", BV_ACTION_MANAGE, NULL, pause_guest },
  { "Unpause", BV_ACTION_MANAGE, NULL, unpause },
  { "Reset", BV_ACTION_MANAGE, NULL, reset },
  { "SoftReboot", BV_ACTION_MANAGE, NULL, soft_reboot },
  { "Freeze", BV_ACTION_MANAGE, freeze_options, freeze },
  { "Unfreeze", BV_ACTION_MANAGE, NULL, unfreeze },
  { "Shutdown", BV_ACTION_MANAGE, shutdown_options, shut_down },
  { "Kill", BV_ACTION_MANAGE, NULL, kill_guest },
  { "OpenConsole", BV_ACTION_CONSOLE, NULL, open_console },
  { "OpenVnc", BV_ACTION_CONSOLE, NULL, open_vnc },
  { "Screenshot", BV_ACTION_VIEW_SECRETS, NULL, screenshot },
  { "GetDomainXml", BV_ACTION_VIEW_SECRETS, NULL, get_domain_xml },
  { "Migrate", BV_ACTION_MIGRATE, bv_migrate_options, bv_migrate },
  { "AddVolume", BV_ACTION_MANAGE, bv_add_volume_options, bv_add_volume },
  { "RemoveVolume", BV_ACTION_MANAGE, NULL, bv_remove_volume },
  { "OpenConsoleLog", BV_ACTION_CONSOLE, NULL, bv_vmi_open_console_log },
  { "OpenPort", BV_ACTION_CONSOLE, open_port_options, bv_vmi_open_port },
  { "OpenUsbRedirection", BV_ACTION_CONSOLE, NULL, bv_vmi_open_usb_redirection },
  { "DumpMemory", BV_ACTION_VIEW_SECRETS, NULL, bv_vmi_dump_memory },
  { "GetStats", BV_ACTION_VIEW, NULL, bv_vmi_get_stats },
  { NULL },
};

static void
bv_vmi_iface_get_target (BvCallee *callee, BvBus **bus, BvEntry **entry)
{
  BvVmiIface *self = BV_VMI_IFACE (callee);

  *bus = self->bus;
  *entry = self->entry;
}

static void
bv_vmi_iface_init_callee (BvCalleeInterface *iface)
{
  iface->methods = methods;
  iface->get_target = bv_vmi_iface_get_target;
}
