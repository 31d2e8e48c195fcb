/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "migration/bv-migration-domain.h"
#include "model/bv-api.h"

G_BEGIN_DECLS

/* What becomes of the disks of a guest that moves. Pure. */

/* What each host says of what is behind a volume: name -> identity, as bv_storage_identity() gives
 * it; a volume whose storage is not there yet is left out. */
typedef struct
{
  GHashTable *here;
  GHashTable *there;
} BvMigrationStorage;

/* The targets (“vda”) of the DISKS (of BvMigrationDisk) that are copied: those that the guest can
 * write to, or that the host made for it, unless both hosts see the same. NULL: none. */
GStrv bv_migration_disks_choose (const BvApiVirtualMachineInstanceSpec *spec, GPtrArray *disks,
                                 const BvMigrationStorage *storage);

G_END_DECLS
