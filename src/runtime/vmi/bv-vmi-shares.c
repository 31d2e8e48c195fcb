/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vmi/bv-vmi-runtime-private.h"

#include "host/volume/bv-virtiofs.h"
#include "runtime/vmi/bv-vmi-work.h"
#include "runtime/connection/bv-worker.h"

/* What a running guest sees of ConfigMaps and Secrets in its shared folders follows what is stored.
 */

static void
update_in_worker (GTask *task)
{
  const BvVmiWork *work = g_task_get_task_data (task);
  GError *error = NULL;

  if (bv_virtiofs_update (bv_vmi_work_get (work), &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
bv_vmi_runtime_shares_updated_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvVmiRuntime) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean again = self->update_shares_again;

  self->updating_shares = FALSE;
  self->update_shares_again = FALSE;
  if (!g_task_propagate_boolean (G_TASK (result), &error))
    bv_vmi_runtime_tell (self, "Warning", "VolumeUpdateFailed", error->message);
  if (bv_vmi_status_is_final (self->status))
    bv_vmi_runtime_clean_up (self);
  else if (again)
    bv_vmi_runtime_update_shares (self);
}

/* One at a time, so that the last one has the last word; calls that come meanwhile share one more.
 */
void
bv_vmi_runtime_update_shares (BvVmiRuntime *self)
{
  BvVmi *vmi = BV_VMI (bv_entry_get_object (self->entry));
  GTask *task;

  if (self->updating_shares)
    {
      self->update_shares_again = TRUE;
      return;
    }
  if (self->info == NULL || !bv_domain_state_is_active (self->info->state) ||
      bv_vmi_status_is_final (self->status) || !bv_virtiofs_is_used (vmi))
    return;
  self->updating_shares = TRUE;
  task = g_task_new (NULL, NULL, bv_vmi_runtime_shares_updated_cb, g_object_ref (self));
  g_task_set_source_tag (task, bv_vmi_runtime_update_shares);
  g_task_set_task_data (
      task, bv_vmi_work_new (self->environment, vmi, self->status->runtime_directory, NULL, NULL),
      (GDestroyNotify)bv_vmi_work_free);
  bv_worker_push_task (self->environment->workers, update_in_worker, task);
}
