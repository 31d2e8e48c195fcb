/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Work that threads ask for at the same time is done once: who comes while another does what KEY
 * names waits, and gets what that one got. Work that was cancelled is begun anew by one of those
 * who wait. */
typedef struct _BvSingleFlight BvSingleFlight;

/* Returns a text, or NULL and an error. */
typedef char *(*BvSingleFlightFunc) (gpointer user_data, GCancellable *cancellable, GError **error);

BvSingleFlight *bv_single_flight_new (void);
void bv_single_flight_free (BvSingleFlight *self);
char *bv_single_flight_run (BvSingleFlight *self, const char *key, GCancellable *cancellable,
                            BvSingleFlightFunc func, gpointer user_data, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvSingleFlight, bv_single_flight_free)

G_END_DECLS
