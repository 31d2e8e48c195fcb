/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "volume/bv-claim-volume.h"

#include <glib/gi18n-lib.h>

/* Storage that outlives the VMI: a volume of one of the host's storage pools. */

G_DEFINE_ABSTRACT_TYPE (BvClaimVolume, bv_claim_volume, BV_TYPE_VOLUME)

static BvVolumeMigration
get_migration (const BvVolumeClass *class, const BvApiVolume *record, BvVolumeSharing sharing,
               char **reason)
{
  if (sharing == BV_VOLUME_SHARING_ALL)
    return BV_VOLUME_MIGRATION_SHARED;
  if (sharing == BV_VOLUME_SHARING_UNKNOWN)
    *reason = g_strdup_printf (_ ("It is not known whether the claim %s is shared; a VMI migrates "
                                  "only with claims whose access mode is ReadWriteMany."),
                               class->get_claim_name (record));
  else
    *reason = g_strdup_printf (_ ("The claim %s is not shared; a VMI migrates only with claims "
                                  "whose access mode is ReadWriteMany."),
                               class->get_claim_name (record));
  return BV_VOLUME_MIGRATION_IMPOSSIBLE;
}

static void
bv_claim_volume_class_init (BvClaimVolumeClass *class)
{
  BvVolumeClass *volume_class = BV_VOLUME_CLASS (class);

  volume_class->discard = BV_VOLUME_DISCARD_STORAGE;
  volume_class->hotpluggable = TRUE;
  volume_class->get_migration = get_migration;
}

static void
bv_claim_volume_init (BvClaimVolume *self)
{
}
