/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "volume/bv-iso-volume.h"

G_BEGIN_DECLS

#define BV_TYPE_SERVICE_ACCOUNT_VOLUME (bv_service_account_volume_get_type ())

G_DECLARE_FINAL_TYPE (BvServiceAccountVolume, bv_service_account_volume, BV, SERVICE_ACCOUNT_VOLUME,
                      BvIsoVolume)

G_END_DECLS
