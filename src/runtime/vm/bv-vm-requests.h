/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "runtime/vm/bv-vm-strategy.h"

G_BEGIN_DECLS

/* What decides whether a VM may be told to start, stop or restart. */
typedef struct
{
  const char *what;     /* the VM, for messages */
  const char *strategy; /* its run strategy */
  BvVmVmi vmi;          /* the state of its VMI */
  BvVmRequest request;  /* what was asked for before and is not done */
  gint64 grace_period;  /* seconds that its VMI has for a shutdown now */
  gboolean recovers;    /* its condition ManualRecoveryRequired is true */
} BvVmRequestFacts;

/* KubeVirt's rules, in one place and pure. GRACE_PERIOD is what the caller gives, or -1. */
gboolean bv_vm_requests_check_start (const BvVmRequestFacts *facts, GError **error);
gboolean bv_vm_requests_check_stop (const BvVmRequestFacts *facts, gint64 grace_period,
                                    GError **error);
gboolean bv_vm_requests_check_restart (const BvVmRequestFacts *facts, GError **error);

G_END_DECLS
