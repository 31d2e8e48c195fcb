/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/bv-domain-info.h"
#include "runtime/bv-environment.h"
#include "runtime/bv-job.h"

G_BEGIN_DECLS

/*
 * Writes what a guest that runs has in its memory into FD, a regular file, as an ELF core; takes
 * FD. The guest stands still meanwhile. Nothing of it lies on the host's disk but in that file:
 * QEMU writes into a pipe, whose other end is copied. An end of that pipe ends the dump, too.
 */
BvJob *bv_memory_dump_begin (BvEnvironment *environment, BvEntry *entry, const BvDomainInfo *domain,
                             int fd, GError **error);

G_END_DECLS
