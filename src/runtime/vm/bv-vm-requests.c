/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vm/bv-vm-requests.h"

#include <glib/gi18n-lib.h>

#include "model/bv-error.h"

static gboolean
is (const BvVmRequestFacts *facts, const char *strategy)
{
  return g_str_equal (facts->strategy, strategy);
}

static gboolean
check_under_way (const BvVmRequestFacts *facts, GError **error)
{
  if (facts->request == BV_VM_REQUEST_NONE)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_BUSY,
               _ ("%s: a stop or start is under way already. Wait for its end."), facts->what);
  return FALSE;
}

gboolean
bv_vm_requests_check_start (const BvVmRequestFacts *facts, GError **error)
{
  if (facts->vmi == BV_VM_VMI_ALIVE)
    g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT, _ ("%s: VM is already running."), facts->what);
  else if (is (facts, "Always") || is (facts, "Once") || is (facts, "WaitAsReceiver"))
    g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT,
                 _ ("%s: the run strategy %s does not support manual start requests. Change its "
                    "spec.runStrategy."),
                 facts->what, facts->strategy);
  else if (is (facts, "RerunOnFailure") && facts->vmi == BV_VM_VMI_FAILED)
    g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT,
                 _ ("%s: the run strategy RerunOnFailure does not support starting a VM from "
                    "failed state. It starts by itself."),
                 facts->what);
  else if (facts->recovers)
    g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT,
                 _ ("%s cannot start: its condition ManualRecoveryRequired says what to do first."),
                 facts->what);
  else
    return check_under_way (facts, error);
  return FALSE;
}

static gboolean
has_guest (const BvVmRequestFacts *facts)
{
  return facts->vmi == BV_VM_VMI_ALIVE;
}

/* A stop takes the place of what was asked for before. */
gboolean
bv_vm_requests_check_stop (const BvVmRequestFacts *facts, gint64 grace_period, GError **error)
{
  if (bv_vm_strategy_stops_by_change (facts->strategy))
    return TRUE;
  if (!has_guest (facts))
    g_set_error (error, BV_ERROR, BV_ERROR_NOT_RUNNING, _ ("%s: VM is not running."), facts->what);
  else if (is (facts, "Halted") && (grace_period < 0 || grace_period >= facts->grace_period))
    g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT,
                 _ ("%s is stopping: the run strategy Halted only supports manual stop requests "
                    "with a shorter grace period than its %" G_GINT64_FORMAT " s."),
                 facts->what, facts->grace_period);
  else
    return TRUE;
  return FALSE;
}

gboolean
bv_vm_requests_check_restart (const BvVmRequestFacts *facts, GError **error)
{
  if (is (facts, "Halted") || is (facts, "Once") || is (facts, "WaitAsReceiver"))
    g_set_error (
        error, BV_ERROR, BV_ERROR_CONFLICT,
        _ ("%s: the run strategy %s does not support manual restart requests. Start it, or "
           "change its spec.runStrategy."),
        facts->what, facts->strategy);
  else if (facts->vmi == BV_VM_VMI_ABSENT)
    g_set_error (error, BV_ERROR, BV_ERROR_NOT_RUNNING,
                 _ ("%s: VM is not running. Start it instead."), facts->what);
  else
    return check_under_way (facts, error);
  return FALSE;
}
