/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "stats/bv-stats-collector.h"

#include <glib/gi18n-lib.h>

#include "model/bv-error.h"

#define FRESH_SECONDS 1
#define PATIENCE_SECONDS 4
#define MAX_ATTEMPTS 3 /* at a time, each on a connection of the lane's */

struct _BvStatsCollector
{
  GObject parent_instance;

  BvConnection *connection;
  BvStatsSnapshot *latest; /* NULL: none that is fresh */
  GPtrArray *waiting;      /* of GTask */
  guint n_attempts;        /* under way */
  guint fresh_id;
  guint late_id;
};

G_DEFINE_FINAL_TYPE (BvStatsCollector, bv_stats_collector, G_TYPE_OBJECT)

static void
bv_stats_collector_finalize (GObject *object)
{
  BvStatsCollector *self = BV_STATS_COLLECTOR (object);

  bv_stats_collector_forget (self);
  g_clear_handle_id (&self->late_id, g_source_remove);
  g_ptr_array_unref (self->waiting);
  g_object_unref (self->connection);
  G_OBJECT_CLASS (bv_stats_collector_parent_class)->finalize (object);
}

static void
bv_stats_collector_class_init (BvStatsCollectorClass *class)
{
  G_OBJECT_CLASS (class)->finalize = bv_stats_collector_finalize;
}

static void
bv_stats_collector_init (BvStatsCollector *self)
{
  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
}

BvStatsCollector *
bv_stats_collector_new (BvConnection *connection)
{
  BvStatsCollector *self = g_object_new (BV_TYPE_STATS_COLLECTOR, NULL);

  self->connection = g_object_ref (connection);
  return self;
}

void
bv_stats_collector_forget (BvStatsCollector *self)
{
  g_clear_pointer (&self->latest, bv_stats_snapshot_unref);
  g_clear_handle_id (&self->fresh_id, g_source_remove);
}

static gboolean
fresh_cb (gpointer user_data)
{
  BvStatsCollector *self = user_data;

  self->fresh_id = 0;
  bv_stats_collector_forget (self);
  return G_SOURCE_REMOVE;
}

/* All who wait get SNAPSHOT, or else ERROR. */
static void
answer (BvStatsCollector *self, BvStatsSnapshot *snapshot, const GError *error)
{
  g_autoptr (GPtrArray) waiting = g_steal_pointer (&self->waiting);

  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  g_clear_handle_id (&self->late_id, g_source_remove);
  for (guint i = 0; i < waiting->len; i++)
    if (snapshot != NULL)
      g_task_return_pointer (waiting->pdata[i], bv_stats_snapshot_ref (snapshot),
                             (GDestroyNotify)bv_stats_snapshot_unref);
    else
      g_task_return_error (waiting->pdata[i], g_error_copy (error));
}

static void
bv_stats_collector_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvStatsCollector) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BvStatsSnapshot) snapshot =
      bv_connection_call_finish (BV_CONNECTION (source), result, &error);

  self->n_attempts--;
  if (snapshot == NULL)
    {
      if (self->n_attempts == 0)
        answer (self, NULL, error);
      return;
    }
  /* An attempt that was late comes in last, and with the oldest figures. */
  if (self->latest == NULL || self->latest->asked < snapshot->asked)
    {
      bv_stats_collector_forget (self);
      self->latest = bv_stats_snapshot_ref (snapshot);
      self->fresh_id = g_timeout_add_seconds (FRESH_SECONDS, fresh_cb, self);
    }
  answer (self, self->latest, NULL);
}

static void attempt (BvStatsCollector *self);

static gboolean
late_cb (gpointer user_data)
{
  BvStatsCollector *self = user_data;

  self->late_id = 0;
  attempt (self);
  return G_SOURCE_REMOVE;
}

static void
attempt (BvStatsCollector *self)
{
  g_autoptr (GError) error = NULL;

  if (self->n_attempts == MAX_ATTEMPTS)
    {
      error = g_error_new_literal (BV_ERROR, BV_ERROR_TIMED_OUT,
                                   _ ("libvirt does not tell the figures of the guests in time. "
                                      "Look at the journal for guests that hang."));
      answer (self, NULL, error);
      return;
    }
  self->n_attempts++;
  self->late_id = g_timeout_add_seconds (PATIENCE_SECONDS, late_cb, self);
  /* A guest can hold it up, as it can its agent. */
  bv_connection_call_async (self->connection, BV_LANE_AGENT, NULL, bv_stats_snapshot_read, NULL,
                            NULL, (GDestroyNotify)bv_stats_snapshot_unref, NULL,
                            bv_stats_collector_read_cb, g_object_ref (self));
}

void
bv_stats_collector_collect_async (BvStatsCollector *self, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, bv_stats_collector_collect_async);
  if (self->latest != NULL)
    {
      g_task_return_pointer (task, bv_stats_snapshot_ref (self->latest),
                             (GDestroyNotify)bv_stats_snapshot_unref);
      g_object_unref (task);
      return;
    }
  g_ptr_array_add (self->waiting, task);
  if (self->waiting->len == 1)
    attempt (self);
}

BvStatsSnapshot *
bv_stats_collector_collect_finish (BvStatsCollector *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
