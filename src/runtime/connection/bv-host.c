/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/connection/bv-host.h"

struct _BvHost
{
  GObject parent_instance;

  BvConnection *connection;
  gboolean with_devices;
  BvHostFacts *facts;
  gboolean is_known; /* libvirt has told them once */
};

G_DEFINE_FINAL_TYPE (BvHost, bv_host, G_TYPE_OBJECT)

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
bv_host_finalize (GObject *object)
{
  BvHost *self = BV_HOST (object);

  g_clear_object (&self->connection);
  g_clear_pointer (&self->facts, bv_host_facts_unref);
  G_OBJECT_CLASS (bv_host_parent_class)->finalize (object);
}

static void
bv_host_class_init (BvHostClass *class)
{
  G_OBJECT_CLASS (class)->finalize = bv_host_finalize;
  signals[CHANGED] = g_signal_new ("changed", BV_TYPE_HOST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 0);
}

static void
bv_host_init (BvHost *self)
{
  self->facts = bv_host_facts_new ();
}

BvHost *
bv_host_new (BvConnection *connection, gboolean with_devices)
{
  BvHost *self = g_object_new (BV_TYPE_HOST, NULL);

  self->connection = g_object_ref (connection);
  self->with_devices = with_devices;
  return self;
}

const BvHostFacts *
bv_host_get_facts (BvHost *self)
{
  return self->facts;
}

gboolean
bv_host_is_known (BvHost *self)
{
  return self->is_known;
}

static gpointer
ask_libvirt (virConnectPtr handle, gpointer data, GCancellable *cancellable, GError **error)
{
  return bv_host_facts_new_from_libvirt (handle, GPOINTER_TO_INT (data), error);
}

static void
bv_host_refresh_answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BvHost *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;
  BvHostFacts *facts = bv_connection_call_finish (BV_CONNECTION (source), result, &error);

  if (facts == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  bv_host_facts_unref (self->facts);
  self->facts = facts;
  self->is_known = TRUE;
  g_signal_emit (self, signals[CHANGED], 0);
  g_task_return_boolean (task, TRUE);
}

void
bv_host_refresh_async (BvHost *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, bv_host_refresh_async);
  bv_connection_call_async (self->connection, BV_LANE_CONTROL, NULL, ask_libvirt,
                            GINT_TO_POINTER (self->with_devices), NULL,
                            (GDestroyNotify)bv_host_facts_unref, NULL, bv_host_refresh_answered_cb,
                            g_steal_pointer (&task));
}

gboolean
bv_host_refresh_finish (BvHost *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
