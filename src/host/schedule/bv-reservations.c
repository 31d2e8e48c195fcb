/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/schedule/bv-reservations.h"

struct _BvReservations
{
  GObject parent_instance;

  GMutex lock;
  GHashTable *by_uid; /* of a VMI -> BvReservation */
};

G_DEFINE_FINAL_TYPE (BvReservations, bv_reservations, G_TYPE_OBJECT)

enum
{
  RELEASED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
bv_reservations_finalize (GObject *object)
{
  BvReservations *self = BV_RESERVATIONS (object);

  g_hash_table_unref (self->by_uid);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (bv_reservations_parent_class)->finalize (object);
}

static void
bv_reservations_class_init (BvReservationsClass *class)
{
  G_OBJECT_CLASS (class)->finalize = bv_reservations_finalize;
  signals[RELEASED] = g_signal_new ("released", BV_TYPE_RESERVATIONS, G_SIGNAL_RUN_LAST, 0, NULL,
                                    NULL, NULL, G_TYPE_NONE, 0);
}

static void
bv_reservations_init (BvReservations *self)
{
  g_mutex_init (&self->lock);
  self->by_uid =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)bv_reservation_free);
}

BvReservations *
bv_reservations_new (void)
{
  return g_object_new (BV_TYPE_RESERVATIONS, NULL);
}

static GPtrArray *
list_taken (BvReservations *self)
{
  GPtrArray *taken = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer reservation;

  g_hash_table_iter_init (&iter, self->by_uid);
  while (g_hash_table_iter_next (&iter, NULL, &reservation))
    g_ptr_array_add (taken, reservation);
  return taken;
}

/* Reserves for the VMI UID what FUNC finds, in place of what it had; nothing where FUNC fails. A
 * copy is returned. For worker threads. */
BvReservation *
bv_reservations_reserve (BvReservations *self, const char *uid, BvReserveFunc func, gpointer data,
                         GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  g_autoptr (BvReservation) reservation = bv_reservation_new ();
  g_autoptr (GPtrArray) taken = NULL;
  BvReservation *copy;

  g_hash_table_remove (self->by_uid, uid);
  taken = list_taken (self);
  if (!func (taken, reservation, data, error))
    return NULL;
  copy = bv_reservation_copy (reservation);
  g_hash_table_insert (self->by_uid, g_strdup (uid), g_steal_pointer (&reservation));
  return copy;
}

/* The same for a guest that runs: FUNC gets what the VMI has, and where it fails, that stays. */
BvReservation *
bv_reservations_change (BvReservations *self, const char *uid, BvReserveFunc func, gpointer data,
                        GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  const BvReservation *before = g_hash_table_lookup (self->by_uid, uid);
  g_autoptr (BvReservation) reservation =
      before != NULL ? bv_reservation_copy (before) : bv_reservation_new ();
  g_autoptr (GPtrArray) taken = list_taken (self);
  BvReservation *copy;

  g_ptr_array_remove (taken, (gpointer)before);
  if (!func (taken, reservation, data, error))
    return NULL;
  copy = bv_reservation_copy (reservation);
  g_hash_table_insert (self->by_uid, g_strdup (uid), g_steal_pointer (&reservation));
  return copy;
}

/* What a service before this one had reserved. */
void
bv_reservations_restore (BvReservations *self, const char *uid, const BvReservation *reservation)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  g_hash_table_insert (self->by_uid, g_strdup (uid), bv_reservation_copy (reservation));
}

/* A copy of what the VMI has, or NULL. */
BvReservation *
bv_reservations_get (BvReservations *self, const char *uid)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  const BvReservation *reservation = g_hash_table_lookup (self->by_uid, uid);

  return reservation != NULL ? bv_reservation_copy (reservation) : NULL;
}

/* Its guest runs. A copy of what it has is returned, or NULL. */
BvReservation *
bv_reservations_settle (BvReservations *self, const char *uid)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  BvReservation *reservation = g_hash_table_lookup (self->by_uid, uid);

  if (reservation == NULL)
    return NULL;
  reservation->settled = TRUE;
  return bv_reservation_copy (reservation);
}

void
bv_reservations_tell_released (BvReservations *self)
{
  g_signal_emit (self, signals[RELEASED], 0);
}

/* Only what a guest gives back that ran is told: a start that fails is tried again, and two that
 * fail would otherwise wake each other for ever. */
void
bv_reservations_release (BvReservations *self, const char *uid)
{
  gboolean ran = FALSE;

  g_mutex_lock (&self->lock);
  {
    const BvReservation *reservation = g_hash_table_lookup (self->by_uid, uid);

    ran = reservation != NULL && reservation->settled;
    g_hash_table_remove (self->by_uid, uid);
  }
  g_mutex_unlock (&self->lock);
  if (ran)
    g_signal_emit (self, signals[RELEASED], 0);
}
