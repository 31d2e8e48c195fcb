/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/bv-conditions.h"

G_BEGIN_DECLS

/* The phases of CDI that a data volume of a host goes through. */
typedef enum
{
  BV_DATA_VOLUME_PENDING,
  BV_DATA_VOLUME_IMPORT_SCHEDULED,
  BV_DATA_VOLUME_IMPORT_IN_PROGRESS,
  BV_DATA_VOLUME_CLONE_SCHEDULED,
  BV_DATA_VOLUME_CLONE_IN_PROGRESS,
  BV_DATA_VOLUME_UPLOAD_SCHEDULED,
  BV_DATA_VOLUME_UPLOAD_READY,
  BV_DATA_VOLUME_SUCCEEDED,
  BV_DATA_VOLUME_FAILED,
} BvDataVolumePhase;

const char *bv_data_volume_phase_to_string (BvDataVolumePhase phase);
gboolean bv_data_volume_phase_is_final (BvDataVolumePhase phase);

/* What is on record of a data volume. */
typedef struct
{
  BvDataVolumePhase phase;
  char *message;  /* why it is not further; may be empty */
  guint restarts; /* tries that failed */
} BvDataVolumeStatus;

BvDataVolumeStatus *bv_data_volume_status_new_from_json (const char *json, GError **error);
char *bv_data_volume_status_to_json (const BvDataVolumeStatus *self);
void bv_data_volume_status_free (BvDataVolumeStatus *self);

/* CDI's conditions; CLAIM_PHASE is that of its claim, WORKING tells whether data come in now. */
gboolean bv_data_volume_status_set_conditions (const BvDataVolumeStatus *self,
                                               const char *claim_phase, gboolean working,
                                               BvConditions *conditions);

/* “42.00%”, “100.0%” at the end, or “N/A”; FRACTION is below 0 where it is not known. */
char *bv_data_volume_status_format_progress (const BvDataVolumeStatus *self, double fraction);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvDataVolumeStatus, bv_data_volume_status_free)

G_END_DECLS
