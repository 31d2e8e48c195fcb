/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "migration/bv-migration-record.h"

#include "model/bv-json.h"

static const struct
{
  const char *name;  /* in the store */
  const char *phase; /* KubeVirt's */
} stages[] = {
  [BV_MIGRATION_NEW] = { "new", "Pending" },
  [BV_MIGRATION_PREPARING] = { "preparing", "PreparingTarget" },
  [BV_MIGRATION_READY] = { "ready", "TargetReady" },
  [BV_MIGRATION_MOVING] = { "moving", "Running" },
  [BV_MIGRATION_RELEASED] = { "released", "Running" },
  [BV_MIGRATION_OWNED] = { "owned", "Running" },
  [BV_MIGRATION_DONE] = { "done", "Succeeded" },
  [BV_MIGRATION_FAILED] = { "failed", "Failed" },
};

G_STATIC_ASSERT (G_N_ELEMENTS (stages) == BV_N_MIGRATION_STAGES);

static const struct
{
  const char *name;
  gsize offset;
} texts[] = {
  { "source", G_STRUCT_OFFSET (BvMigrationRecord, source) },
  { "target", G_STRUCT_OFFSET (BvMigrationRecord, target) },
  { "vmiUid", G_STRUCT_OFFSET (BvMigrationRecord, vmi_uid) },
  { "vmiName", G_STRUCT_OFFSET (BvMigrationRecord, vmi_name) },
  { "failure", G_STRUCT_OFFSET (BvMigrationRecord, failure) },
  { "objects", G_STRUCT_OFFSET (BvMigrationRecord, objects) },
  { "vmiStatus", G_STRUCT_OFFSET (BvMigrationRecord, vmi_status) },
  { "made", G_STRUCT_OFFSET (BvMigrationRecord, made) },
  { "claims", G_STRUCT_OFFSET (BvMigrationRecord, claims) },
  { "copiedClaims", G_STRUCT_OFFSET (BvMigrationRecord, copied_claims) },
};

static const struct
{
  const char *name;
  gsize offset;
} booleans[] = {
  { "isTarget", G_STRUCT_OFFSET (BvMigrationRecord, is_target) },
  { "cancelled", G_STRUCT_OFFSET (BvMigrationRecord, cancelled) },
  { "postCopy", G_STRUCT_OFFSET (BvMigrationRecord, post_copy) },
  { "mustAbort", G_STRUCT_OFFSET (BvMigrationRecord, must_abort) },
};

static const struct
{
  const char *name;
  gsize offset;
} integers[] = {
  { "started", G_STRUCT_OFFSET (BvMigrationRecord, started) },
  { "ended", G_STRUCT_OFFSET (BvMigrationRecord, ended) },
  { "downtime", G_STRUCT_OFFSET (BvMigrationRecord, downtime) },
};

BvMigrationRecord *
bv_migration_record_new (void)
{
  return g_new0 (BvMigrationRecord, 1);
}

void
bv_migration_record_free (BvMigrationRecord *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (G_STRUCT_MEMBER (char *, self, texts[i].offset));
  g_free (self);
}

static BvMigrationStage
read_stage (JsonObject *object)
{
  const char *name = json_object_get_string_member_with_default (object, "stage", "new");

  for (gsize i = 0; i < G_N_ELEMENTS (stages); i++)
    if (g_str_equal (stages[i].name, name))
      return (BvMigrationStage)i;
  return BV_MIGRATION_NEW;
}

/* An empty object, which is what a migration is stored with at first, is a new record. */
BvMigrationRecord *
bv_migration_record_new_from_json (const char *json, GError **error)
{
  g_autoptr (JsonNode) root = bv_json_parse_object (json, error);
  BvMigrationRecord *self;
  JsonObject *object;

  if (root == NULL)
    return NULL;
  self = bv_migration_record_new ();
  object = json_node_get_object (root);
  self->stage = read_stage (object);
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    G_STRUCT_MEMBER (char *, self, texts[i].offset) =
        g_strdup (json_object_get_string_member_with_default (object, texts[i].name, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (booleans); i++)
    G_STRUCT_MEMBER (gboolean, self, booleans[i].offset) =
        json_object_get_boolean_member_with_default (object, booleans[i].name, FALSE);
  for (gsize i = 0; i < G_N_ELEMENTS (integers); i++)
    G_STRUCT_MEMBER (gint64, self, integers[i].offset) =
        json_object_get_int_member_with_default (object, integers[i].name, 0);
  return self;
}

char *
bv_migration_record_to_json (const BvMigrationRecord *self)
{
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();

  json_node_take_object (root, object);
  json_object_set_string_member (object, "stage", stages[self->stage].name);
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    if (G_STRUCT_MEMBER (char *, self, texts[i].offset) != NULL)
      json_object_set_string_member (object, texts[i].name,
                                     G_STRUCT_MEMBER (char *, self, texts[i].offset));
  for (gsize i = 0; i < G_N_ELEMENTS (booleans); i++)
    json_object_set_boolean_member (object, booleans[i].name,
                                    G_STRUCT_MEMBER (gboolean, self, booleans[i].offset));
  for (gsize i = 0; i < G_N_ELEMENTS (integers); i++)
    json_object_set_int_member (object, integers[i].name,
                                G_STRUCT_MEMBER (gint64, self, integers[i].offset));
  return json_to_string (root, FALSE);
}

const char *
bv_migration_record_get_phase (const BvMigrationRecord *self)
{
  return stages[self->stage].phase;
}

/* Whether nothing is left to be done, on this side. */
gboolean
bv_migration_record_is_over (const BvMigrationRecord *self)
{
  return self->stage == BV_MIGRATION_DONE ||
         (self->stage == BV_MIGRATION_FAILED && !self->must_abort);
}
