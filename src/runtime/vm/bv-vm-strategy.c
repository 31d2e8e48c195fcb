/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vm/bv-vm-strategy.h"

typedef struct
{
  const char *name;
  BvVmAction absent; /* what to do without a request */
  BvVmAction alive;
  BvVmAction succeeded;
  BvVmAction failed;
  gboolean reruns;          /* deleting one that failed asks for another */
  gboolean takes_requests;  /* to start; stop and restart are taken by all but Halted */
  gboolean counts_failures; /* of VMIs that never ran */
  gboolean stops_by_change; /* a stop turns it into Halted */
} Strategy;

static const Strategy strategies[] = {
  { "Always", BV_VM_CREATE, BV_VM_NOTHING, BV_VM_DELETE, BV_VM_DELETE, FALSE, FALSE, TRUE, TRUE },
  { "Halted", BV_VM_NOTHING, BV_VM_DELETE, BV_VM_DELETE, BV_VM_DELETE, FALSE, FALSE, FALSE, FALSE },
  { "Manual", BV_VM_NOTHING, BV_VM_NOTHING, BV_VM_NOTHING, BV_VM_NOTHING, FALSE, TRUE, FALSE,
    FALSE },
  { "RerunOnFailure", BV_VM_NOTHING, BV_VM_NOTHING, BV_VM_DELETE, BV_VM_DELETE, TRUE, TRUE, TRUE,
    FALSE },
  { "Once", BV_VM_CREATE, BV_VM_NOTHING, BV_VM_NOTHING, BV_VM_NOTHING, FALSE, FALSE, TRUE, TRUE },
  /* A guest that waits for a migration is made by that. */
  { "WaitAsReceiver", BV_VM_NOTHING, BV_VM_NOTHING, BV_VM_NOTHING, BV_VM_NOTHING, FALSE, FALSE,
    FALSE, FALSE },
};

static const Strategy *
find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (strategies); i++)
    if (g_str_equal (strategies[i].name, name))
      return &strategies[i];
  return &strategies[1];
}

static BvVmStep
next_absent (const Strategy *strategy, BvVmRequest request)
{
  BvVmStep step = { strategy->absent, BV_VM_REQUEST_NONE };

  /* The request stays until the VMI is there, so that one that cannot be made is tried again. */
  if (request == BV_VM_REQUEST_START && strategy->takes_requests)
    step = (BvVmStep){ BV_VM_CREATE, BV_VM_REQUEST_START };
  else if (request == BV_VM_REQUEST_RESTART && strategy->takes_requests)
    step = (BvVmStep){ BV_VM_CREATE, BV_VM_REQUEST_START };
  return step;
}

static BvVmStep
next_alive (const Strategy *strategy, BvVmRequest request)
{
  if (request == BV_VM_REQUEST_STOP || request == BV_VM_REQUEST_RESTART)
    return (BvVmStep){ BV_VM_DELETE, request };
  return (BvVmStep){ strategy->alive, BV_VM_REQUEST_NONE };
}

static BvVmStep
next_final (const Strategy *strategy, gboolean failed, BvVmRequest request)
{
  if (request != BV_VM_REQUEST_NONE)
    return (BvVmStep){ BV_VM_DELETE, request };
  if (failed && strategy->reruns)
    return (BvVmStep){ BV_VM_DELETE, BV_VM_REQUEST_START };
  return (BvVmStep){ failed ? strategy->failed : strategy->succeeded, BV_VM_REQUEST_NONE };
}

/* What to do for a VM of that strategy, with its VMI in that state and that request open. */
BvVmStep
bv_vm_strategy_next (const char *strategy, BvVmVmi vmi, BvVmRequest request)
{
  const Strategy *row = find (strategy);

  switch (vmi)
    {
    case BV_VM_VMI_ABSENT:
      return next_absent (row, request);
    case BV_VM_VMI_ALIVE:
      return next_alive (row, request);
    case BV_VM_VMI_SUCCEEDED:
      return next_final (row, FALSE, request);
    case BV_VM_VMI_FAILED:
    default:
      return next_final (row, TRUE, request);
    }
}

gboolean
bv_vm_strategy_is_known (const char *strategy)
{
  return g_str_equal (find (strategy)->name, strategy);
}

gboolean
bv_vm_strategy_counts_failures (const char *strategy)
{
  return find (strategy)->counts_failures;
}

gboolean
bv_vm_strategy_stops_by_change (const char *strategy)
{
  return find (strategy)->stops_by_change;
}

/* Where the manifest has the old field `running`, that one is written. */
void
bv_vm_strategy_set (BvObject *vm, const char *strategy)
{
  g_autoptr (GVariant) running = bv_object_get_field (vm, "spec.running");
  g_autoptr (GError) error = NULL;
  gboolean done;

  if (running != NULL)
    done = bv_object_set_field (vm, "spec.running",
                                g_variant_new_boolean (g_str_equal (strategy, "Always")), &error);
  else
    done = bv_object_set_field (vm, "spec.runStrategy", g_variant_new_string (strategy), &error);
  if (!done)
    g_warning ("The run strategy cannot be written: %s", error->message);
}
