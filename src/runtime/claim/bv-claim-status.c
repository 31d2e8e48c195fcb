/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/claim/bv-claim-status.h"

#include <json-glib/json-glib.h>

static char *
dup_member (JsonObject *object, const char *name, const char *otherwise)
{
  return g_strdup (json_object_get_string_member_with_default (object, name, otherwise));
}

static BvPoolVolume *
read_volume (JsonObject *object)
{
  BvPoolVolume *volume;

  if (!json_object_has_member (object, "volumeName"))
    return NULL;
  volume = g_new0 (BvPoolVolume, 1);
  volume->name = dup_member (object, "volumeName", NULL);
  volume->pool = dup_member (object, "pool", NULL);
  volume->path = dup_member (object, "path", NULL);
  volume->block = json_object_get_boolean_member_with_default (object, "block", FALSE);
  volume->capacity = json_object_get_int_member_with_default (object, "capacity", 0);
  return volume;
}

/* An empty object, which is what a claim is stored with at first, is a new status. */
BvClaimStatus *
bv_claim_status_new_from_json (const char *json, GError **error)
{
  g_autoptr (JsonNode) root = json_from_string (json, error);
  BvClaimStatus *self;
  JsonObject *object;

  if (root == NULL)
    return NULL;
  object = json_node_get_object (root);
  self = g_new0 (BvClaimStatus, 1);
  self->phase = dup_member (object, "phase", "Pending");
  self->reason = dup_member (object, "reason", "");
  self->message = dup_member (object, "message", "");
  self->volume = read_volume (object);
  self->holder = dup_member (object, "holder", NULL);
  return self;
}

static void
add_string (JsonBuilder *builder, const char *name, const char *value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, value);
}

static void
write_volume (JsonBuilder *builder, const BvPoolVolume *volume)
{
  add_string (builder, "volumeName", volume->name);
  add_string (builder, "pool", volume->pool);
  add_string (builder, "path", volume->path);
  json_builder_set_member_name (builder, "block");
  json_builder_add_boolean_value (builder, volume->block);
  json_builder_set_member_name (builder, "capacity");
  json_builder_add_int_value (builder, volume->capacity);
}

char *
bv_claim_status_to_json (const BvClaimStatus *self)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (builder);
  add_string (builder, "phase", self->phase);
  add_string (builder, "reason", self->reason);
  add_string (builder, "message", self->message);
  if (self->volume != NULL)
    write_volume (builder, self->volume);
  if (self->holder != NULL)
    add_string (builder, "holder", self->holder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return json_to_string (root, FALSE);
}

void
bv_claim_status_free (BvClaimStatus *self)
{
  g_free (self->phase);
  g_free (self->reason);
  g_free (self->message);
  g_clear_pointer (&self->volume, bv_pool_volume_free);
  g_free (self->holder);
  g_free (self);
}

static gboolean
replace (char **text, const char *by)
{
  if (g_strcmp0 (*text, by) == 0)
    return FALSE;
  g_free (*text);
  *text = g_strdup (by);
  return TRUE;
}

gboolean
bv_claim_status_set (BvClaimStatus *self, const char *phase, const char *reason,
                     const char *message)
{
  gboolean changed = replace (&self->phase, phase);

  changed |= replace (&self->reason, reason != NULL ? reason : "");
  changed |= replace (&self->message, message != NULL ? message : "");
  return changed;
}

gboolean
bv_claim_status_is (const BvClaimStatus *self, const char *phase)
{
  return g_str_equal (self->phase, phase);
}
