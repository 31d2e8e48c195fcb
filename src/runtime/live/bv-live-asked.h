/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/live/bv-live-update.h"

G_BEGIN_DECLS

/* Which devices a guest was asked to let go of, and when: alias -> that. Libvirtd 9.0 crashes when
 * it is asked for one that QEMU has let go of and it has not noticed yet
 * (qemuDomainDetachDeviceLive() uses what it has freed), so that nobody asks twice in a hurry. */
GHashTable *bv_live_asked_new (void);
/* Forgets what is not among DEVICES any more. */
void bv_live_asked_forget (GHashTable *asked, BvXml *devices);

/* Calls FUNC, which asks the guest to let go of the device ALIAS, unless that was done just now, or
 * QEMU hangs. */
gboolean bv_live_change_ask (BvLiveChange *self, const char *alias, BvLiveCall func, gpointer data,
                             GError **error);
/* It was asked before, by another. */
void bv_live_change_note_asked (BvLiveChange *self, const char *alias);

G_END_DECLS
