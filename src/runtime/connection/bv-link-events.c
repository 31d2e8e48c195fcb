/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/connection/bv-link-events.h"

#include "host/bv-libvirt-error.h"
#include "runtime/connection/bv-typed-params.h"

#include <glib/gi18n-lib.h>
#include <libvirt/virterror.h>

/* libvirt's callbacks, all run in the main loop: each makes its arguments an event and hands it to
 * the link. */

static const BvDomainEventKind lifecycle_kinds[] = {
  [VIR_DOMAIN_EVENT_DEFINED] = BV_DOMAIN_EVENT_DEFINED,
  [VIR_DOMAIN_EVENT_UNDEFINED] = BV_DOMAIN_EVENT_UNDEFINED,
  [VIR_DOMAIN_EVENT_STARTED] = BV_DOMAIN_EVENT_STARTED,
  [VIR_DOMAIN_EVENT_SUSPENDED] = BV_DOMAIN_EVENT_SUSPENDED,
  [VIR_DOMAIN_EVENT_RESUMED] = BV_DOMAIN_EVENT_RESUMED,
  [VIR_DOMAIN_EVENT_STOPPED] = BV_DOMAIN_EVENT_STOPPED,
  [VIR_DOMAIN_EVENT_SHUTDOWN] = BV_DOMAIN_EVENT_SHUTDOWN,
  [VIR_DOMAIN_EVENT_PMSUSPENDED] = BV_DOMAIN_EVENT_PM_SUSPENDED,
  [VIR_DOMAIN_EVENT_CRASHED] = BV_DOMAIN_EVENT_CRASHED,
};

static BvDomainEvent *
new_event (BvDomainEventKind kind, virDomainPtr domain)
{
  char uuid[VIR_UUID_STRING_BUFLEN] = "";

  virDomainGetUUIDString (domain, uuid);
  return bv_domain_event_new (kind, virDomainGetName (domain), uuid);
}

static void
deliver (void *link, BvDomainEvent *event)
{
  bv_link_deliver (link, event);
  bv_domain_event_unref (event);
}

static void
deliver_detail (void *link, virDomainPtr domain, BvDomainEventKind kind, int detail)
{
  BvDomainEvent *event = new_event (kind, domain);

  event->detail = detail;
  deliver (link, event);
}

static void
deliver_value (void *link, virDomainPtr domain, BvDomainEventKind kind, gint64 value)
{
  BvDomainEvent *event = new_event (kind, domain);

  event->value = value;
  deliver (link, event);
}

static void
deliver_device (void *link, virDomainPtr domain, BvDomainEventKind kind, const char *device,
                int detail)
{
  BvDomainEvent *event = new_event (kind, domain);

  event->device = g_strdup (device);
  event->detail = detail;
  deliver (link, event);
}

static void
deliver_params (void *link, virDomainPtr domain, BvDomainEventKind kind,
                virTypedParameterPtr params, int n_params)
{
  BvDomainEvent *event = new_event (kind, domain);

  event->params = bv_typed_params_to_variant (params, n_params);
  deliver (link, event);
}

static int
on_lifecycle (virConnectPtr handle, virDomainPtr domain, int type, int detail, void *link)
{
  BvDomainEventKind kind = BV_DOMAIN_EVENT_OTHER_LIFECYCLE;

  if (type >= 0 && (gsize)type < G_N_ELEMENTS (lifecycle_kinds))
    kind = lifecycle_kinds[type];
  deliver_detail (link, domain, kind, detail);
  return 0;
}

static void
on_reboot (virConnectPtr handle, virDomainPtr domain, void *link)
{
  deliver_detail (link, domain, BV_DOMAIN_EVENT_REBOOT, 0);
}

static void
on_rtc_change (virConnectPtr handle, virDomainPtr domain, long long offset, void *link)
{
  deliver_value (link, domain, BV_DOMAIN_EVENT_RTC_CHANGE, offset);
}

static void
on_watchdog (virConnectPtr handle, virDomainPtr domain, int action, void *link)
{
  deliver_detail (link, domain, BV_DOMAIN_EVENT_WATCHDOG, action);
}

