/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/connection/bv-domain-event.h"

G_DEFINE_BOXED_TYPE (BvDomainEvent, bv_domain_event, bv_domain_event_ref, bv_domain_event_unref)

static const char *const kind_names[] = {
  [BV_DOMAIN_EVENT_DEFINED] = "defined",
  [BV_DOMAIN_EVENT_UNDEFINED] = "undefined",
  [BV_DOMAIN_EVENT_STARTED] = "started",
  [BV_DOMAIN_EVENT_SUSPENDED] = "suspended",
  [BV_DOMAIN_EVENT_RESUMED] = "resumed",
  [BV_DOMAIN_EVENT_STOPPED] = "stopped",
  [BV_DOMAIN_EVENT_SHUTDOWN] = "shutdown",
  [BV_DOMAIN_EVENT_PM_SUSPENDED] = "pm-suspended",
  [BV_DOMAIN_EVENT_CRASHED] = "crashed",
  [BV_DOMAIN_EVENT_OTHER_LIFECYCLE] = "other-lifecycle",
  [BV_DOMAIN_EVENT_REBOOT] = "reboot",
  [BV_DOMAIN_EVENT_RTC_CHANGE] = "rtc-change",
  [BV_DOMAIN_EVENT_WATCHDOG] = "watchdog",
  [BV_DOMAIN_EVENT_IO_ERROR] = "io-error",
  [BV_DOMAIN_EVENT_GRAPHICS] = "graphics",
  [BV_DOMAIN_EVENT_CONTROL_ERROR] = "control-error",
  [BV_DOMAIN_EVENT_BLOCK_JOB] = "block-job",
  [BV_DOMAIN_EVENT_DISK_CHANGE] = "disk-change",
  [BV_DOMAIN_EVENT_TRAY_CHANGE] = "tray-change",
  [BV_DOMAIN_EVENT_PM_WAKEUP] = "pm-wakeup",
  [BV_DOMAIN_EVENT_PM_SUSPEND] = "pm-suspend",
  [BV_DOMAIN_EVENT_PM_SUSPEND_DISK] = "pm-suspend-disk",
  [BV_DOMAIN_EVENT_BALLOON_CHANGE] = "balloon-change",
  [BV_DOMAIN_EVENT_DEVICE_ADDED] = "device-added",
  [BV_DOMAIN_EVENT_DEVICE_REMOVED] = "device-removed",
  [BV_DOMAIN_EVENT_DEVICE_REMOVAL_FAILED] = "device-removal-failed",
  [BV_DOMAIN_EVENT_TUNABLE] = "tunable",
  [BV_DOMAIN_EVENT_AGENT_CONNECTED] = "agent-connected",
  [BV_DOMAIN_EVENT_AGENT_DISCONNECTED] = "agent-disconnected",
  [BV_DOMAIN_EVENT_MIGRATION_ITERATION] = "migration-iteration",
  [BV_DOMAIN_EVENT_JOB_COMPLETED] = "job-completed",
  [BV_DOMAIN_EVENT_METADATA_CHANGE] = "metadata-change",
  [BV_DOMAIN_EVENT_BLOCK_THRESHOLD] = "block-threshold",
  [BV_DOMAIN_EVENT_MEMORY_FAILURE] = "memory-failure",
  [BV_DOMAIN_EVENT_MEMORY_DEVICE_SIZE] = "memory-device-size",
};

G_STATIC_ASSERT (G_N_ELEMENTS (kind_names) == BV_N_DOMAIN_EVENT_KINDS);

/**
 * bv_domain_event_new:
 * @kind: what happened
 * @name: the domain's name
 * @uuid: the domain's UUID in text
 *
 * Makes an event; whoever makes it fills in the rest before it is shown to anyone.
 *
 * Returns: (transfer full): the event
 */
BvDomainEvent *
bv_domain_event_new (BvDomainEventKind kind, const char *name, const char *uuid)
{
  BvDomainEvent *self = g_atomic_rc_box_new0 (BvDomainEvent);

  self->kind = kind;
  self->name = g_strdup (name);
  g_strlcpy (self->uuid, uuid, sizeof self->uuid);
  return self;
}

BvDomainEvent *
bv_domain_event_ref (BvDomainEvent *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
bv_domain_event_clear (gpointer data)
{
  BvDomainEvent *self = data;

  g_free (self->name);
  g_free (self->device);
  g_free (self->path);
  g_free (self->reason);
  g_clear_pointer (&self->params, g_variant_unref);
}

void
bv_domain_event_unref (BvDomainEvent *self)
{
  g_atomic_rc_box_release_full (self, bv_domain_event_clear);
}

/**
 * bv_domain_event_kind_to_string:
 * @kind: a kind of event
 *
 * Returns: its name, for logs and the bus
 */
const char *
bv_domain_event_kind_to_string (BvDomainEventKind kind)
{
  g_return_val_if_fail ((gsize)kind < G_N_ELEMENTS (kind_names), "unknown");
  return kind_names[kind];
}
