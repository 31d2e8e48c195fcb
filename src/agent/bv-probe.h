/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/bv-guest-agent.h"
#include "model/bv-vmi.h"

G_BEGIN_DECLS

/**
 * BvProbeKind:
 * @BV_PROBE_READINESS: Whether the guest is ready.
 * @BV_PROBE_LIVENESS: Whether the guest works.
 */
typedef enum
{
  BV_PROBE_READINESS,
  BV_PROBE_LIVENESS,
} BvProbeKind;

/**
 * BvProbe:
 *
 * Checks a guest again and again, as the manifest says: by its agent, or by its network.
 */
#define BV_TYPE_PROBE (bv_probe_get_type ())
G_DECLARE_FINAL_TYPE (BvProbe, bv_probe, BV, PROBE, GObject)

/* Returns the guest's address, which is the caller's, or NULL. */
typedef char *(*BvAddressFunc) (gpointer user_data);

BvProbe *bv_probe_new (BvVmi *vmi, BvProbeKind kind, gboolean verdict, BvGuestAgent *agent,
                       BvAddressFunc get_address, gpointer user_data);
void bv_probe_start (BvProbe *self, gint64 age_seconds);
void bv_probe_stop (BvProbe *self);

gboolean bv_probe_succeeds (BvProbe *self);
gboolean bv_probe_is_ping (BvProbe *self);
const char *bv_probe_get_message (BvProbe *self);

G_END_DECLS
