/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vmi/bv-vmi-runtime-private.h"

/* What libvirt tells of the domain of a VMI. */

void
bv_vmi_runtime_handle_event (BvVmiRuntime *self, BvDomainEvent *event)
{
  bv_vmi_runtime_tell_agent (self, event);
  switch (event->kind)
    {
    case BV_DOMAIN_EVENT_CRASHED:
      bv_vmi_runtime_tell_panic (self, event);
      break;
    case BV_DOMAIN_EVENT_IO_ERROR:
      bv_vmi_runtime_tell_io_error (self, event);
      break;
    case BV_DOMAIN_EVENT_DEVICE_REMOVED:
      self->devices_changed = TRUE;
      break;
    case BV_DOMAIN_EVENT_DEVICE_REMOVAL_FAILED:
      bv_vmi_runtime_tell_removal_failed (self, event);
      break;
    default:
      break;
    }
  if (event->kind <= BV_DOMAIN_EVENT_OTHER_LIFECYCLE || event->kind == BV_DOMAIN_EVENT_IO_ERROR ||
      event->kind == BV_DOMAIN_EVENT_BALLOON_CHANGE ||
      event->kind == BV_DOMAIN_EVENT_MEMORY_DEVICE_SIZE ||
      event->kind == BV_DOMAIN_EVENT_DEVICE_REMOVED ||
      event->kind == BV_DOMAIN_EVENT_AGENT_CONNECTED ||
      event->kind == BV_DOMAIN_EVENT_AGENT_DISCONNECTED)
    bv_vmi_runtime_refresh (self);
}
