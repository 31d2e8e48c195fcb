/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * BvDomainEventKind:
 *
 * What happened to a domain. The first ten are libvirt's life cycle, with its detail in `detail`.
 */
typedef enum
{
  BV_DOMAIN_EVENT_DEFINED,
  BV_DOMAIN_EVENT_UNDEFINED,
  BV_DOMAIN_EVENT_STARTED,
  BV_DOMAIN_EVENT_SUSPENDED,
  BV_DOMAIN_EVENT_RESUMED,
  BV_DOMAIN_EVENT_STOPPED,
  BV_DOMAIN_EVENT_SHUTDOWN,
  BV_DOMAIN_EVENT_PM_SUSPENDED,
  BV_DOMAIN_EVENT_CRASHED,
  BV_DOMAIN_EVENT_OTHER_LIFECYCLE,
  BV_DOMAIN_EVENT_REBOOT,
  BV_DOMAIN_EVENT_RTC_CHANGE,    /* value: the offset from UTC in seconds */
  BV_DOMAIN_EVENT_WATCHDOG,      /* detail: the action */
  BV_DOMAIN_EVENT_IO_ERROR,      /* detail: the action; path, device, reason ("enospc" or empty) */
  BV_DOMAIN_EVENT_GRAPHICS,      /* detail: the phase; reason: the authentication scheme */
  BV_DOMAIN_EVENT_CONTROL_ERROR, /* QEMU's monitor does not work any more */
  BV_DOMAIN_EVENT_BLOCK_JOB,     /* device: the target; type: of the job; detail: its status */
  BV_DOMAIN_EVENT_DISK_CHANGE,   /* device; path: the new source; detail: why */
  BV_DOMAIN_EVENT_TRAY_CHANGE,   /* device; detail: open or closed */
  BV_DOMAIN_EVENT_PM_WAKEUP,
  BV_DOMAIN_EVENT_PM_SUSPEND,
  BV_DOMAIN_EVENT_PM_SUSPEND_DISK,
  BV_DOMAIN_EVENT_BALLOON_CHANGE,        /* value: the guest's memory in KiB */
  BV_DOMAIN_EVENT_DEVICE_ADDED,          /* device: the alias */
  BV_DOMAIN_EVENT_DEVICE_REMOVED,        /* device: the alias */
  BV_DOMAIN_EVENT_DEVICE_REMOVAL_FAILED, /* device: the alias */
  BV_DOMAIN_EVENT_TUNABLE,               /* params */
  BV_DOMAIN_EVENT_AGENT_CONNECTED,       /* detail: why */
  BV_DOMAIN_EVENT_AGENT_DISCONNECTED,    /* detail: why */
  BV_DOMAIN_EVENT_MIGRATION_ITERATION,   /* value: which */
  BV_DOMAIN_EVENT_JOB_COMPLETED,         /* params */
  BV_DOMAIN_EVENT_METADATA_CHANGE,       /* type; reason: the namespace */
  BV_DOMAIN_EVENT_BLOCK_THRESHOLD,       /* device, path; value: bytes over the threshold */
  BV_DOMAIN_EVENT_MEMORY_FAILURE,        /* type: the recipient; detail: the action; value: flags */
  BV_DOMAIN_EVENT_MEMORY_DEVICE_SIZE,    /* device: the alias; value: the size in KiB */
} BvDomainEventKind;

#define BV_N_DOMAIN_EVENT_KINDS (BV_DOMAIN_EVENT_MEMORY_DEVICE_SIZE + 1)

/**
 * BvDomainEvent:
 * @kind: what happened
 * @name: the domain's name
 * @uuid: the domain's UUID
 * @detail: libvirt's number for the detail
 * @type: libvirt's number for the type, where there is one
 * @value: a number that belongs to the event
 * @device: (nullable): the device's alias or target
 * @path: (nullable): the path of the device's source
 * @reason: (nullable): libvirt's word for the reason
 * @params: (nullable): libvirt's typed parameters, as `a{sv}`
 *
 * An event of a domain. Read only.
 */
typedef struct
{
  BvDomainEventKind kind;
  char *name;
  char uuid[37];
  int detail;
  int type;
  gint64 value;
  char *device;
  char *path;
  char *reason;
  GVariant *params;
} BvDomainEvent;

#define BV_TYPE_DOMAIN_EVENT (bv_domain_event_get_type ())
GType bv_domain_event_get_type (void);

BvDomainEvent *bv_domain_event_new (BvDomainEventKind kind, const char *name, const char *uuid);
BvDomainEvent *bv_domain_event_ref (BvDomainEvent *self);
void bv_domain_event_unref (BvDomainEvent *self);
const char *bv_domain_event_kind_to_string (BvDomainEventKind kind);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvDomainEvent, bv_domain_event_unref)

G_END_DECLS
