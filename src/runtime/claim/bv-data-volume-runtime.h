/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/claim/bv-data-volume-status.h"
#include "runtime/store/bv-entry.h"
#include "runtime/bv-environment.h"
#include "runtime/bv-job.h"

G_BEGIN_DECLS

/* What a data volume's runtime needs of the controller. */
typedef struct
{
  /* Makes the claim of that data volume. */
  void (*create_claim) (BvEntry *data_volume, gpointer user_data);
  /* Whether it may begin now; else it is reconciled again when it may. */
  gboolean (*begin_transfer) (BvEntry *data_volume, gpointer user_data);
  void (*end_transfer) (BvEntry *data_volume, gpointer user_data);
  /* Shows a job. */
  void (*add_job) (BvJob *job, gpointer user_data);
  gpointer user_data;
} BvDataVolumeHooks;

/* The life of one DataVolume: its claim is made, and filled once. Signals: "changed"; "event (type,
 * reason, message)"; "idle", when it was deleted and nothing is under way any more. */
#define BV_TYPE_DATA_VOLUME_RUNTIME (bv_data_volume_runtime_get_type ())

G_DECLARE_FINAL_TYPE (BvDataVolumeRuntime, bv_data_volume_runtime, BV, DATA_VOLUME_RUNTIME, GObject)

BvDataVolumeRuntime *bv_data_volume_runtime_new (BvEnvironment *environment, BvEntry *entry,
                                                 const BvDataVolumeHooks *hooks,
                                                 const char *status_json, GError **error);

BvEntry *bv_data_volume_runtime_get_entry (BvDataVolumeRuntime *self);
const char *bv_data_volume_runtime_get_phase (BvDataVolumeRuntime *self);
const char *bv_data_volume_runtime_get_message (BvDataVolumeRuntime *self);
guint bv_data_volume_runtime_get_restarts (BvDataVolumeRuntime *self);
char *bv_data_volume_runtime_dup_progress (BvDataVolumeRuntime *self);
BvConditions *bv_data_volume_runtime_get_conditions (BvDataVolumeRuntime *self);
char *bv_data_volume_runtime_dup_status_json (BvDataVolumeRuntime *self);
gboolean bv_data_volume_runtime_is_idle (BvDataVolumeRuntime *self);

/* Does what is to be done now. */
void bv_data_volume_runtime_reconcile (BvDataVolumeRuntime *self);

/* The claim of its name has changed; what is told of a finished one may be so no more. */
void bv_data_volume_runtime_note_claim (BvDataVolumeRuntime *self);

/* What it waits for may be there now: the next try is at once. */
void bv_data_volume_runtime_wake (BvDataVolumeRuntime *self);

/* Its claim could not be made. */
void bv_data_volume_runtime_claim_failed (BvDataVolumeRuntime *self, const GError *error);

/* Fills it with what FD gives, which is taken; SIZE is 0 where it is not known. */
BvJob *bv_data_volume_runtime_upload (BvDataVolumeRuntime *self, int fd, guint64 size,
                                      GError **error);

G_END_DECLS
