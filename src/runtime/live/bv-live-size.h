/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-api.h"
#include "runtime/domain/bv-domain-size.h"

G_BEGIN_DECLS

/* By KubeVirt's rules, what stands against giving a running guest so many sockets, or so much
 * memory; NULL: nothing. RUNNING is the VMI's spec with its defaults. */
char *bv_live_size_find_sockets_fault (const BvApiVirtualMachineInstanceSpec *running,
                                       gint64 sockets);
char *bv_live_size_find_memory_fault (const BvApiVirtualMachineInstanceSpec *running,
                                      guint64 guest_at_boot, const BvQuantity *guest);

/* The same for memory that comes as DIMMs, where the guest, which is to have WANTED bytes, was to
 * have BEFORE. */
char *bv_live_size_find_dimm_fault (guint64 before, guint64 wanted);

/* What of the VMI's CPUs and memory the guest has not been given yet; an amount of memory that was
 * REFUSED is not tried again. */
gboolean bv_live_size_wants_cpus (const BvApiVirtualMachineInstanceSpec *spec,
                                  const BvDomainSize *size);
gboolean bv_live_size_wants_memory (const BvApiVirtualMachineInstanceSpec *spec, guint64 refused,
                                    const BvDomainSize *size);

/* The device that memory is plugged in by, as XML. */
char *bv_live_size_make_device (const BvApiMemory *memory, guint64 guest_at_boot);
char *bv_live_size_make_dimm (guint64 bytes);

G_END_DECLS
