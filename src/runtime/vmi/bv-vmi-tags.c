/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vmi/bv-vmi-tags.h"

#include "model/bv-vmi-private.h"
#include "runtime/domain/bv-domain.h"
#include "runtime/vmi/bv-vmi-work.h"
#include "runtime/connection/bv-worker.h"

typedef struct
{
  BvEnvironment *environment;
  BvVmiWork *work;
  char *domain_name;
  char *xml; /* as libvirt has it */
} Writing;

static void
writing_free (Writing *self)
{
  bv_vmi_work_free (self->work);
  bv_environment_unref (self->environment);
  g_free (self->domain_name);
  g_free (self->xml);
  g_free (self);
}

static gboolean
make_drives (const BvVolumeWork *work, GError **error)
{
  const BvApiVirtualMachineInstanceSpec *spec = bv_vmi_get_record (work->vmi)->spec;

  for (guint i = 0; i < spec->n_volumes; i++)
    {
      g_auto (BvVolumeFacts) facts = { 0 };

      if (spec->volumes[i]->cloud_init_config_drive != NULL &&
          !bv_volume_preparer_run (bv_volume_preparer_find (spec->volumes[i], BV_VOLUME_USE_DISK),
                                   work, spec->volumes[i], &facts, error))
        return FALSE;
    }
  return TRUE;
}

static void
make_in_worker (GTask *task)
{
  const Writing *self = g_task_get_task_data (task);
  BvVolumeWork work = *bv_vmi_work_get (self->work);
  GError *error = NULL;

  work.domain_xml = self->xml;
  if (make_drives (&work, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
bv_vmi_tags_described_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Writing *self = g_task_get_task_data (task);
  GError *error = NULL;

  self->xml = bv_domain_get_xml_finish (BV_CONNECTION (source), result, &error);
  if (self->xml == NULL)
    g_task_return_error (task, error);
  else
    bv_worker_push_task (self->environment->workers, make_in_worker, g_steal_pointer (&task));
}

static void
bv_vmi_tags_defined_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  const Writing *self = g_task_get_task_data (task);
  GError *error = NULL;

  if (!bv_domain_define_finish (BV_CONNECTION (source), result, &error))
    g_task_return_error (task, error);
  else
    bv_domain_get_xml_async (self->environment->connection, self->domain_name, NULL,
                             bv_vmi_tags_described_cb, g_steal_pointer (&task));
}

void
bv_vmi_tags_write_async (BvEnvironment *environment, BvVmi *vmi, const char *domain_name,
                         const char *xml, const char *runtime_directory,
                         GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  Writing *self = g_new0 (Writing, 1);

  self->environment = bv_environment_ref (environment);
  self->work = bv_vmi_work_new (environment, vmi, runtime_directory, NULL, NULL);
  self->domain_name = g_strdup (domain_name);
  g_task_set_source_tag (task, bv_vmi_tags_write_async);
  g_task_set_task_data (task, self, (GDestroyNotify)writing_free);
  bv_domain_define_async (environment->connection, domain_name, xml, NULL, bv_vmi_tags_defined_cb,
                          task);
}

gboolean
bv_vmi_tags_write_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
