/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-vmi.h"
#include "runtime/bv-environment.h"

G_BEGIN_DECLS

/**
 * BvGuestMetrics:
 *
 * What a running guest gets to read of its host: on the disk of its downwardMetrics volume, anew
 * every five seconds, and by the serial port of its downwardMetrics device when it asks.
 */
#define BV_TYPE_GUEST_METRICS (bv_guest_metrics_get_type ())
G_DECLARE_FINAL_TYPE (BvGuestMetrics, bv_guest_metrics, BV, GUEST_METRICS, GObject)

/* NULL where the VMI asks for neither. */
BvGuestMetrics *bv_guest_metrics_new (BvEnvironment *environment, BvVmi *vmi,
                                      const char *domain_name, const char *runtime_directory);
void bv_guest_metrics_stop (BvGuestMetrics *self);

G_END_DECLS
