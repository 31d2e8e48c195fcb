/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libvirt/libvirt.h>

#include <gio/gio.h>

G_BEGIN_DECLS

/* What libvirt tells of a migration under way (virDomainGetJobStats). What it does not tell is 0,
 * and has no bit in “known”. */

typedef enum
{
  BV_SAMPLE_ELAPSED = 1 << 0,
  BV_SAMPLE_DATA_TOTAL = 1 << 1,
  BV_SAMPLE_DATA_PROCESSED = 1 << 2,
  BV_SAMPLE_DATA_REMAINING = 1 << 3,
  BV_SAMPLE_MEMORY_RATE = 1 << 4,
  BV_SAMPLE_DIRTY_RATE = 1 << 5,
  BV_SAMPLE_PAGE_SIZE = 1 << 6,
  BV_SAMPLE_ITERATION = 1 << 7,
  BV_SAMPLE_DOWNTIME = 1 << 8,
  BV_SAMPLE_MEMORY_TOTAL = 1 << 9,
  BV_SAMPLE_MEMORY_REMAINING = 1 << 10,
  BV_SAMPLE_DISK_RATE = 1 << 11,
  BV_SAMPLE_POST_COPY_REQUESTS = 1 << 12,
} BvSampleField;

typedef struct
{
  gboolean under_way; /* a job without a known end: libvirt's UNBOUNDED */
  guint known;        /* of BvSampleField */
  guint64 elapsed_ms;
  guint64 data_total;
  guint64 data_processed;
  guint64 data_remaining;
  guint64 memory_rate; /* bytes in a second */
  guint64 dirty_rate;  /* pages in a second */
  guint64 page_size;
  guint64 iteration;
  guint64 downtime_ms;
  guint64 memory_total;
  guint64 memory_remaining;
  guint64 disk_rate;
  guint64 post_copy_requests;

  /* Not of the statistics: what the caller knows. */
  gboolean iteration_begins;    /* libvirt just told that a round begins */
  gboolean paused_by_migration; /* QEMU has stopped the guest for the last round */
} BvMigrationSample;

void bv_migration_sample_read (BvMigrationSample *self, int type, virTypedParameterPtr params,
                               int n_params);

G_END_DECLS
