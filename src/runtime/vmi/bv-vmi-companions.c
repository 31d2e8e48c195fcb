/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vmi/bv-vmi-runtime-private.h"

#include <glib/gi18n-lib.h>

#include "host/companion/bv-companion.h"

/* What is told when a helper process ends while its guest runs on. */

/* A guest that ends takes its helpers along in the same instant, and libvirt tells of it later. */
#define GRACE_SECONDS 2

typedef struct
{
  BvVmiRuntime *runtime;
  char *name;
} Ended;

static void
ended_free (Ended *self)
{
  g_object_unref (self->runtime);
  g_free (self->name);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Ended, ended_free)

static void
tell (BvVmiRuntime *self, const char *name)
{
  g_autofree char *message = g_strdup_printf (
      _ ("The helper process %s of the guest has ended, and what it served does not answer any "
         "more. Restart the guest."),
      name);

  bv_conditions_set (self->conditions, "HelpersRunning", FALSE, "HelperEnded", message);
  bv_vmi_runtime_tell (self, "Warning", "HelperEnded", message);
  bv_vmi_runtime_notify (self);
}

static void
bv_vmi_runtime_helper_checked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Ended) ended = user_data;
  BvVmiRuntime *self = ended->runtime;
  g_autoptr (BvDomainInfo) info = bv_domain_get_info_finish (BV_CONNECTION (source), result, NULL);

  if (info != NULL && bv_domain_state_is_active (info->state) && self->companions != NULL &&
      !self->status->stopping)
    tell (self, ended->name);
}

static gboolean
bv_vmi_runtime_helper_ended_cb (gpointer user_data)
{
  Ended *ended = user_data;
  BvVmiRuntime *self = ended->runtime;

  bv_domain_get_info_async (self->environment->connection, self->domain_name, NULL,
                            bv_vmi_runtime_helper_checked_cb, ended);
  return G_SOURCE_REMOVE;
}

static void
ended_cb (BvVmiRuntime *self, const char *name)
{
  Ended *ended = g_new0 (Ended, 1);

  ended->runtime = g_object_ref (self);
  ended->name = g_strdup (name);
  g_timeout_add_seconds (GRACE_SECONDS, bv_vmi_runtime_helper_ended_cb, ended);
}

void
bv_vmi_runtime_watch_companions (BvVmiRuntime *self)
{
  g_autofree char *folder = bv_companion_build_folder (self->status->runtime_directory);

  if (self->companions != NULL)
    return;
  self->companions = bv_companion_watch_new (folder);
  if (self->companions != NULL)
    g_signal_connect_object (self->companions, "ended", G_CALLBACK (ended_cb), self,
                             G_CONNECT_SWAPPED);
}

void
bv_vmi_runtime_unwatch_companions (BvVmiRuntime *self)
{
  g_clear_object (&self->companions);
}
