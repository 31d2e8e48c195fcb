/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/claim/bv-data-volume-status.h"

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>

static const char *const phases[] = {
  [BV_DATA_VOLUME_PENDING] = "Pending",
  [BV_DATA_VOLUME_IMPORT_SCHEDULED] = "ImportScheduled",
  [BV_DATA_VOLUME_IMPORT_IN_PROGRESS] = "ImportInProgress",
  [BV_DATA_VOLUME_CLONE_SCHEDULED] = "CloneScheduled",
  [BV_DATA_VOLUME_CLONE_IN_PROGRESS] = "CloneInProgress",
  [BV_DATA_VOLUME_UPLOAD_SCHEDULED] = "UploadScheduled",
  [BV_DATA_VOLUME_UPLOAD_READY] = "UploadReady",
  [BV_DATA_VOLUME_SUCCEEDED] = "Succeeded",
  [BV_DATA_VOLUME_FAILED] = "Failed",
};

const char *
bv_data_volume_phase_to_string (BvDataVolumePhase phase)
{
  return phases[phase];
}

static gboolean
phase_from_string (const char *text, BvDataVolumePhase *phase)
{
  for (guint i = 0; i < G_N_ELEMENTS (phases); i++)
    if (g_str_equal (phases[i], text))
      {
        *phase = i;
        return TRUE;
      }
  return FALSE;
}

gboolean
bv_data_volume_phase_is_final (BvDataVolumePhase phase)
{
  return phase == BV_DATA_VOLUME_SUCCEEDED || phase == BV_DATA_VOLUME_FAILED;
}

/* An empty object, which is what a data volume is stored with at first, is a new status. */
BvDataVolumeStatus *
bv_data_volume_status_new_from_json (const char *json, GError **error)
{
  g_autoptr (JsonNode) root = json_from_string (json, error);
  BvDataVolumeStatus *self;
  JsonObject *object;

  if (root == NULL)
    return NULL;
  object = json_node_get_object (root);
  self = g_new0 (BvDataVolumeStatus, 1);
  phase_from_string (json_object_get_string_member_with_default (object, "phase", "Pending"),
                     &self->phase);
  self->message = g_strdup (json_object_get_string_member_with_default (object, "message", ""));
  self->restarts = json_object_get_int_member_with_default (object, "restarts", 0);
  return self;
}

char *
bv_data_volume_status_to_json (const BvDataVolumeStatus *self)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "phase");
  json_builder_add_string_value (builder, phases[self->phase]);
  json_builder_set_member_name (builder, "message");
  json_builder_add_string_value (builder, self->message);
  json_builder_set_member_name (builder, "restarts");
  json_builder_add_int_value (builder, self->restarts);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return json_to_string (root, FALSE);
}

void
bv_data_volume_status_free (BvDataVolumeStatus *self)
{
  g_free (self->message);
  g_free (self);
}

static gboolean
set_running (const BvDataVolumeStatus *self, gboolean working, BvConditions *conditions)
{
  if (self->phase == BV_DATA_VOLUME_SUCCEEDED)
    return bv_conditions_set (conditions, "Running", FALSE, "Completed",
                              _ ("The data are in the claim."));
  if (working)
    return bv_conditions_set (conditions, "Running", TRUE, NULL, NULL);
  if (self->message[0] != '\0')
    return bv_conditions_set (conditions, "Running", FALSE, "Error", self->message);
  return bv_conditions_set (conditions, "Running", FALSE, "Pending", NULL);
}

/* The condition Bound has the reasons of CDI. */
static gboolean
set_bound (const char *claim_phase, BvConditions *conditions)
{
  if (g_str_equal (claim_phase, "Lost"))
    return bv_conditions_set (conditions, "Bound", FALSE, "ClaimLost", _ ("Claim Lost"));
  return bv_conditions_set (conditions, "Bound", g_str_equal (claim_phase, "Bound"), claim_phase,
                            NULL);
}

gboolean
bv_data_volume_status_set_conditions (const BvDataVolumeStatus *self, const char *claim_phase,
                                      gboolean working, BvConditions *conditions)
{
  gboolean ready = g_str_equal (claim_phase, "Bound") && self->phase == BV_DATA_VOLUME_SUCCEEDED;
  gboolean changed = set_bound (claim_phase, conditions);

  changed |= bv_conditions_set (conditions, "Ready", ready, NULL, NULL);
  return set_running (self, working, conditions) || changed;
}

char *
bv_data_volume_status_format_progress (const BvDataVolumeStatus *self, double fraction)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  if (self->phase == BV_DATA_VOLUME_SUCCEEDED)
    return g_strdup ("100.0%");
  if (fraction < 0)
    return g_strdup ("N/A");
  return g_strconcat (g_ascii_formatd (buffer, sizeof buffer, "%.2f", MIN (fraction, 1) * 100), "%",
                      NULL);
}
