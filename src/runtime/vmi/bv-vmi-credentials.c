/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vmi/bv-vmi-runtime-private.h"

#include "model/bv-object-private.h"
#include "model/bv-vmi-private.h"

#include <glib/gi18n-lib.h>

#define CONDITION "AccessCredentialsSynchronized"

/* The access credentials of a VMI that its guest's agent sets. */

static const BvApiSecret *
find_secret (const char *name, gpointer user_data)
{
  BvVmiRuntime *self = user_data;
  const char *namespace = bv_object_get_namespace (bv_entry_get_object (self->entry));
  BvEntry *entry = self->environment->registry != NULL
                       ? bv_registry_find (self->environment->registry, "Secret", namespace, name)
                       : NULL;

  return entry != NULL ? bv_object_get_record (bv_entry_get_object (entry)) : NULL;
}

static BvAccessPlan *
make_plan (gpointer user_data)
{
  BvVmiRuntime *self = user_data;

  return bv_access_plan_new (bv_vmi_get_record (BV_VMI (bv_entry_get_object (self->entry)))->spec,
                             find_secret, self);
}

static void
synchronized_cb (BvVmiRuntime *self, gboolean done, const char *message)
{
  g_autofree char *failure =
      done ? NULL : g_strdup_printf (_ ("Access credentials sync failed: %s"), message);

  if (!bv_conditions_set (self->conditions, CONDITION, done, NULL, message))
    return;
  if (done)
    bv_vmi_runtime_tell (self, "Normal", "AccessCredentialsSyncSuccess",
                         _ ("Access credentials sync successful."));
  else
    bv_vmi_runtime_tell (self, "Warning", "AccessCredentialsSyncFailed", failure);
  bv_vmi_runtime_notify (self);
}

/* When the agent begins to answer. */
static void
agent_responsive_cb (BvVmiRuntime *self)
{
  if (bv_vmi_runtime_get_agent (self) != NULL)
    bv_access_credentials_update (self->credentials);
  else
    bv_access_credentials_stop (self->credentials);
}

/* The Secrets may have changed. */
void
bv_vmi_runtime_update_credentials (BvVmiRuntime *self)
{
  if (self->credentials != NULL && bv_vmi_runtime_get_agent (self) != NULL)
    bv_access_credentials_update (self->credentials);
}

void
bv_vmi_runtime_start_credentials (BvVmiRuntime *self)
{
  if (!bv_access_plan_is_wanted (
          bv_vmi_get_record (BV_VMI (bv_entry_get_object (self->entry)))->spec))
    return;
  /* KubeVirt says so at once, with a warning at each boot. */
  if (bv_conditions_get_message (self->conditions, CONDITION) == NULL)
    bv_conditions_set (self->conditions, CONDITION, FALSE, NULL,
                       _ ("The guest's agent, which sets them, has not answered yet."));
  self->credentials = bv_access_credentials_new (self->agent, make_plan, self);
  g_signal_connect_object (self->credentials, "synchronized", G_CALLBACK (synchronized_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->agent, "notify::responsive", G_CALLBACK (agent_responsive_cb),
                           self, G_CONNECT_SWAPPED);
}

void
bv_vmi_runtime_drop_credentials (BvVmiRuntime *self)
{
  if (self->credentials == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->credentials, self);
  bv_access_credentials_stop (self->credentials);
  g_clear_object (&self->credentials);
}
