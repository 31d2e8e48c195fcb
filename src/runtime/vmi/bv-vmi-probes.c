/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vmi/bv-vmi-runtime-private.h"

#include <glib/gi18n-lib.h>

/* A VMI's probes: its readiness, and its end where it fails to live. A guest that is paused or
 * moves is not asked. */

/* Not one that the guest alone tells: it could be the host's own, or anybody's. */
static char *
get_address (gpointer user_data)
{
  return bv_vmi_runtime_dup_host_known_address (user_data);
}

/* Since it runs. */
static gint64
get_age (BvVmiRuntime *self)
{
  gint64 started = g_get_real_time ();

  for (guint i = 0; i < self->status->transitions->len; i++)
    {
      const BvPhaseTransition *transition = g_ptr_array_index (self->status->transitions, i);

      if (g_str_equal (transition->phase, "Running"))
        started = transition->time;
    }
  return MAX (g_get_real_time () - started, 0) / G_USEC_PER_SEC;
}

/* KubeVirt takes it over from the pod's condition, whose reasons these are. */
gboolean
bv_vmi_runtime_update_ready (BvVmiRuntime *self)
{
  g_autofree char *message = NULL;

  if (bv_conditions_is_true (self->conditions, "Paused"))
    return bv_conditions_set (self->conditions, "Ready", FALSE, "ReadinessGatesNotReady",
                              _ ("The guest is paused."));
  if (self->readiness == NULL || bv_probe_succeeds (self->readiness))
    return bv_conditions_set (self->conditions, "Ready", TRUE, NULL, NULL);
  message = g_strdup_printf (_ ("The readiness probe fails: %s."),
                             bv_probe_get_message (self->readiness));
  return bv_conditions_set (self->conditions, "Ready", FALSE, "ContainersNotReady", message);
}

static void
tell_ping (BvVmiRuntime *self, BvProbe *probe)
{
  g_autofree char *message = NULL;

  if (!bv_probe_is_ping (probe))
    return;
  message = g_strdup_printf (_ ("The guest's agent gives no sign of life: %s."),
                             bv_probe_get_message (probe));
  bv_vmi_runtime_tell (self, "Warning", "GuestAgentPingFailed", message);
}

static void
readiness_changed_cb (BvVmiRuntime *self)
{
  if (bv_vmi_runtime_get_phase (self) != BV_PHASE_RUNNING || !bv_vmi_runtime_update_ready (self))
    return;
  if (!bv_probe_succeeds (self->readiness))
    {
      g_autofree char *message = g_strdup_printf (_ ("Readiness probe failed: %s."),
                                                  bv_probe_get_message (self->readiness));

      tell_ping (self, self->readiness);
      bv_vmi_runtime_tell (self, "Warning", "Unhealthy", message);
    }
  bv_vmi_runtime_notify (self);
}

/* It is not ready as before, and the reason is another. */
static void
readiness_explained_cb (BvVmiRuntime *self)
{
  if (bv_vmi_runtime_get_phase (self) == BV_PHASE_RUNNING && bv_vmi_runtime_update_ready (self))
    bv_vmi_runtime_notify (self);
}

static void
liveness_changed_cb (BvVmiRuntime *self)
{
  g_autofree char *message = NULL;

  if (bv_probe_succeeds (self->liveness) || self->status->stopping)
    return;
  message = g_strdup_printf (_ ("Liveness probe failed: %s. The guest is shut down."),
                             bv_probe_get_message (self->liveness));
  bv_probe_stop (self->liveness);
  tell_ping (self, self->liveness);
  bv_vmi_runtime_tell (self, "Warning", "Unhealthy", message);
  bv_vmi_runtime_stop (self, -1);
}

static BvProbe *
make_probe (BvVmiRuntime *self, BvProbeKind kind, GCallback changed)
{
  /* A guest is not ready before it says so, unless it was before libvirt was away. */
  gboolean verdict = kind == BV_PROBE_LIVENESS || bv_conditions_is_true (self->conditions, "Ready");
  BvProbe *probe = bv_probe_new (BV_VMI (bv_entry_get_object (self->entry)), kind, verdict,
                                 self->agent, get_address, self);

  if (probe != NULL)
    g_signal_connect_object (probe, "changed", changed, self, G_CONNECT_SWAPPED);
  return probe;
}

static void
run_or_rest (BvVmiRuntime *self, BvProbe *probe)
{
  if (probe == NULL)
    return;
  if (self->info->state == BV_DOMAIN_RUNNING && !self->status->stopping &&
      !bv_vmi_runtime_is_migrating (self) && bv_vmi_runtime_get_phase (self) == BV_PHASE_RUNNING)
    bv_probe_start (probe, get_age (self));
  else
    bv_probe_stop (probe);
}

/* Whatever has changed of the guest. */
void
bv_vmi_runtime_update_probes (BvVmiRuntime *self)
{
  if (self->agent == NULL || self->info == NULL)
    return;
  if (self->readiness == NULL)
    {
      self->readiness = make_probe (self, BV_PROBE_READINESS, G_CALLBACK (readiness_changed_cb));
      if (self->readiness != NULL)
        g_signal_connect_object (self->readiness, "explained", G_CALLBACK (readiness_explained_cb),
                                 self, G_CONNECT_SWAPPED);
    }
  if (self->liveness == NULL)
    self->liveness = make_probe (self, BV_PROBE_LIVENESS, G_CALLBACK (liveness_changed_cb));
  run_or_rest (self, self->readiness);
  run_or_rest (self, self->liveness);
}

static void
drop (BvVmiRuntime *self, BvProbe **probe)
{
  if (*probe == NULL)
    return;
  g_signal_handlers_disconnect_by_data (*probe, self);
  bv_probe_stop (*probe);
  g_clear_object (probe);
}

void
bv_vmi_runtime_drop_probes (BvVmiRuntime *self)
{
  drop (self, &self->readiness);
  drop (self, &self->liveness);
}
