/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/bv-migration-options.h"

G_BEGIN_DECLS

/* Finds out that a migration gets no further, because the guest writes faster than its memory is
 * sent, and when it is best to stop the guest then. Pure; times are those that QEMU tells. */
typedef struct _BvStallDetector BvStallDetector;

/* How much was left when a round began. */
typedef struct
{
  guint64 elapsed_ms;
  guint64 remaining;
} BvStallRecord;

typedef enum
{
  BV_STALL_NOTHING,
  BV_STALL_ABORT,
  BV_STALL_POST_COPY,
  BV_STALL_STOP_HARD, /* the guest is stopped, however long it takes */
  BV_STALL_STOP_SOFT, /* it is stopped for as long as it may be */
} BvStallAction;

/* CONFIG must outlive it. */
BvStallDetector *bv_stall_detector_new (const BvMigrationConfig *config, gboolean has_vfio);
void bv_stall_detector_free (BvStallDetector *self);

void bv_stall_detector_add_bandwidth (BvStallDetector *self, guint64 bytes_per_second);

/* Whether nothing is gained by going on. */
gboolean bv_stall_detector_add_record (BvStallDetector *self, const BvStallRecord *record);

/* How long the guest would stand still if it were stopped now. */
guint32 bv_stall_detector_estimate_ms (const BvStallDetector *self, const BvStallRecord *record);
/* Whether that is possible within DEADLINE seconds of the migration. */
gboolean bv_stall_detector_can_finish (const BvStallDetector *self, gint64 elapsed_seconds,
                                       gint64 deadline_seconds, guint32 estimate_ms);
/* What to do of a migration that is stalled. */
BvStallAction bv_stall_detector_decide (const BvStallDetector *self, const BvStallRecord *record,
                                        gint64 elapsed_seconds, gint64 deadline_seconds);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvStallDetector, bv_stall_detector_free)

G_END_DECLS
