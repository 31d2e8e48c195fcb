/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/bv-vmi-launch.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "bv-autocleanups.h"
#include "host/bv-resolve.h"
#include "host/volume/bv-volume-folder.h"
#include "model/bv-error.h"
#include "runtime/bv-domain-owner.h"

/* What the worker thread gets; nothing of it changes while that runs. */
typedef struct
{
  BvVmi *vmi;
  BvConfig *config;
  BvHostFacts *facts;
  char *runtime_directory;
  char *image_folder;
  char *disk_folder;
  BvVolumeObjects *objects;
} Preparation;

typedef struct
{
  BvEnvironment *environment;
  BvVmi *vmi;
  char *domain_name;
  char *xml;
  gboolean paused;
} Launch;

static void
preparation_free (Preparation *self)
{
  g_object_unref (self->vmi);
  bv_config_unref (self->config);
  bv_host_facts_free (self->facts);
  g_clear_pointer (&self->objects, bv_volume_objects_free);
  g_free (self->runtime_directory);
  g_free (self->image_folder);
  g_free (self->disk_folder);
  g_free (self);
}

static void
launch_free (Launch *self)
{
  bv_environment_unref (self->environment);
  g_object_unref (self->vmi);
  g_free (self->domain_name);
  g_free (self->xml);
  g_free (self);
}

/* Only root gives files to others. */
static guint
get_group (const Preparation *self)
{
  return geteuid () == 0 ? self->facts->qemu_gid : BV_NO_GROUP;
}

/* QEMU makes its sockets in it, and nobody else looks into it. */
static gboolean
make_runtime_directory (const Preparation *self, GError **error)
{
  const char *path = self->runtime_directory;
  gboolean shared = get_group (self) != BV_NO_GROUP;

  if (g_mkdir_with_parents (path, 0700) == 0 &&
      (!shared || chown (path, -1, self->facts->qemu_gid) == 0) &&
      g_chmod (path, shared ? 0770 : 0700) == 0)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("The folder %s cannot be made: %s."), path,
               g_strerror (errno));
  return FALSE;
}

static void
prepare_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  const Preparation *self = task_data;
  const BvVolumeWork work = {
    .vmi = self->vmi,
    .objects = self->objects,
    .image_folder = self->image_folder,
    .disk_folder = self->disk_folder,
    .group = get_group (self),
    .cancellable = cancellable,
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (BvContext) context = NULL;
  g_autoptr (GVirConfigDomain) domain = NULL;

  if (make_runtime_directory (self, &error))
    context = bv_resolve_context (&work, self->config, self->facts, self->runtime_directory, FALSE,
                                  &error);
  if (context != NULL)
    domain = bv_resolve_domain (self->vmi, context, self->facts, NULL, &error);
  if (domain == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  bv_domain_owner_write (domain, BV_OBJECT (self->vmi));
  g_task_return_pointer (task, gvir_config_object_to_xml (GVIR_CONFIG_OBJECT (domain)), g_free);
}

static BvObject *
look_up (const char *kind, const char *namespace, const char *name, gpointer user_data)
{
  BvRegistry *registry = user_data;
  BvEntry *entry = registry != NULL ? bv_registry_find (registry, kind, namespace, name) : NULL;

  return entry != NULL ? bv_entry_get_object (entry) : NULL;
}

void
bv_vmi_prepare_async (BvEnvironment *environment, BvVmi *vmi, const char *runtime_directory,
                      GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (vmi, NULL, callback, user_data);
  Preparation *preparation = g_new0 (Preparation, 1);

  preparation->vmi = g_object_ref (vmi);
  preparation->config = bv_config_ref (environment->config);
  preparation->facts = bv_host_facts_copy (bv_host_get_facts (environment->host));
  preparation->runtime_directory = g_strdup (runtime_directory);
  preparation->image_folder = bv_environment_build_image_folder (runtime_directory);
  preparation->disk_folder =
      bv_environment_build_disk_folder (environment, bv_object_get_uid (BV_OBJECT (vmi)));
  preparation->objects = bv_volume_objects_new (vmi, look_up, environment->registry);
  g_task_set_source_tag (task, bv_vmi_prepare_async);
  g_task_set_task_data (task, preparation, (GDestroyNotify)preparation_free);
  g_task_run_in_thread (task, prepare_in_thread);
}

/* The domain's XML. */
char *
bv_vmi_prepare_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
bv_vmi_launch_started_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;

  if (bv_domain_define_and_start_finish (BV_CONNECTION (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/* Whether a domain of the name is in the way; one that is ours is not. */
static gboolean
check_found (const Launch *self, const BvDomainInfo *info, GError **error)
{
  g_autofree char *uid = bv_domain_owner_read_uid (info->metadata);

  if (g_strcmp0 (uid, bv_object_get_uid (BV_OBJECT (self->vmi))) == 0)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT,
               _ ("libvirt has another domain %s already, which is left alone. Rename that one, or "
                  "the virtual machine."),
               self->domain_name);
  return FALSE;
}

static void
bv_vmi_launch_looked_up_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  const Launch *launch = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (BvDomainInfo) info =
      bv_domain_get_info_finish (BV_CONNECTION (source), result, &error);

  if (info == NULL && !g_error_matches (error, BV_ERROR, BV_ERROR_NOT_FOUND))
    g_task_return_error (task, g_steal_pointer (&error));
  else if (info != NULL && !check_found (launch, info, &error))
    g_task_return_error (task, g_steal_pointer (&error));
  else if (info != NULL && bv_domain_state_is_active (info->state))
    g_task_return_boolean (task, TRUE);
  else
    bv_domain_define_and_start_async (
        launch->environment->connection, launch->domain_name, launch->xml,
        launch->paused ? BV_DOMAIN_START_PAUSED : BV_DOMAIN_START_DEFAULT, NULL,
        bv_vmi_launch_started_cb, g_steal_pointer (&task));
}

void
bv_vmi_launch_async (BvEnvironment *environment, BvVmi *vmi, const char *domain_name,
                     const char *xml, gboolean paused, GAsyncReadyCallback callback,
                     gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (vmi, NULL, callback, user_data);
  Launch *launch = g_new0 (Launch, 1);

  launch->environment = bv_environment_ref (environment);
  launch->vmi = g_object_ref (vmi);
  launch->domain_name = g_strdup (domain_name);
  launch->xml = g_strdup (xml);
  launch->paused = paused;
  g_task_set_source_tag (task, bv_vmi_launch_async);
  g_task_set_task_data (task, launch, (GDestroyNotify)launch_free);
  bv_domain_get_info_async (environment->connection, domain_name, NULL, bv_vmi_launch_looked_up_cb,
                            g_steal_pointer (&task));
}

gboolean
bv_vmi_launch_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
