/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "volume/bv-service-account-volume.h"

/* The token of a service account, as a file. */
struct _BvServiceAccountVolume
{
  BvIsoVolume parent_instance;
};

G_DEFINE_FINAL_TYPE (BvServiceAccountVolume, bv_service_account_volume, BV_TYPE_ISO_VOLUME)

static void
bv_service_account_volume_class_init (BvServiceAccountVolumeClass *class)
{
  BvVolumeClass *volume_class = BV_VOLUME_CLASS (class);

  volume_class->source = "serviceAccount";
}

static void
bv_service_account_volume_init (BvServiceAccountVolume *self)
{
}
