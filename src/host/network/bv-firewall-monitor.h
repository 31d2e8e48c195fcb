/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Tells when tables of our name may have been changed, also by us: a reload of the host's packet
 * filter takes all tables with it. Signal: "changed". */
#define BV_TYPE_FIREWALL_MONITOR (bv_firewall_monitor_get_type ())

G_DECLARE_FINAL_TYPE (BvFirewallMonitor, bv_firewall_monitor, BV, FIREWALL_MONITOR, GObject)

BvFirewallMonitor *bv_firewall_monitor_new (GError **error);

/* Whether a message of the kernel, of LENGTH bytes, is about our tables. */
gboolean bv_firewall_monitor_concerns (gconstpointer message, gsize length);

G_END_DECLS
