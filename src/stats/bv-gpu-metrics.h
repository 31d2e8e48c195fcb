/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/schedule/bv-reservation.h"
#include "model/bv-api.h"
#include "stats/bv-exposition.h"

G_BEGIN_DECLS

/* Which of the host's GPUs the guest with these LABELS has; DEVICES and RESERVATION may be NULL. */
void bv_gpu_metrics_add (BvExposition *exposition, const char *labels, const BvApiDevices *devices,
                         const BvReservation *reservation);

G_END_DECLS
