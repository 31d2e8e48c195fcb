/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/bv-vmi-runtime-private.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <unistd.h>

/* What goes with a guest that runs: its console's reader, and its agent. */

void
bv_vmi_runtime_drop_agent (BvVmiRuntime *self)
{
  if (self->agent != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->agent, self);
      bv_guest_agent_set_connected (self->agent, FALSE);
    }
  g_clear_object (&self->agent);
  if (self->metrics != NULL)
    bv_guest_metrics_stop (self->metrics);
  g_clear_object (&self->metrics);
  bv_vmi_runtime_unwatch_companions (self);
}

void
bv_vmi_runtime_drop_console (BvVmiRuntime *self)
{
  if (self->console != NULL)
    bv_console_stop (self->console);
  g_clear_object (&self->console);
}

/* The socket belongs to QEMU's user, which root without all of its capabilities may not write to.
 * QEMU could put a link in its place: that is not followed. */
static void
own_console (const char *path)
{
  if (geteuid () == 0 && lchown (path, 0, (gid_t)-1) != 0)
    g_info ("%s cannot be taken over: %s", path, g_strerror (errno));
}

/* It is read from the start on, so that those who look later see what it printed. */
void
bv_vmi_runtime_update_console (BvVmiRuntime *self)
{
  gboolean active = self->info != NULL && self->info->console_path != NULL &&
                    bv_domain_state_is_active (self->info->state);

  if (!active)
    bv_vmi_runtime_drop_console (self);
  else if (self->console == NULL)
    {
      own_console (self->info->console_path);
      self->console = bv_console_new (self->info->console_path);
      bv_console_start (self->console);
    }
}

/* What the agent tells came in, or it stopped to answer. */
static void
agent_changed_cb (BvVmiRuntime *self)
{
  bv_vmi_runtime_update_interfaces (self);
  bv_vmi_runtime_notify (self);
}

void
bv_vmi_runtime_update_agent (BvVmiRuntime *self)
{
  if (self->info == NULL || !bv_domain_state_is_active (self->info->state))
    {
      bv_vmi_runtime_drop_agent (self);
      return;
    }
  if (self->agent == NULL)
    {
      self->agent = bv_guest_agent_new (self->environment->connection, self->domain_name);
      g_signal_connect_object (self->agent, "notify", G_CALLBACK (agent_changed_cb), self,
                               G_CONNECT_SWAPPED);
      self->metrics =
          bv_guest_metrics_new (self->environment, BV_VMI (bv_entry_get_object (self->entry)),
                                self->domain_name, self->status->runtime_directory);
      bv_vmi_runtime_watch_companions (self);
      /* They may have changed while it started, or while the service was away. */
      bv_vmi_runtime_update_shares (self);
    }
  bv_guest_agent_set_connected (self->agent, self->info->agent_connected);
}
