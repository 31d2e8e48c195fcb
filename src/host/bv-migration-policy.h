/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/bv-migration-options.h"

G_BEGIN_DECLS

/* The groups of barevirt.conf that are called so, and then have a name. */
#define BV_MIGRATION_POLICY_GROUP "migration-policy "

/* How some guests move: KubeVirt's MigrationPolicy. */
typedef struct
{
  char *name;
  GHashTable *vmi_labels;       /* text -> text; NULL: does not look at them */
  GHashTable *namespace_labels; /* likewise */
  GHashTable *options;          /* const BvMigrationOption -> GVariant */
} BvMigrationPolicy;

BvMigrationPolicy *bv_migration_policy_new (const char *name);
void bv_migration_policy_free (BvMigrationPolicy *self);
gboolean bv_migration_policy_set (BvMigrationPolicy *self, const char *key, const char *value,
                                  GError **error);
gboolean bv_migration_policy_selects (const BvMigrationPolicy *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvMigrationPolicy, bv_migration_policy_free)

G_END_DECLS
