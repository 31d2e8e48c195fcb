/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "host/bv-progress.h"
#include "runtime/store/bv-entry.h"

G_BEGIN_DECLS

typedef enum
{
  BV_JOB_RUNNING,
  BV_JOB_SUCCEEDED,
  BV_JOB_FAILED,
  BV_JOB_CANCELLED,
} BvJobState;

/* Work that takes time. Signals: "changed", of the progress; "completed"; "cancel": it is to end
 * early. Who can do that connects to it. */
#define BV_TYPE_JOB (bv_job_get_type ())

G_DECLARE_FINAL_TYPE (BvJob, bv_job, BV, JOB, GObject)

BvJob *bv_job_new (const char *operation, BvEntry *entry);
const char *bv_job_get_operation (BvJob *self);
BvEntry *bv_job_get_entry (BvJob *self);
BvJobState bv_job_get_state (BvJob *self);
const char *bv_job_state_to_string (BvJobState state);
const GError *bv_job_get_error (BvJob *self);
gint64 bv_job_get_start_time (BvJob *self);

/* What the work tells of itself, from any thread. */
BvProgress *bv_job_get_progress (BvJob *self);

/* From now on SELF tells the progress of OTHER, which is a part of it. */
void bv_job_follow (BvJob *self, BvJob *other);

/* Asks for an early end; the job itself tells when it has come, by failing with
 * BV_ERROR_CANCELLED. */
gboolean bv_job_can_cancel (BvJob *self);
gboolean bv_job_cancel (BvJob *self, GError **error);

/* The first end counts; later ones are passed over. */
void bv_job_succeed (BvJob *self);
void bv_job_fail (BvJob *self, const GError *error);
/* Ends *JOB, if there is one, by ERROR or well, and lets go of it. */
void bv_job_end (BvJob **job, const GError *error);

G_END_DECLS