static void
on_io_error (virConnectPtr handle, virDomainPtr domain, const char *path, const char *alias,
             int action, const char *reason, void *link)
{
  BvDomainEvent *event = new_event (BV_DOMAIN_EVENT_IO_ERROR, domain);

  event->path = g_strdup (path);
  event->device = g_strdup (alias);
  event->detail = action;
  event->reason = g_strdup (reason);
  deliver (link, event);
}

static void
on_graphics (virConnectPtr handle, virDomainPtr domain, int phase,
             const virDomainEventGraphicsAddress *local,
             const virDomainEventGraphicsAddress *remote, const char *scheme,
             const virDomainEventGraphicsSubject *subject, void *link)
{
  BvDomainEvent *event = new_event (BV_DOMAIN_EVENT_GRAPHICS, domain);

  event->detail = phase;
  event->reason = g_strdup (scheme);
  deliver (link, event);
}

static void
on_control_error (virConnectPtr handle, virDomainPtr domain, void *link)
{
  deliver_detail (link, domain, BV_DOMAIN_EVENT_CONTROL_ERROR, 0);
}

static void
on_block_job (virConnectPtr handle, virDomainPtr domain, const char *disk, int type, int status,
              void *link)
{
  BvDomainEvent *event = new_event (BV_DOMAIN_EVENT_BLOCK_JOB, domain);

  event->device = g_strdup (disk);
  event->type = type;
  event->detail = status;
  deliver (link, event);
}

static void
on_disk_change (virConnectPtr handle, virDomainPtr domain, const char *old_path,
                const char *new_path, const char *alias, int reason, void *link)
{
  BvDomainEvent *event = new_event (BV_DOMAIN_EVENT_DISK_CHANGE, domain);

  event->path = g_strdup (new_path);
  event->device = g_strdup (alias);
  event->detail = reason;
  deliver (link, event);
}

static void
on_tray_change (virConnectPtr handle, virDomainPtr domain, const char *alias, int reason,
                void *link)
{
  deliver_device (link, domain, BV_DOMAIN_EVENT_TRAY_CHANGE, alias, reason);
}

static void
on_pm_wakeup (virConnectPtr handle, virDomainPtr domain, int reason, void *link)
{
  deliver_detail (link, domain, BV_DOMAIN_EVENT_PM_WAKEUP, reason);
}

static void
on_pm_suspend (virConnectPtr handle, virDomainPtr domain, int reason, void *link)
{
  deliver_detail (link, domain, BV_DOMAIN_EVENT_PM_SUSPEND, reason);
}

static void
on_pm_suspend_disk (virConnectPtr handle, virDomainPtr domain, int reason, void *link)
{
  deliver_detail (link, domain, BV_DOMAIN_EVENT_PM_SUSPEND_DISK, reason);
}

static void
on_balloon_change (virConnectPtr handle, virDomainPtr domain, unsigned long long actual, void *link)
{
  deliver_value (link, domain, BV_DOMAIN_EVENT_BALLOON_CHANGE, (gint64)actual);
}

static void
on_device_added (virConnectPtr handle, virDomainPtr domain, const char *alias, void *link)
{
  deliver_device (link, domain, BV_DOMAIN_EVENT_DEVICE_ADDED, alias, 0);
}

static void
on_device_removed (virConnectPtr handle, virDomainPtr domain, const char *alias, void *link)
{
  deliver_device (link, domain, BV_DOMAIN_EVENT_DEVICE_REMOVED, alias, 0);
}

static void
on_device_removal_failed (virConnectPtr handle, virDomainPtr domain, const char *alias, void *link)
{
  deliver_device (link, domain, BV_DOMAIN_EVENT_DEVICE_REMOVAL_FAILED, alias, 0);
}

static void
on_tunable (virConnectPtr handle, virDomainPtr domain, virTypedParameterPtr params, int n_params,
            void *link)
{
  deliver_params (link, domain, BV_DOMAIN_EVENT_TUNABLE, params, n_params);
}

