/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/console/bv-relay.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <sys/socket.h>

#include "host/bv-copy-stream.h"
#include "model/bv-error.h"

enum
{
  OUTSIDE,
  CLIENT,
  N_ENDS
};

struct _BvRelay
{
  GObject parent_instance;

  GMutex mutex;
  int ends[N_ENDS]; /* -1 once both ways have ended */
  guint n_ways;     /* that have not ended */
};

G_DEFINE_FINAL_TYPE (BvRelay, bv_relay, G_TYPE_OBJECT)

static void
close_ends (BvRelay *self)
{
  for (guint i = 0; i < N_ENDS; i++)
    {
      if (self->ends[i] >= 0)
        g_close (self->ends[i], NULL);
      self->ends[i] = -1;
    }
}

static void
bv_relay_finalize (GObject *object)
{
  BvRelay *self = BV_RELAY (object);

  close_ends (self);
  g_mutex_clear (&self->mutex);
  G_OBJECT_CLASS (bv_relay_parent_class)->finalize (object);
}

static void
bv_relay_class_init (BvRelayClass *class)
{
  G_OBJECT_CLASS (class)->finalize = bv_relay_finalize;
}

static void
bv_relay_init (BvRelay *self)
{
  g_mutex_init (&self->mutex);
  self->ends[OUTSIDE] = self->ends[CLIENT] = -1;
}

static void
carry (BvRelay *self, int from, int to)
{
  bv_copy_stream (self->ends[from], self->ends[to]);
  g_mutex_lock (&self->mutex);
  if (--self->n_ways == 0)
    close_ends (self);
  g_mutex_unlock (&self->mutex);
  g_object_unref (self);
}

static gpointer
carry_in_cb (gpointer data)
{
  carry (data, CLIENT, OUTSIDE);
  return NULL;
}

static gpointer
carry_out_cb (gpointer data)
{
  carry (data, OUTSIDE, CLIENT);
  return NULL;
}

static gboolean
begin (BvRelay *self, GThreadFunc way, GError **error)
{
  GThread *thread = g_thread_try_new ("relay", way, g_object_ref (self), error);

  if (thread == NULL)
    g_object_unref (self);
  else
    g_thread_unref (thread);
  return thread != NULL;
}

BvRelay *
bv_relay_new (int fd, int *client, GError **error)
{
  g_autoptr (BvRelay) self = g_object_new (BV_TYPE_RELAY, NULL);
  int pair[2];

  self->ends[OUTSIDE] = fd;
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("No socket can be made: %s."),
                   g_strerror (errno));
      return NULL;
    }
  self->ends[CLIENT] = pair[0];
  self->n_ways = N_ENDS;
  if (!begin (self, carry_in_cb, error) || !begin (self, carry_out_cb, error))
    {
      bv_relay_stop (self);
      g_close (pair[1], NULL);
      return NULL;
    }
  *client = pair[1];
  return g_steal_pointer (&self);
}

gboolean
bv_relay_is_over (BvRelay *self)
{
  gboolean over;

  g_mutex_lock (&self->mutex);
  over = self->n_ways == 0;
  g_mutex_unlock (&self->mutex);
  return over;
}

/* Both sides see the end at once. */
void
bv_relay_stop (BvRelay *self)
{
  g_mutex_lock (&self->mutex);
  for (guint i = 0; i < N_ENDS; i++)
    if (self->ends[i] >= 0)
      shutdown (self->ends[i], SHUT_RDWR);
  g_mutex_unlock (&self->mutex);
}
