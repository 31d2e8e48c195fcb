/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "convert/bv-xml.h"
#include "model/bv-api.h"

G_BEGIN_DECLS

/* So that a line of YAML does not fill the memory: each disk lists the threads of the pool. */
#define BV_IO_THREADS_MAX_POOL 1024

/* The guest's I/O threads, and which of them the next disk gets. They are numbered from 1: first
 * those that disks share, then those of one disk each; or else there is a pool that every disk
 * uses as a whole. */
typedef struct
{
  gboolean wanted; /* false: QEMU's main loop does it all */
  guint total;
  guint shared;
  guint pool;

  guint next_shared;
  guint next_dedicated;
} BvIoThreads;

BvIoThreads bv_io_threads_of (const BvApiDomainSpec *spec);
void bv_io_threads_assign (BvIoThreads *self, const BvApiDisk *disk, BvXml *driver);
guint bv_io_threads_of_scsi (const BvIoThreads *self, const BvApiDevices *devices);

G_END_DECLS
