/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* All kinds of volumes. */

#include "volume/bv-config-drive-volume.h"
#include "volume/bv-config-map-volume.h"
#include "volume/bv-container-disk-volume.h"
#include "volume/bv-container-path-volume.h"
#include "volume/bv-data-volume-volume.h"
#include "volume/bv-downward-api-volume.h"
#include "volume/bv-downward-metrics-volume.h"
#include "volume/bv-empty-disk-volume.h"
#include "volume/bv-ephemeral-volume.h"
#include "volume/bv-host-disk-volume.h"
#include "volume/bv-memory-dump-volume.h"
#include "volume/bv-no-cloud-volume.h"
#include "volume/bv-persistent-volume-claim-volume.h"
#include "volume/bv-secret-volume.h"
#include "volume/bv-service-account-volume.h"
#include "volume/bv-sysprep-volume.h"
