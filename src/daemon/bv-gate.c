/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "daemon/bv-gate.h"

/* What GDBus's thread waits for. */
typedef struct
{
  GMutex lock;
  GCond opened;
  gboolean open;
} Latch;

struct _BvGate
{
  GDBusConnection *connection;
  guint filter_id;
  Latch *latch;
};

static void
latch_clear (gpointer data)
{
  Latch *self = data;

  g_mutex_clear (&self->lock);
  g_cond_clear (&self->opened);
}

static void
latch_unref (gpointer data)
{
  g_atomic_rc_box_release_full (data, latch_clear);
}

static GDBusMessage *
filter (GDBusConnection *connection, GDBusMessage *message, gboolean incoming, gpointer user_data)
{
  Latch *latch = user_data;

  if (!incoming || g_dbus_message_get_message_type (message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL)
    return message;
  g_mutex_lock (&latch->lock);
  while (!latch->open)
    g_cond_wait (&latch->opened, &latch->lock);
  g_mutex_unlock (&latch->lock);
  return message;
}

BvGate *
bv_gate_new (GDBusConnection *connection)
{
  BvGate *self = g_new0 (BvGate, 1);

  self->connection = g_object_ref (connection);
  self->latch = g_atomic_rc_box_new0 (Latch);
  g_mutex_init (&self->latch->lock);
  g_cond_init (&self->latch->opened);
  self->filter_id = g_dbus_connection_add_filter (
      connection, filter, g_atomic_rc_box_acquire (self->latch), latch_unref);
  return self;
}

static void
open_gate (BvGate *self)
{
  g_mutex_lock (&self->latch->lock);
  self->latch->open = TRUE;
  g_cond_broadcast (&self->latch->opened);
  g_mutex_unlock (&self->latch->lock);
  if (self->filter_id != 0)
    g_dbus_connection_remove_filter (self->connection, self->filter_id);
  self->filter_id = 0;
}

void
bv_gate_free (BvGate *self)
{
  open_gate (self);
  g_object_unref (self->connection);
  latch_unref (self->latch);
  g_free (self);
}
