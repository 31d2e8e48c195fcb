/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vmi/bv-vmi-runtime-private.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "model/bv-error.h"
#include "runtime/claim/bv-memory-dump.h"

/* What callers ask of a running VMI. */

static void
bv_vmi_runtime_act_seen_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BvVmiRuntime *self = g_task_get_source_object (task);
  BvVmiAction action = GPOINTER_TO_INT (g_task_get_task_data (task));
  g_autoptr (GError) error = NULL;
  BvDomainInfo *info = bv_vmi_runtime_refresh_finish (self, result, BV_CONNECTION (source), &error);

  if (error != NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  bv_vmi_runtime_take_info (self, info, FALSE);
  bv_vmi_runtime_tell (self, "Normal", bv_vmi_action_get_reason (action),
                       bv_vmi_action_get_message (action));
  g_task_return_boolean (task, TRUE);
}

static void
bv_vmi_runtime_acted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BvVmiRuntime *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;

  if (!bv_vmi_action_finish (BV_CONNECTION (source), result, &error))
    {
      bv_vmi_runtime_refresh (self);
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  bv_domain_get_info_async (BV_CONNECTION (source), self->domain_name, NULL,
                            bv_vmi_runtime_act_seen_cb, g_steal_pointer (&task));
}

/* What must be on record before it is done. */
static void
note_action (BvVmiRuntime *self, BvVmiAction action)
{
  if (action == BV_VMI_PAUSE || action == BV_VMI_UNPAUSE)
    self->status->paused_by_user = action == BV_VMI_PAUSE;
  else if (action == BV_VMI_KILL)
    self->status->stopping = TRUE;
  else
    return;
  bv_vmi_runtime_store_status (self);
}

/* A paused guest cannot do as it is asked. */
static gboolean
check_action (BvVmiRuntime *self, BvVmiAction action, GError **error)
{
  return action == BV_VMI_SOFT_REBOOT ? bv_vmi_runtime_check_awake (self, error)
                                      : bv_vmi_runtime_check_running (self, error);
}

/* Finishes when the properties tell the new state. */
void
bv_vmi_runtime_act_async (BvVmiRuntime *self, BvVmiAction action, GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  g_autofree char *what = bv_entry_describe (self->entry);
  g_autoptr (GError) error = NULL;

  g_task_set_source_tag (task, bv_vmi_runtime_act_async);
  g_task_set_task_data (task, GINT_TO_POINTER (action), NULL);
  if (!check_action (self, action, &error) ||
      !bv_vmi_action_check (action, self->info, what, &error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  note_action (self, action);
  bv_vmi_action_async (self->environment->connection, action, self->info, bv_vmi_runtime_acted_cb,
                       g_steal_pointer (&task));
}

gboolean
bv_vmi_runtime_act_finish (BvVmiRuntime *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

int
bv_vmi_runtime_open_console (BvVmiRuntime *self, GError **error)
{
  g_autofree char *what = bv_entry_describe (self->entry);
  int fd = -1;

  if (bv_vmi_runtime_check_console (self, error) &&
      (fd = bv_console_open (self->console, error)) < 0)
    g_prefix_error (error, "%s: ", what);
  return fd;
}

/* One at a time: the guest stands still for it. */
static gboolean
check_no_dump (BvVmiRuntime *self, GError **error)
{
  g_autofree char *what = bv_entry_describe (self->entry);

  if (self->dump_job == NULL || bv_job_get_state (self->dump_job) != BV_JOB_RUNNING)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_BUSY, _ ("The memory of %s is being dumped already."),
               what);
  return FALSE;
}

BvJob *
bv_vmi_runtime_dump_memory (BvVmiRuntime *self, int fd, GError **error)
{
  g_autoptr (BvJob) job = NULL;

  if (!check_no_dump (self, error))
    {
      g_close (fd, NULL);
      return NULL;
    }
  job = bv_memory_dump_begin (self->environment, self->entry, self->info, fd, error);
  if (job != NULL)
    g_set_object (&self->dump_job, job);
  return g_steal_pointer (&job);
}

/* KubeVirt's rule: what comes beside the memory takes less than that. */
static gboolean
check_capacity (BvVmiRuntime *self, const char *claim, const BvPoolVolume *volume, GError **error)
{
  guint64 needed = self->info->size.guest_requested + BV_MEMORY_DUMP_EXTRA;

  if (volume->capacity >= needed)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_LIMIT_EXCEEDED,
               _ ("The claim %s has %" G_GUINT64_FORMAT
                  " MiB, and a dump of this guest needs %" G_GUINT64_FORMAT
                  ". Give a larger claim, or let this one grow."),
               claim, volume->capacity >> 20, needed >> 20);
  return FALSE;
}

static void
set_dump_claim (BvVmiRuntime *self, const char *claim)
{
  g_free (self->dump_claim);
  self->dump_claim = g_strdup (claim);
  if (bv_vmi_runtime_update_volumes (self))
    bv_vmi_runtime_notify (self);
}

static void
bv_vmi_runtime_dumped_cb (BvVmiRuntime *self)
{
  set_dump_claim (self, NULL);
}

BvJob *
bv_vmi_runtime_dump_memory_into (BvVmiRuntime *self, BvEntry *owner, const char *claim,
                                 const BvPoolVolume *volume, GError **error)
{
  BvJob *job;

  if (!check_no_dump (self, error) || !check_capacity (self, claim, volume, error))
    return NULL;
  job = bv_memory_dump_begin_volume (self->environment, owner, self->info, volume, error);
  if (job == NULL)
    return NULL;
  g_set_object (&self->dump_job, job);
  g_signal_connect_object (job, "completed", G_CALLBACK (bv_vmi_runtime_dumped_cb), self,
                           G_CONNECT_SWAPPED);
  set_dump_claim (self, claim);
  return job;
}
