/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vmi/bv-vmi-cleanup.h"

#include "host/bv-resolve.h"
#include "host/companion/bv-companion.h"
#include "host/volume/bv-volume-folder.h"
#include "model/bv-error.h"
#include "runtime/domain/bv-domain.h"
#include "runtime/vmi/bv-vmi-work.h"

typedef struct
{
  BvEnvironment *environment;
  char *domain_name; /* NULL: there is none */
  char *domain_uuid;
  BvVmiWork *work;
} Cleanup;

static void
cleanup_free (Cleanup *self)
{
  bv_environment_unref (self->environment);
  g_free (self->domain_name);
  g_free (self->domain_uuid);
  bv_vmi_work_free (self->work);
  g_free (self);
}

static void
remove_in_worker (GTask *task)
{
  const Cleanup *self = g_task_get_task_data (task);
  const BvVolumeWork *work = bv_vmi_work_get (self->work);
  g_autofree char *companions = bv_companion_build_folder (work->runtime_directory);
  const char *folders[] = { work->runtime_directory, work->image_folder, work->disk_folder,
                            companions };
  g_autoptr (GError) left = NULL;

  /* The VMI is at its end all the same, whatever cannot be removed. */
  if (!bv_companion_end_all (companions, &left))
    {
      g_warning ("%s", left->message);
      folders[3] = NULL; /* tells which they are */
    }
  bv_resolve_clean_up (work);
  for (guint i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autoptr (GError) error = NULL;

      if (folders[i] != NULL && !bv_volume_folder_remove (folders[i], &error))
        g_warning ("%s", error->message);
    }
  g_task_return_boolean (task, TRUE);
}

static void
begin_removal (GTask *task)
{
  const Cleanup *self = g_task_get_task_data (task);

  bv_worker_push_task (self->environment->workers, remove_in_worker, g_object_ref (task));
}

static void
bv_vmi_cleanup_undefined_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;

  if (bv_domain_act_finish (BV_CONNECTION (source), result, &error) ||
      g_error_matches (error, BV_ERROR, BV_ERROR_NOT_FOUND))
    begin_removal (task);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static void
bv_vmi_cleanup_stored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  const Cleanup *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  if (!bv_store_write_finish (BV_STORE (source), result, &error))
    g_task_return_error (task, g_steal_pointer (&error));
  else if (self->domain_name == NULL)
    begin_removal (task);
  else
    bv_domain_act_async (self->environment->connection, BV_DOMAIN_UNDEFINE, self->domain_name,
                         self->domain_uuid, BV_DOMAIN_UNDEFINE_KEEP_NVRAM, NULL,
                         bv_vmi_cleanup_undefined_cb, g_steal_pointer (&task));
}

void
bv_vmi_cleanup_async (BvEnvironment *environment, BvStoreBatch *record, BvVmi *vmi,
                      const BvDomainInfo *domain, const char *runtime_directory,
                      GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  Cleanup *cleanup = g_new0 (Cleanup, 1);

  cleanup->environment = bv_environment_ref (environment);
  cleanup->domain_name = domain != NULL ? g_strdup (domain->name) : NULL;
  cleanup->domain_uuid = domain != NULL ? g_strdup (domain->uuid) : NULL;
  cleanup->work = bv_vmi_work_new (environment, vmi, runtime_directory, NULL, NULL);
  g_task_set_source_tag (task, bv_vmi_cleanup_async);
  g_task_set_task_data (task, cleanup, (GDestroyNotify)cleanup_free);
  bv_store_write_async (environment->store, record, bv_vmi_cleanup_stored_cb, task);
}

gboolean
bv_vmi_cleanup_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
