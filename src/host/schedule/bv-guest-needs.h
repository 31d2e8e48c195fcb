/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/bv-config.h"
#include "model/bv-api.h"

G_BEGIN_DECLS

/* What a VMI takes of its host while it runs, by KubeVirt's rules for the pod. */
typedef struct
{
  gboolean dedicated;   /* CPUs of its own */
  gboolean numa_mapped; /* whose cells the guest sees as they are */
  guint n_cores;        /* of the guest, each of n_threads vCPUs */
  guint n_threads;
  guint n_others;     /* CPUs of its own for I/O threads and the emulator */
  guint64 cpu_millis; /* asked for; dedicated CPUs are counted by themselves */
  guint64 memory;     /* bytes, overhead included, huge pages not */
  guint64 overhead;   /* bytes */
  guint64 page_kib;   /* of its huge pages; 0: none */
  guint64 n_pages;
  guint64 cpu_limit;    /* thousandths of a CPU; 0: none */
  guint64 memory_limit; /* bytes, overhead included; 0: none */
  gboolean vsock;
} BvGuestNeeds;

BvGuestNeeds bv_guest_needs_of (const BvApiVirtualMachineInstance *vmi, const char *architecture,
                                const BvConfig *config);
/* Those of one that PLUGGED bytes of memory were added to since it started: what is asked for, and
 * the limit, follow. */
BvGuestNeeds bv_guest_needs_of_grown (const BvApiVirtualMachineInstance *vmi,
                                      const char *architecture, const BvConfig *config,
                                      guint64 plugged);
guint bv_guest_needs_count_cpus (const BvGuestNeeds *self);

G_END_DECLS
