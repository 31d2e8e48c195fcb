/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/pool/bv-storage-pool.h"
#include "runtime/domain/bv-domain-info.h"
#include "runtime/bv-environment.h"
#include "runtime/bv-job.h"

G_BEGIN_DECLS

/* What is in a dump beside the memory is less, in bytes. */
#define BV_MEMORY_DUMP_EXTRA (100 * 1024 * 1024)

/*
 * Writes what a guest that runs has in its memory into FD, a regular file, as an ELF core; takes
 * FD. The guest stands still meanwhile. Nothing of it lies on the host's disk but in that file:
 * QEMU writes into a pipe, whose other end is copied. An end of that pipe ends the dump, too.
 */
BvJob *bv_memory_dump_begin (BvEnvironment *environment, BvEntry *entry, const BvDomainInfo *domain,
                             int fd, GError **error);

/* The same into VOLUME, from its first byte on; it is left to no guest meanwhile. What it holds but
 * an older dump is not written over, and what is left of a dump that broke off is no ELF file. */
BvJob *bv_memory_dump_begin_volume (BvEnvironment *environment, BvEntry *entry,
                                    const BvDomainInfo *domain, const BvPoolVolume *volume,
                                    GError **error);

G_END_DECLS
