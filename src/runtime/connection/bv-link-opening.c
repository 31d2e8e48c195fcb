/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/connection/bv-link-opening.h"

#include "runtime/connection/bv-worker.h"

typedef struct
{
  BvLinkOpening opening;
  BvLinkOpened opened;
} Work;

static void
work_free (Work *self)
{
  for (guint i = 0; i < BV_N_LANES; i++)
    g_clear_pointer (&self->opening.links[i], bv_link_unref);
  g_clear_error (&self->opening.error);
  g_object_unref (self->opening.owner);
  g_free (self->opening.uri);
  g_free (self);
}

static gboolean
opened_idle_cb (gpointer data)
{
  Work *work = data;

  work->opened (&work->opening);
  work_free (work);
  return G_SOURCE_REMOVE;
}

/* All of them or none. */
static void
open_in_worker (gpointer data)
{
  Work *work = data;
  BvLinkOpening *opening = &work->opening;
  guint n = opening->lane != NULL ? 1 : BV_N_LANES;

  for (guint i = 0; i < n && opening->error == NULL; i++)
    {
      gboolean with_events = opening->lane == NULL && i == BV_LANE_CONTROL;

      opening->links[i] = bv_link_open (opening->uri, with_events, &opening->error);
    }
  for (guint i = 0; i < n && opening->error != NULL && opening->links[i] != NULL; i++)
    {
      bv_link_close (opening->links[i]);
      g_clear_pointer (&opening->links[i], bv_link_unref);
    }
  g_idle_add_full (G_PRIORITY_DEFAULT, opened_idle_cb, work, NULL);
}

void
bv_link_opening_start (GObject *owner, GThreadPool *workers, const char *uri, guint attempt,
                       BvLane *lane, BvLinkOpened opened)
{
  Work *work = g_new0 (Work, 1);

  work->opening.owner = g_object_ref (owner);
  work->opening.attempt = attempt;
  work->opening.lane = lane;
  work->opening.uri = g_strdup (uri);
  work->opened = opened;
  bv_worker_push (workers, open_in_worker, work);
}
