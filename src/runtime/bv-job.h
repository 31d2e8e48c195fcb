/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "runtime/bv-entry.h"

G_BEGIN_DECLS

typedef enum
{
  BV_JOB_RUNNING,
  BV_JOB_SUCCEEDED,
  BV_JOB_FAILED,
  BV_JOB_CANCELLED,
} BvJobState;

/* Work that takes time. Signals: "completed". */
#define BV_TYPE_JOB (bv_job_get_type ())

G_DECLARE_FINAL_TYPE (BvJob, bv_job, BV, JOB, GObject)

BvJob *bv_job_new (const char *operation, BvEntry *entry);
const char *bv_job_get_operation (BvJob *self);
BvEntry *bv_job_get_entry (BvJob *self);
BvJobState bv_job_get_state (BvJob *self);
const char *bv_job_state_to_string (BvJobState state);
const GError *bv_job_get_error (BvJob *self);
gint64 bv_job_get_start_time (BvJob *self);

/* The first end counts; later ones are passed over. */
void bv_job_succeed (BvJob *self);
void bv_job_fail (BvJob *self, const GError *error);

G_END_DECLS
