/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/vmi/bv-phase.h"

G_BEGIN_DECLS

/* What a VM's printable status is made of. */
typedef struct
{
  gboolean deleted;        /* the VM is */
  gboolean has_vmi;        /* the next six are of no meaning without */
  BvPhase phase;           /* of the VMI */
  gboolean stopping;       /* the VMI is */
  gboolean paused;         /* the guest is */
  gboolean migrating;      /* the guest is */
  gboolean unschedulable;  /* the host lacks what the VMI needs */
  const char *sync_reason; /* why the VMI is not what it should be, in a word, or NULL */
  gboolean provisioning;   /* its volumes are being filled */
  gboolean volume_error;   /* they could not be */
  gboolean creating;       /* a VMI is being made */
  gboolean crash_looping;  /* VMIs failed before they ran, and the strategy tries again */
  gboolean receiver;       /* the strategy is WaitAsReceiver */
  gboolean expecting;      /* the guest is on its way from another host */
} BvVmStatusInput;

/* KubeVirt's word for it; pure. */
const char *bv_vm_status_get_printable (const BvVmStatusInput *input);

G_END_DECLS
