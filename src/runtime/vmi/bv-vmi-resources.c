/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vmi/bv-vmi-runtime-private.h"

/* What of the host is the VMI's: bv_reservations_reserve() gave it to the worker thread that
 * prepared the start. It is part of the stored status, so that a service after this one knows it
 * too. */

static const char *
get_uid (BvVmiRuntime *self)
{
  return bv_object_get_uid (bv_entry_get_object (self->entry));
}

static void
keep (BvVmiRuntime *self, BvReservation *reservation)
{
  g_clear_pointer (&self->status->reservation, bv_reservation_free);
  self->status->reservation = reservation;
}

/* Something is free again: who waits for it does not wait for the next try. */
static void
bv_vmi_runtime_released_cb (BvVmiRuntime *self)
{
  if (self->live_retry_id != 0)
    bv_vmi_runtime_update_live (self);
  if (!self->unschedulable || self->retry_id == 0)
    return;
  g_clear_handle_id (&self->retry_id, g_source_remove);
  self->retry_seconds = 0;
  bv_vmi_runtime_begin_start (self);
}

static guint
count_devices (BvVmiRuntime *self)
{
  return self->status->reservation != NULL ? self->status->reservation->devices->len : 0;
}

/* A guest that runs has got, or given back, something of the host. */
void
bv_vmi_runtime_change_resources (BvVmiRuntime *self)
{
  guint before = count_devices (self);

  bv_vmi_runtime_take_resources (self);
  if (count_devices (self) < before)
    bv_reservations_tell_released (self->environment->reservations);
}

/* Before libvirt is asked for anything. */
void
bv_vmi_runtime_restore_resources (BvVmiRuntime *self)
{
  BvReservation *reservation = self->status->reservation;

  if (reservation == NULL)
    return;
  reservation->settled = bv_vmi_runtime_get_phase (self) == BV_PHASE_RUNNING;
  bv_reservations_restore (self->environment->reservations, get_uid (self), reservation);
}

/* The start is prepared. TRUE: what it has no other may have too, and is to be on record before the
 * guest runs. */
gboolean
bv_vmi_runtime_take_resources (BvVmiRuntime *self)
{
  keep (self, bv_reservations_get (self->environment->reservations, get_uid (self)));
  return self->status->reservation != NULL &&
         bv_reservation_is_exclusive (self->status->reservation);
}

void
bv_vmi_runtime_settle_resources (BvVmiRuntime *self)
{
  g_signal_handlers_disconnect_by_func (self->environment->reservations, bv_vmi_runtime_released_cb,
                                        self);
  keep (self, bv_reservations_settle (self->environment->reservations, get_uid (self)));
}

void
bv_vmi_runtime_release_resources (BvVmiRuntime *self)
{
  keep (self, NULL);
  bv_reservations_release (self->environment->reservations, get_uid (self));
}

/* The start, or what the guest was to get while it runs, failed for what the host lacks. */
void
bv_vmi_runtime_wait_for_resources (BvVmiRuntime *self)
{
  BvReservations *reservations = self->environment->reservations;

  g_signal_handlers_disconnect_by_func (reservations, bv_vmi_runtime_released_cb, self);
  g_signal_connect_object (reservations, "released", G_CALLBACK (bv_vmi_runtime_released_cb), self,
                           G_CONNECT_SWAPPED);
}
