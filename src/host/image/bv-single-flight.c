/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/image/bv-single-flight.h"

#include <glib/gi18n-lib.h>

#include "model/bv-error.h"

struct _BvSingleFlight
{
  GMutex lock;
  GCond changed;
  GHashTable *flights; /* key -> Flight, those under way */
};

typedef struct
{
  gboolean done;
  char *result;
  GError *error;
} Flight;

static void
flight_clear (gpointer data)
{
  Flight *self = data;

  g_free (self->result);
  g_clear_error (&self->error);
}

static void
flight_unref (Flight *self)
{
  g_rc_box_release_full (self, flight_clear);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Flight, flight_unref)

BvSingleFlight *
bv_single_flight_new (void)
{
  BvSingleFlight *self = g_new0 (BvSingleFlight, 1);

  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->flights =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)flight_unref);
  return self;
}

void
bv_single_flight_free (BvSingleFlight *self)
{
  g_hash_table_unref (self->flights);
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static void
bv_single_flight_cancelled_cb (GCancellable *cancellable, gpointer user_data)
{
  BvSingleFlight *self = user_data;

  g_mutex_lock (&self->lock);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

/* Returns the flight that is to be waited for, or NULL and, in OWN, the one that the caller is to
 * do. The boxes are counted under the lock. */
static Flight *
join (BvSingleFlight *self, const char *key, Flight **own)
{
  Flight *found;

  g_mutex_lock (&self->lock);
  found = g_hash_table_lookup (self->flights, key);
  if (found != NULL)
    g_rc_box_acquire (found);
  else
    {
      *own = g_rc_box_new0 (Flight);
      g_hash_table_insert (self->flights, g_strdup (key), g_rc_box_acquire (*own));
    }
  g_mutex_unlock (&self->lock);
  return found;
}

static char *
fly (BvSingleFlight *self, const char *key, GCancellable *cancellable, BvSingleFlightFunc func,
     gpointer user_data, Flight *flight, GError **error)
{
  g_autoptr (GError) local = NULL;
  char *result = func (user_data, cancellable, &local);

  g_mutex_lock (&self->lock);
  flight->done = TRUE;
  flight->result = g_strdup (result);
  flight->error = local != NULL ? g_error_copy (local) : NULL;
  g_hash_table_remove (self->flights, key);
  flight_unref (flight);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  if (result == NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  return result;
}

/* Returns whether there is a result, or an error that is ours too; else it is tried again. */
static gboolean
wait_for (BvSingleFlight *self, Flight *flight, GCancellable *cancellable, char **result,
          GError **error)
{
  gulong id = 0;
  gboolean answered = TRUE;

  if (cancellable != NULL)
    id =
        g_cancellable_connect (cancellable, G_CALLBACK (bv_single_flight_cancelled_cb), self, NULL);
  g_mutex_lock (&self->lock);
  while (!flight->done && !g_cancellable_is_cancelled (cancellable))
    g_cond_wait (&self->changed, &self->lock);
  if (!flight->done)
    g_set_error (error, BV_ERROR, BV_ERROR_CANCELLED, _ ("The wait for another was cancelled."));
  else if (g_error_matches (flight->error, BV_ERROR, BV_ERROR_CANCELLED))
    answered = FALSE;
  else if (flight->error != NULL)
    g_propagate_error (error, g_error_copy (flight->error));
  else
    *result = g_strdup (flight->result);
  flight_unref (flight);
  g_mutex_unlock (&self->lock);
  /* Not under the lock, which the callback takes. */
  g_cancellable_disconnect (cancellable, id);
  return answered;
}

char *
bv_single_flight_run (BvSingleFlight *self, const char *key, GCancellable *cancellable,
                      BvSingleFlightFunc func, gpointer user_data, GError **error)
{
  for (;;)
    {
      Flight *own = NULL;
      Flight *other = join (self, key, &own);
      char *result = NULL;

      if (other == NULL)
        return fly (self, key, cancellable, func, user_data, own, error);
      if (wait_for (self, other, cancellable, &result, error))
        return result;
    }
}