static void
on_agent_lifecycle (virConnectPtr handle, virDomainPtr domain, int state, int reason, void *link)
{
  gboolean connected = state == VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_STATE_CONNECTED;

  deliver_detail (link, domain,
                  connected ? BV_DOMAIN_EVENT_AGENT_CONNECTED : BV_DOMAIN_EVENT_AGENT_DISCONNECTED,
                  reason);
}

static void
on_migration_iteration (virConnectPtr handle, virDomainPtr domain, int iteration, void *link)
{
  deliver_value (link, domain, BV_DOMAIN_EVENT_MIGRATION_ITERATION, iteration);
}

static void
on_job_completed (virConnectPtr handle, virDomainPtr domain, virTypedParameterPtr params,
                  int n_params, void *link)
{
  deliver_params (link, domain, BV_DOMAIN_EVENT_JOB_COMPLETED, params, n_params);
}

static void
on_metadata_change (virConnectPtr handle, virDomainPtr domain, int type, const char *uri,
                    void *link)
{
  BvDomainEvent *event = new_event (BV_DOMAIN_EVENT_METADATA_CHANGE, domain);

  event->type = type;
  event->reason = g_strdup (uri);
  deliver (link, event);
}

static void
on_block_threshold (virConnectPtr handle, virDomainPtr domain, const char *device, const char *path,
                    unsigned long long threshold, unsigned long long excess, void *link)
{
  BvDomainEvent *event = new_event (BV_DOMAIN_EVENT_BLOCK_THRESHOLD, domain);

  event->device = g_strdup (device);
  event->path = g_strdup (path);
  event->value = (gint64)excess;
  deliver (link, event);
}

static void
on_memory_failure (virConnectPtr handle, virDomainPtr domain, int recipient, int action,
                   unsigned int flags, void *link)
{
  BvDomainEvent *event = new_event (BV_DOMAIN_EVENT_MEMORY_FAILURE, domain);

  event->type = recipient;
  event->detail = action;
  event->value = flags;
  deliver (link, event);
}

static void
on_memory_device_size (virConnectPtr handle, virDomainPtr domain, const char *alias,
                       unsigned long long size, void *link)
{
  BvDomainEvent *event = new_event (BV_DOMAIN_EVENT_MEMORY_DEVICE_SIZE, domain);

  event->device = g_strdup (alias);
  event->value = (gint64)size;
  deliver (link, event);
}

typedef struct
{
  virDomainEventID id;
  virConnectDomainEventGenericCallback callback;
} EventRow;

