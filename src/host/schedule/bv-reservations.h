/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/schedule/bv-reservation.h"

G_BEGIN_DECLS

/* What of the host is whose. Guests that start at the same time ask in worker threads, and one asks
 * at a time. Signals, in the main loop: "released", when a guest that ran gave back what it had. */
#define BV_TYPE_RESERVATIONS (bv_reservations_get_type ())
G_DECLARE_FINAL_TYPE (BvReservations, bv_reservations, BV, RESERVATIONS, GObject)

/* Looks at TAKEN, all that others have (BvReservation), and fills in RESERVATION. */
typedef gboolean (*BvReserveFunc) (GPtrArray *taken, BvReservation *reservation, gpointer data,
                                   GError **error);

BvReservations *bv_reservations_new (void);
BvReservation *bv_reservations_reserve (BvReservations *self, const char *uid, BvReserveFunc func,
                                        gpointer data, GError **error);
BvReservation *bv_reservations_change (BvReservations *self, const char *uid, BvReserveFunc func,
                                       gpointer data, GError **error);
void bv_reservations_restore (BvReservations *self, const char *uid,
                              const BvReservation *reservation);
BvReservation *bv_reservations_settle (BvReservations *self, const char *uid);
BvReservation *bv_reservations_get (BvReservations *self, const char *uid);
/* In the main loop, once a guest that runs on gave something back. */
void bv_reservations_tell_released (BvReservations *self);
void bv_reservations_release (BvReservations *self, const char *uid);

G_END_DECLS
