/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vm/bv-vm-backoff.h"

/* KubeVirt's: 10 s times the square of the failures, up to half as much again, at most 300 s. */
#define FIRST_SECONDS 10
#define MOST_SECONDS 300

guint
bv_vm_backoff_get_seconds (guint failures, double share)
{
  guint64 n = CLAMP (failures, 1, MOST_SECONDS);
  guint64 seconds = FIRST_SECONDS * n * n;

  seconds += (guint64)(share * (seconds / 2 + 1));
  return MIN (seconds, MOST_SECONDS);
}
