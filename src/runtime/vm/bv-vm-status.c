/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vm/bv-vm-status.h"

typedef gboolean (*Test) (const BvVmStatusInput *input);

static gboolean
is_alive (const BvVmStatusInput *input)
{
  return input->has_vmi && !bv_phase_is_final (input->phase);
}

static gboolean
has_reason (const BvVmStatusInput *input, const char *reason)
{
  return is_alive (input) && g_strcmp0 (input->sync_reason, reason) == 0;
}

static gboolean
is_terminating (const BvVmStatusInput *input)
{
  return input->deleted;
}

static gboolean
is_stopping (const BvVmStatusInput *input)
{
  return is_alive (input) && input->stopping;
}

static gboolean
is_migrating (const BvVmStatusInput *input)
{
  return input->has_vmi ? is_alive (input) && input->migrating : input->expecting;
}

static gboolean
is_paused (const BvVmStatusInput *input)
{
  return input->has_vmi && input->phase == BV_PHASE_RUNNING && input->paused;
}

static gboolean
is_running (const BvVmStatusInput *input)
{
  return input->has_vmi && input->phase == BV_PHASE_RUNNING;
}

static gboolean
lacks_claim (const BvVmStatusInput *input)
{
  return has_reason (input, "FailedPvcNotFound");
}

static gboolean
has_volume_error (const BvVmStatusInput *input)
{
  return input->volume_error || has_reason (input, "DataVolumeError");
}

static gboolean
is_unschedulable (const BvVmStatusInput *input)
{
  return is_alive (input) && input->unschedulable;
}

static gboolean
is_provisioning (const BvVmStatusInput *input)
{
  return input->provisioning;
}

static gboolean
waits_for_claim (const BvVmStatusInput *input)
{
  return has_reason (input, "PVCNotReady");
}

static gboolean
lacks_image (const BvVmStatusInput *input)
{
  return has_reason (input, "ErrImagePull");
}

static gboolean
waits_for_image (const BvVmStatusInput *input)
{
  return has_reason (input, "ImagePullBackOff");
}

static gboolean
is_starting (const BvVmStatusInput *input)
{
  if (!input->has_vmi)
    return input->creating;
  return input->phase == BV_PHASE_UNSET || input->phase == BV_PHASE_PENDING ||
         input->phase == BV_PHASE_SCHEDULING || input->phase == BV_PHASE_SCHEDULED;
}

static gboolean
is_crash_looping (const BvVmStatusInput *input)
{
  return !is_alive (input) && input->crash_looping;
}

static gboolean
waits_for_migration (const BvVmStatusInput *input)
{
  return !input->has_vmi && input->receiver;
}

static gboolean
is_stopped (const BvVmStatusInput *input)
{
  return !is_alive (input);
}

/* Several may hold at a time: the first does it. */
static const struct
{
  const char *name;
  Test holds;
} statuses[] = {
  { "Terminating", is_terminating },
  { "Stopping", is_stopping },
  { "Migrating", is_migrating },
  { "Paused", is_paused },
  { "Running", is_running },
  { "ErrorPvcNotFound", lacks_claim },
  { "DataVolumeError", has_volume_error },
  { "ErrorUnschedulable", is_unschedulable },
  { "Provisioning", is_provisioning },
  { "WaitingForVolumeBinding", waits_for_claim },
  { "ErrImagePull", lacks_image },
  { "ImagePullBackOff", waits_for_image },
  { "Starting", is_starting },
  { "CrashLoopBackOff", is_crash_looping },
  { "WaitingForReceiver", waits_for_migration },
  { "Stopped", is_stopped },
};

const char *
bv_vm_status_get_printable (const BvVmStatusInput *input)
{
  for (guint i = 0; i < G_N_ELEMENTS (statuses); i++)
    if (statuses[i].holds (input))
      return statuses[i].name;
  return "Unknown";
}