/* BLOCK_JOB and IO_ERROR are left out: their successors tell the same and more. */
static const EventRow event_table[] = {
  { VIR_DOMAIN_EVENT_ID_LIFECYCLE, VIR_DOMAIN_EVENT_CALLBACK (on_lifecycle) },
  { VIR_DOMAIN_EVENT_ID_REBOOT, on_reboot },
  { VIR_DOMAIN_EVENT_ID_RTC_CHANGE, VIR_DOMAIN_EVENT_CALLBACK (on_rtc_change) },
  { VIR_DOMAIN_EVENT_ID_WATCHDOG, VIR_DOMAIN_EVENT_CALLBACK (on_watchdog) },
  { VIR_DOMAIN_EVENT_ID_GRAPHICS, VIR_DOMAIN_EVENT_CALLBACK (on_graphics) },
  { VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON, VIR_DOMAIN_EVENT_CALLBACK (on_io_error) },
  { VIR_DOMAIN_EVENT_ID_CONTROL_ERROR, on_control_error },
  { VIR_DOMAIN_EVENT_ID_DISK_CHANGE, VIR_DOMAIN_EVENT_CALLBACK (on_disk_change) },
  { VIR_DOMAIN_EVENT_ID_TRAY_CHANGE, VIR_DOMAIN_EVENT_CALLBACK (on_tray_change) },
  { VIR_DOMAIN_EVENT_ID_PMWAKEUP, VIR_DOMAIN_EVENT_CALLBACK (on_pm_wakeup) },
  { VIR_DOMAIN_EVENT_ID_PMSUSPEND, VIR_DOMAIN_EVENT_CALLBACK (on_pm_suspend) },
  { VIR_DOMAIN_EVENT_ID_BALLOON_CHANGE, VIR_DOMAIN_EVENT_CALLBACK (on_balloon_change) },
  { VIR_DOMAIN_EVENT_ID_PMSUSPEND_DISK, VIR_DOMAIN_EVENT_CALLBACK (on_pm_suspend_disk) },
  { VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED, VIR_DOMAIN_EVENT_CALLBACK (on_device_removed) },
  { VIR_DOMAIN_EVENT_ID_BLOCK_JOB_2, VIR_DOMAIN_EVENT_CALLBACK (on_block_job) },
  { VIR_DOMAIN_EVENT_ID_TUNABLE, VIR_DOMAIN_EVENT_CALLBACK (on_tunable) },
  { VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE, VIR_DOMAIN_EVENT_CALLBACK (on_agent_lifecycle) },
  { VIR_DOMAIN_EVENT_ID_DEVICE_ADDED, VIR_DOMAIN_EVENT_CALLBACK (on_device_added) },
  { VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION, VIR_DOMAIN_EVENT_CALLBACK (on_migration_iteration) },
  { VIR_DOMAIN_EVENT_ID_JOB_COMPLETED, VIR_DOMAIN_EVENT_CALLBACK (on_job_completed) },
  { VIR_DOMAIN_EVENT_ID_DEVICE_REMOVAL_FAILED,
    VIR_DOMAIN_EVENT_CALLBACK (on_device_removal_failed) },
  { VIR_DOMAIN_EVENT_ID_METADATA_CHANGE, VIR_DOMAIN_EVENT_CALLBACK (on_metadata_change) },
  { VIR_DOMAIN_EVENT_ID_BLOCK_THRESHOLD, VIR_DOMAIN_EVENT_CALLBACK (on_block_threshold) },
  { VIR_DOMAIN_EVENT_ID_MEMORY_FAILURE, VIR_DOMAIN_EVENT_CALLBACK (on_memory_failure) },
  { VIR_DOMAIN_EVENT_ID_MEMORY_DEVICE_SIZE_CHANGE,
    VIR_DOMAIN_EVENT_CALLBACK (on_memory_device_size) },
};

static void
unref_link_cb (void *data)
{
  bv_link_unref (data);
}

/**
 * bv_link_events_register:
 * @link: whom to hand the events to
 * @handle: its connection
 * @error: return location
 *
 * Asks for all events that there are. Blocks.
 *
 * Returns: (transfer full) (element-type int) (nullable): what bv_link_events_deregister() needs
 */
GArray *
bv_link_events_register (BvLink *link, virConnectPtr handle, GError **error)
{
  g_autoptr (GArray) callbacks = g_array_new (FALSE, FALSE, sizeof (int));

  for (gsize i = 0; i < G_N_ELEMENTS (event_table); i++)
    {
      const EventRow *row = &event_table[i];
      int id = virConnectDomainEventRegisterAny (handle, NULL, row->id, row->callback,
                                                 bv_link_ref (link), unref_link_cb);

      if (id >= 0)
        {
          g_array_append_val (callbacks, id);
          continue;
        }
      bv_set_error_from_libvirt (error, _ ("Events of domains cannot be had"));
      bv_link_unref (link);
      bv_link_events_deregister (handle, callbacks);
      return NULL;
    }
  return g_steal_pointer (&callbacks);
}

/**
 * bv_link_events_deregister:
 * @handle: a connection, which may be broken
 * @callbacks: what bv_link_events_register() gave
 *
 * Ends the events. Blocks.
 */
void
bv_link_events_deregister (virConnectPtr handle, GArray *callbacks)
{
  for (guint i = 0; i < callbacks->len; i++)
    if (virConnectDomainEventDeregisterAny (handle, g_array_index (callbacks, int, i)) < 0)
      g_debug ("libvirt: an event callback stays: %s", virGetLastErrorMessage ());
}
