/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "admit/bv-policy.h"
#include "host/bv-config.h"
#include "host/bv-host-facts.h"
#include "model/bv-api.h"
#include "runtime/bv-conditions.h"

G_BEGIN_DECLS

/* What tells whether a VMI can move to another host while it runs. Pure. */
typedef struct
{
  const BvApiVirtualMachineInstance *vmi;
  GHashTable *volumes; /* name -> BvVolumeFacts, of its status */
  const BvConfig *config;
  const BvHostFacts *host;
  gboolean copying; /* volumes are copied to other claims */
} BvMigratableInput;

/* What stands against it, each by KubeVirt's word. */
typedef struct
{
  const char *reason;
  char *message;
} BvObstacle;

/* What was found. */
typedef struct
{
  GPtrArray *live;    /* of BvObstacle: against moving it with its storage as it is */
  GPtrArray *storage; /* of BvObstacle: against moving it with its disks copied */
  gboolean block;     /* disks are copied; KubeVirt's BlockMigration */
} BvMigratable;

BvMigratable *bv_migratable_new (const BvMigratableInput *input);
void bv_migratable_free (BvMigratable *self);

/* Whether it moves in one of the two ways. */
gboolean bv_migratable_check (const BvMigratable *self, const char *name, GError **error);
const char *bv_migratable_get_method (const BvMigratable *self);

/* Sets LiveMigratable and StorageLiveMigratable; returns whether any changed. */
gboolean bv_migratable_set_conditions (const BvMigratable *self, BvConditions *conditions);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvMigratable, bv_migratable_free)

G_END_DECLS
