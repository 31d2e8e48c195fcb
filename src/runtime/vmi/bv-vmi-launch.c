/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vmi/bv-vmi-launch.h"

#include <glib/gi18n-lib.h>

#include "host/volume/bv-device-tags.h"
#include "model/bv-error.h"
#include "runtime/domain/bv-domain-owner.h"
#include "runtime/vmi/bv-vmi-tags.h"

typedef struct
{
  BvEnvironment *environment;
  BvVmi *vmi;
  char *domain_name;
  char *xml;
  char *runtime_directory;
  gboolean paused;
} Launch;

static void
launch_free (Launch *self)
{
  bv_environment_unref (self->environment);
  g_object_unref (self->vmi);
  g_free (self->domain_name);
  g_free (self->xml);
  g_free (self->runtime_directory);
  g_free (self);
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

static void
bv_vmi_launch_created_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;

  if (bv_domain_create_finish (BV_CONNECTION (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/* The domain is defined, and stays as it is. */
static void
bv_vmi_launch_tagged_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  const Launch *launch = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  if (!bv_vmi_tags_write_finish (result, &error))
    g_task_return_error (task, g_steal_pointer (&error));
  else
    bv_domain_create_async (launch->environment->connection, launch->domain_name,
                            launch->paused ? BV_DOMAIN_START_PAUSED : BV_DOMAIN_START_DEFAULT, NULL,
                            bv_vmi_launch_created_cb, g_steal_pointer (&task));
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
  else if (bv_device_tags_are_used (launch->vmi))
    bv_vmi_tags_write_async (launch->environment, launch->vmi, launch->domain_name, launch->xml,
                             launch->runtime_directory, bv_vmi_launch_tagged_cb,
                             g_steal_pointer (&task));
  else
    bv_domain_define_and_start_async (
        launch->environment->connection, launch->domain_name, launch->xml,
        launch->paused ? BV_DOMAIN_START_PAUSED : BV_DOMAIN_START_DEFAULT, NULL,
        bv_vmi_launch_started_cb, g_steal_pointer (&task));
}

void
bv_vmi_launch_async (BvEnvironment *environment, BvVmi *vmi, const char *domain_name,
                     const char *xml, const char *runtime_directory, gboolean paused,
                     GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (vmi, NULL, callback, user_data);
  Launch *launch = g_new0 (Launch, 1);

  launch->environment = bv_environment_ref (environment);
  launch->vmi = g_object_ref (vmi);
  launch->domain_name = g_strdup (domain_name);
  launch->xml = g_strdup (xml);
  launch->runtime_directory = g_strdup (runtime_directory);
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
