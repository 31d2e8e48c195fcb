/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * BvMetricsChannel:
 *
 * The serial port by which programs of a guest ask for metrics, one request at a time, at most one
 * in a second: `GET /metrics/XML` and an empty line. Signal: "asked"; it wants one answer.
 */
#define BV_TYPE_METRICS_CHANNEL (bv_metrics_channel_get_type ())
G_DECLARE_FINAL_TYPE (BvMetricsChannel, bv_metrics_channel, BV, METRICS_CHANNEL, GObject)

/* PATH: the socket on which QEMU waits. */
BvMetricsChannel *bv_metrics_channel_new (const char *path);
void bv_metrics_channel_start (BvMetricsChannel *self);
void bv_metrics_channel_stop (BvMetricsChannel *self);
void bv_metrics_channel_answer (BvMetricsChannel *self, const char *text);

G_END_DECLS
