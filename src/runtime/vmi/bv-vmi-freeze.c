/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vmi/bv-vmi-runtime-private.h"

#include "agent/bv-agent-call.h"
#include "model/bv-error.h"

#include <glib/gi18n-lib.h>

/* Freezing a guest's file systems, and thawing them again: when told to, or when the time is over
 * for which it was asked. That time is on record before anything is frozen, so that it holds for
 * the next service too. */

/* An agent that does not answer when the time is over is asked again. */
#define THAW_AGAIN_SECONDS 5

typedef struct
{
  gboolean freeze;
  gint64 seconds;
  gboolean by_itself; /* nobody asked for it */
} Freezing;

static void begin (GTask *task, gboolean freeze, gint64 seconds, gboolean by_itself);

static void
set_deadline (BvVmiRuntime *self, gint64 deadline)
{
  if (self->status->thaw_at == deadline)
    return;
  self->status->thaw_at = deadline;
  if (deadline == 0)
    bv_vmi_runtime_store_status (self);
}

static void
bv_vmi_runtime_thawed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  /* It is tried again. */
  if (!bv_vmi_runtime_freeze_finish (BV_VMI_RUNTIME (source), result, &error))
    g_info ("%s: %s", BV_VMI_RUNTIME (source)->domain_name, error->message);
}

static gboolean
bv_vmi_runtime_thaw_cb (gpointer user_data)
{
  BvVmiRuntime *self = user_data;

  self->thaw_id = g_timeout_add_seconds (THAW_AGAIN_SECONDS, bv_vmi_runtime_thaw_cb, self);
  if (!self->freezing && self->agent != NULL && bv_guest_agent_is_connected (self->agent))
    begin (g_task_new (self, NULL, bv_vmi_runtime_thawed_cb, NULL), FALSE, 0, TRUE);
  return G_SOURCE_REMOVE;
}

/* Whatever has changed: the guest, the time, the service. */
void
bv_vmi_runtime_update_thaw (BvVmiRuntime *self)
{
  gint64 left;

  g_clear_handle_id (&self->thaw_id, g_source_remove);
  if (self->status->thaw_at == 0 || self->agent == NULL)
    return;
  left = MAX (self->status->thaw_at - g_get_real_time (), 0) / 1000;
  self->thaw_id = g_timeout_add ((guint)MIN (left, G_MAXINT), bv_vmi_runtime_thaw_cb, self);
}

static void
end (GTask *task, GError *error)
{
  BvVmiRuntime *self = g_task_get_source_object (task);
  const Freezing *freezing = g_task_get_task_data (task);

  self->freezing = FALSE;
  if (self->agent != NULL)
    bv_guest_agent_refresh_freeze (self->agent);
  bv_vmi_runtime_update_thaw (self);
  if (error == NULL)
    g_task_return_boolean (task, TRUE);
  else
    {
      if (freezing->freeze)
        bv_vmi_runtime_tell (self, "Warning", "FreezeError", error->message);
      g_task_return_error (task, error);
    }
  g_object_unref (task);
}

/* A freeze that was not answered in time may have taken place: it is taken back. */
static void
bv_vmi_runtime_frozen_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  BvVmiRuntime *self = g_task_get_source_object (task);
  const Freezing *freezing = g_task_get_task_data (task);
  GError *error = NULL;
  g_autofree char *answer = bv_guest_agent_call_finish (BV_GUEST_AGENT (source), result, &error);

  if (answer != NULL && !freezing->freeze)
    {
      set_deadline (self, 0);
      bv_guest_agent_refresh (BV_GUEST_AGENT (source));
      if (freezing->by_itself)
        bv_vmi_runtime_tell (self, "Warning", "Unfrozen",
                             _ ("The guest's file systems were thawed: the time for which they "
                                "were to be frozen is over."));
    }
  else if (answer == NULL && freezing->freeze)
    set_deadline (self, g_get_real_time ());
  end (task, error);
}

