/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vmi/bv-vmi-runtime-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "runtime/domain/bv-domain.h"

#define USER_ALIAS "ua-"

/* What becomes of a guest that QEMU stopped for an error of its storage: it is let go on, and
 * repeats what it could not write or read. */

static gboolean
is_stopped_by_io (BvVmiRuntime *self)
{
  return self->info != NULL && self->info->state == BV_DOMAIN_PAUSED &&
         self->info->reason == BV_DOMAIN_REASON_IO_ERROR && !self->status->stopping &&
         !bv_vmi_status_is_final (self->status);
}

static void
bv_vmi_runtime_io_resumed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvVmiRuntime) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!bv_domain_act_finish (BV_CONNECTION (source), result, &error))
    bv_vmi_runtime_tell (self, "Warning", "SyncFailed", error->message);
  bv_vmi_runtime_refresh (self);
}

static gboolean
bv_vmi_runtime_io_retry_cb (gpointer user_data)
{
  BvVmiRuntime *self = user_data;

  self->io_retry_id = 0;
  if (!is_stopped_by_io (self))
    return G_SOURCE_REMOVE;
  bv_io_retry_note (&self->io_retry, g_get_monotonic_time ());
  bv_domain_act_async (self->environment->connection, BV_DOMAIN_RESUME, self->domain_name,
                       self->info->uuid, 0, NULL, bv_vmi_runtime_io_resumed_cb,
                       g_object_ref (self));
  return G_SOURCE_REMOVE;
}

static void
tell_end (BvVmiRuntime *self)
{
  self->io_stopped = FALSE;
  if (self->info != NULL && self->info->state == BV_DOMAIN_RUNNING)
    bv_vmi_runtime_tell (self, "Normal", "Unpaused",
                         _ ("The guest goes on, after the error of its storage."));
}

void
bv_vmi_runtime_update_io_retry (BvVmiRuntime *self)
{
  if (!is_stopped_by_io (self))
    {
      g_clear_handle_id (&self->io_retry_id, g_source_remove);
      if (self->io_stopped)
        tell_end (self);
      return;
    }
  if (self->io_stopped && self->io_retry_id != 0)
    return;
  self->io_stopped = TRUE;
  self->io_retry_id =
      g_timeout_add_seconds (bv_io_retry_next (&self->io_retry, g_get_monotonic_time ()),
                             bv_vmi_runtime_io_retry_cb, self);
}

/* The volume that DEVICE, an alias of libvirt's, shows; NULL for a device that is none of ours. */
static const char *
get_volume (const char *device)
{
  return device != NULL && g_str_has_prefix (device, USER_ALIAS) ? device + strlen (USER_ALIAS)
                                                                 : NULL;
}

void
bv_vmi_runtime_tell_io_error (BvVmiRuntime *self, const BvDomainEvent *event)
{
  const char *volume = get_volume (event->device);
  gboolean full = g_strcmp0 (event->reason, "enospc") == 0;
  g_autofree char *message = NULL;

  if (volume == NULL)
    message = g_strdup (full ? _ ("The guest was stopped: its storage has no space left.")
                             : _ ("The guest met an error of its storage."));
  else
    message = g_strdup_printf (
        full ? _ ("The guest was stopped: the storage of its volume %s has no space left. It goes "
                  "on by itself once there is some.")
             : _ ("The guest met an error of the storage of its volume %s."),
        volume);
  bv_vmi_runtime_tell (self, "Warning", "IOerror", message);
}
