/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-object.h"

G_BEGIN_DECLS

/* The rules of the run strategies: pure, and in one table. */

typedef enum
{
  BV_VM_VMI_ABSENT,
  BV_VM_VMI_ALIVE,
  BV_VM_VMI_SUCCEEDED,
  BV_VM_VMI_FAILED,
} BvVmVmi;

/* What was asked for and is not done. */
typedef enum
{
  BV_VM_REQUEST_NONE,
  BV_VM_REQUEST_START,
  BV_VM_REQUEST_STOP,
  BV_VM_REQUEST_RESTART, /* a stop, and a start after it */
} BvVmRequest;

typedef enum
{
  BV_VM_NOTHING,
  BV_VM_CREATE,
  BV_VM_DELETE,
} BvVmAction;

typedef struct
{
  BvVmAction action;
  BvVmRequest request; /* what is left of it afterwards */
} BvVmStep;

BvVmStep bv_vm_strategy_next (const char *strategy, BvVmVmi vmi, BvVmRequest request);
gboolean bv_vm_strategy_is_known (const char *strategy);
gboolean bv_vm_strategy_counts_failures (const char *strategy);
gboolean bv_vm_strategy_stops_by_change (const char *strategy);
void bv_vm_strategy_set (BvObject *vm, const char *strategy);

G_END_DECLS
