/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vmi/bv-vmi-networks.h"

#include "host/bv-resolve.h"
#include "runtime/vmi/bv-vmi-work.h"

static void
restore_in_worker (GTask *task)
{
  const BvVmiWork *holder = g_task_get_task_data (task);
  BvVolumeWork work = *bv_vmi_work_get (holder);
  GError *error = NULL;
  gboolean restored;

  work.running = TRUE;
  restored = bv_resolve_restore_networks (&work, &error);
  /* The rules of the others must not wait for one that failed. */
  restored &= bv_networks_end_batch (work.networks, restored ? &error : NULL);
  if (restored)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* The batch begins here, so that all guests that are found at once are in it. */
void
bv_vmi_networks_restore_async (BvEnvironment *environment, BvVmi *vmi,
                               const char *runtime_directory, GAsyncReadyCallback callback,
                               gpointer user_data)
{
  GTask *task = g_task_new (vmi, NULL, callback, user_data);

  g_task_set_source_tag (task, bv_vmi_networks_restore_async);
  g_task_set_task_data (task, bv_vmi_work_new (environment, vmi, runtime_directory, NULL, NULL),
                        (GDestroyNotify)bv_vmi_work_free);
  bv_networks_begin_batch (environment->networks);
  bv_worker_push_task (environment->workers, restore_in_worker, task);
}

void
bv_vmi_networks_begin (BvEnvironment *environment)
{
  bv_networks_begin_batch (environment->networks);
}

static void
end_in_worker (gpointer data)
{
  g_autoptr (BvNetworks) networks = data;
  g_autoptr (GError) error = NULL;

  if (!bv_networks_end_batch (networks, &error))
    g_warning ("%s", error->message);
}

void
bv_vmi_networks_end (BvEnvironment *environment)
{
  bv_worker_push (environment->workers, end_in_worker, g_object_ref (environment->networks));
}

gboolean
bv_vmi_networks_restore_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
