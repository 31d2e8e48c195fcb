/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vmi/bv-vmi-prepare.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "bv-autocleanups.h"
#include "host/bv-resolve.h"
#include "host/hook/bv-hooks.h"
#include "host/volume/bv-volume-folder.h"
#include "model/bv-error.h"
#include "runtime/domain/bv-domain-owner.h"
#include "runtime/connection/bv-worker.h"

void
bv_vmi_prepared_free (BvVmiPrepared *self)
{
  g_free (self->xml);
  g_hash_table_unref (self->volumes);
  g_free (self);
}

/* QEMU makes its sockets in it, and nobody else looks into it. */
static gboolean
make_runtime_directory (const BvVolumeWork *work, GError **error)
{
  const char *path = work->runtime_directory;
  gboolean shared = work->group != BV_NO_GROUP;

  if (g_mkdir_with_parents (path, 0700) == 0 && (!shared || chown (path, -1, work->group) == 0) &&
      g_chmod (path, shared ? 0770 : 0700) == 0)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("The folder %s cannot be made: %s."), path,
               g_strerror (errno));
  return FALSE;
}

static BvVmiPrepared *
prepare (const BvVolumeWork *work, GError **error)
{
  g_autoptr (GHashTable) volumes = bv_volume_facts_table_new ();
  g_autoptr (BvContext) context = NULL;
  g_autoptr (GVirConfigDomain) converted = NULL;
  g_autoptr (GVirConfigDomain) domain = NULL;
  BvVmiPrepared *prepared;

  if (!make_runtime_directory (work, error))
    return NULL;
  context = bv_resolve_context (work, volumes, error);
  if (context != NULL)
    converted = bv_resolve_domain (work, context, NULL, error);
  if (converted != NULL)
    domain = bv_hooks_define_domain (work, converted, error);
  if (domain == NULL)
    return NULL;
  bv_resolve_seal (domain, volumes);
  bv_domain_owner_write (domain, BV_OBJECT (work->vmi));
  prepared = g_new0 (BvVmiPrepared, 1);
  prepared->xml = gvir_config_object_to_xml (GVIR_CONFIG_OBJECT (domain));
  prepared->volumes = g_steal_pointer (&volumes);
  return prepared;
}

static void
prepare_in_worker (GTask *task)
{
  const BvVmiWork *work = g_task_get_task_data (task);
  GError *error = NULL;
  BvVmiPrepared *prepared = prepare (bv_vmi_work_get (work), &error);

  if (prepared != NULL)
    g_task_return_pointer (task, prepared, (GDestroyNotify)bv_vmi_prepared_free);
  else
    g_task_return_error (task, error);
}

void
bv_vmi_prepare_async (BvEnvironment *environment, BvVmi *vmi, const char *runtime_directory,
                      BvProgress *progress, GCancellable *cancellable, GAsyncReadyCallback callback,
                      gpointer user_data)
{
  GTask *task = g_task_new (vmi, cancellable, callback, user_data);

  g_task_set_source_tag (task, bv_vmi_prepare_async);
  g_task_set_task_data (
      task, bv_vmi_work_new (environment, vmi, runtime_directory, progress, cancellable),
      (GDestroyNotify)bv_vmi_work_free);
  bv_worker_push_task (environment->workers, prepare_in_worker, task);
}

/* For a VMI that is not stored here yet; takes WORK. */
void
bv_vmi_prepare_work_async (BvEnvironment *environment, BvVmi *vmi, BvVmiWork *work,
                           GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer user_data)
{
  GTask *task = g_task_new (vmi, cancellable, callback, user_data);

  g_task_set_source_tag (task, bv_vmi_prepare_work_async);
  g_task_set_task_data (task, work, (GDestroyNotify)bv_vmi_work_free);
  bv_worker_push_task (environment->workers, prepare_in_worker, task);
}

BvVmiPrepared *
bv_vmi_prepare_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