static void
act (GTask *task)
{
  BvVmiRuntime *self = g_task_get_source_object (task);
  const Freezing *freezing = g_task_get_task_data (task);

  if (self->agent == NULL)
    end (task, g_error_new (BV_ERROR, BV_ERROR_NOT_RUNNING, _ ("The guest of %s has ended."),
                            self->domain_name));
  else
    bv_guest_agent_call_async (self->agent,
                               freezing->freeze ? bv_agent_call_freeze : bv_agent_call_thaw, NULL,
                               NULL, bv_vmi_runtime_frozen_cb, task);
}

static void
bv_vmi_runtime_deadline_stored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  GError *error = NULL;

  if (bv_store_write_finish (BV_STORE (source), result, &error))
    act (task);
  else
    end (task, error);
}

/* What is so already stays so: no hook of the guest's runs twice, no time begins anew. */
static void
bv_vmi_runtime_freeze_told_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  BvVmiRuntime *self = g_task_get_source_object (task);
  const Freezing *freezing = g_task_get_task_data (task);
  GError *error = NULL;
  g_autofree char *status = bv_guest_agent_call_finish (BV_GUEST_AGENT (source), result, &error);
  gboolean frozen = g_strcmp0 (status, "frozen") == 0;

  if (status == NULL && freezing->freeze)
    {
      end (task, error);
      return;
    }
  g_clear_error (&error);
  if (status != NULL && frozen == freezing->freeze)
    {
      if (!freezing->freeze)
        set_deadline (self, 0);
      end (task, NULL);
    }
  else if (freezing->freeze && freezing->seconds > 0)
    {
      set_deadline (self, g_get_real_time () + freezing->seconds * G_USEC_PER_SEC);
      bv_store_write_async (self->environment->store, bv_vmi_runtime_make_status_batch (self),
                            bv_vmi_runtime_deadline_stored_cb, task);
    }
  else
    {
      if (freezing->freeze)
        set_deadline (self, 0);
      act (task);
    }
}

static gboolean
check (BvVmiRuntime *self, gboolean freeze, gint64 seconds, GError **error)
{
  g_autofree char *what = bv_entry_describe (self->entry);

  if (seconds < 0 || seconds > G_MAXINT32)
    g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                 _ ("The time %" G_GINT64_FORMAT " is not one of 0 to %d seconds."), seconds,
                 G_MAXINT32);
  else if (freeze && bv_vmi_runtime_is_migrating (self))
    g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT,
                 _ ("%s is on its way to another host. Freeze it there, or try again once it has "
                    "stayed."),
                 what);
  else if (!bv_vmi_runtime_check_agent (self, error))
    return FALSE;
  else if (self->freezing)
    g_set_error (error, BV_ERROR, BV_ERROR_BUSY,
                 _ ("The file systems of %s are being frozen or thawed. Try again."), what);
  else
    return TRUE;
  return FALSE;
}

/* Takes TASK. */
static void
begin (GTask *task, gboolean freeze, gint64 seconds, gboolean by_itself)
{
  BvVmiRuntime *self = g_task_get_source_object (task);
  GError *error = NULL;
  Freezing *freezing;

  g_task_set_source_tag (task, begin);
  if (!check (self, freeze, seconds, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  freezing = g_new0 (Freezing, 1);
  freezing->freeze = freeze;
  freezing->seconds = seconds;
  freezing->by_itself = by_itself;
  g_task_set_task_data (task, freezing, g_free);
  self->freezing = TRUE;
  bv_guest_agent_call_async (self->agent, bv_agent_call_get_freeze_status, NULL, NULL,
                             bv_vmi_runtime_freeze_told_cb, task);
}

/* Freezes the guest's file systems, for SECONDS (0: until they are thawed), or thaws them. */
void
bv_vmi_runtime_freeze_async (BvVmiRuntime *self, gboolean freeze, gint64 seconds,
                             GAsyncReadyCallback callback, gpointer user_data)
{
  begin (g_task_new (self, NULL, callback, user_data), freeze, seconds, FALSE);
}

gboolean
bv_vmi_runtime_freeze_finish (BvVmiRuntime *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
