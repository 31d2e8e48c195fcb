/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/bv-config.h"
#include "host/bv-migration-options.h"
#include "model/bv-api.h"

G_BEGIN_DECLS

/* What holds for one migration. Pure. */

/* The annotation of a VirtualMachineInstanceMigration that sets options for it alone: a JSON object
 * with their names. */
#define BV_MIGRATION_CONFIGURATION_ANNOTATION "barevirt.org/migration-configuration"

/* The host's settings, then the policy that fits VMI best, then OVERRIDES (a{sv} by the options'
 * names, or NULL). */
BvMigrationConfig *bv_migration_config_resolve (const BvConfig *config,
                                                const BvApiVirtualMachineInstance *vmi,
                                                GVariant *overrides, GError **error);
BvMigrationConfig *bv_migration_config_copy (const BvMigrationConfig *self);
void bv_migration_config_free (BvMigrationConfig *self);

/* The options that METADATA sets, for OVERRIDES; NULL without an error: none. */
GVariant *bv_migration_config_read_annotation (const BvApiObjectMeta *metadata, GError **error);

/* KubeVirt's status.migrationState.migrationConfiguration, a{sv}. */
GVariant *bv_migration_config_to_variant (const BvMigrationConfig *self);

/* The policy that names most of what VMI is labelled with: KubeVirt's rule. Or NULL. */
const BvMigrationPolicy *bv_migration_config_find_policy (GPtrArray *policies,
                                                          const BvApiObjectMeta *vmi);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvMigrationConfig, bv_migration_config_free)

G_END_DECLS
