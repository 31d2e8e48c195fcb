/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vmi/bv-vmi-runtime-private.h"

#include "agent/bv-agent-support.h"
#include "model/bv-vmi-private.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <unistd.h>

/* What goes with a guest that runs: its console's reader, connections to its ports, its agent. */

void
bv_vmi_runtime_drop_agent (BvVmiRuntime *self)
{
  bv_vmi_runtime_drop_probes (self);
  bv_vmi_runtime_drop_credentials (self);
  if (self->agent != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->agent, self);
      bv_guest_agent_set_connected (self->agent, FALSE);
    }
  g_clear_object (&self->agent);
  bv_vmi_runtime_update_thaw (self);
  if (self->clock != NULL)
    bv_guest_clock_stop (self->clock);
  g_clear_object (&self->clock);
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
  bv_vmi_runtime_close_ports (self);
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

static const BvApiVirtualMachineInstanceSpec *
get_spec (BvVmiRuntime *self)
{
  return bv_vmi_get_record (BV_VMI (bv_entry_get_object (self->entry)))->spec;
}

/* An agent that is frozen with its guest has hardly any commands, and will have them again. */
static void
update_support (BvVmiRuntime *self)
{
  const BvGuestInfo *info = bv_guest_agent_get_info (self->agent);
  const char *missing = NULL, *lack;
  g_autofree char *message = NULL;
  gboolean connected = bv_guest_agent_is_connected (self->agent);

  if (connected && info->is_frozen)
    return;
  lack = connected && info->commands != NULL ? bv_agent_find_lack (info, get_spec (self), &missing)
                                             : NULL;
  if (lack == NULL)
    {
      bv_conditions_remove (self->conditions, "AgentVersionNotSupported");
      return;
    }
  message = g_strdup_printf (_ ("The guest's agent, version %s, does not know %s. Install a newer "
                                "one, or enable that command."),
                             info->agent_version != NULL ? info->agent_version : "?", missing);
  bv_conditions_set (self->conditions, "AgentVersionNotSupported", TRUE, lack, message);
}

/* What the agent tells came in, or it stopped to answer. */
static void
agent_changed_cb (BvVmiRuntime *self)
{
  update_support (self);
  bv_vmi_runtime_update_interfaces (self);
  bv_vmi_runtime_notify (self);
}

/* A guest's clock stands still with the guest. */
void
bv_vmi_runtime_tell_agent (BvVmiRuntime *self, BvDomainEvent *event)
{
  if (self->agent == NULL)
    return;
  bv_guest_agent_handle_event (self->agent, event);
  if (event->kind == BV_DOMAIN_EVENT_RESUMED && bv_guest_agent_is_connected (self->agent))
    bv_guest_clock_set (self->clock);
}

const BvGuestInfo *
bv_vmi_runtime_get_guest_info (BvVmiRuntime *self)
{
  return self->agent != NULL ? bv_guest_agent_get_info (self->agent) : NULL;
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
      self->agent = bv_guest_agent_new (self->environment->connection, self->environment->config,
                                        self->domain_name);
      g_signal_connect_object (self->agent, "notify", G_CALLBACK (agent_changed_cb), self,
                               G_CONNECT_SWAPPED);
      self->clock = bv_guest_clock_new (self->agent);
      bv_vmi_runtime_start_credentials (self);
      bv_vmi_runtime_update_probes (self);
      self->metrics =
          bv_guest_metrics_new (self->environment, BV_VMI (bv_entry_get_object (self->entry)),
                                self->domain_name, self->status->runtime_directory);
      bv_vmi_runtime_watch_companions (self);
      bv_vmi_runtime_update_thaw (self);
      /* They may have changed while it started, or while the service was away. */
      bv_vmi_runtime_update_shares (self);
    }
  bv_guest_agent_set_suspended (self->agent, self->info->state == BV_DOMAIN_PAUSED ||
                                                 self->info->state == BV_DOMAIN_PM_SUSPENDED);
  bv_guest_agent_set_connected (self->agent, self->info->agent_connected);
}
