/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-target.h"

#include "model/bv-error.h"

#include <gio/gunixfdlist.h>
#include <glib/gi18n.h>
#include <string.h>

gboolean
bv_cli_target_find (BvCliTarget *self, const BvCliOptions *options, const char *word,
                    GError **error)
{
  self->name = bv_cli_target_get_name (word);
  self->client = bv_cli_client_new (options, error);
  if (self->client == NULL)
    return FALSE;
  self->object = bv_cli_client_find (self->client, "VirtualMachineInstance", self->name, error);
  if (self->object == NULL)
    return FALSE;
  self->vmi = bv_dbus_object_peek_virtual_machine_instance (self->object);
  return TRUE;
}

static gboolean
is_paused (BvDBusVirtualMachineInstance *vmi)
{
  g_autoptr (GVariant) conditions = bv_dbus_virtual_machine_instance_dup_conditions (vmi);
  gsize n = conditions != NULL ? g_variant_n_children (conditions) : 0;

  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) condition = g_variant_get_child_value (conditions, i);
      const char *type = NULL, *status = NULL;

      g_variant_lookup (condition, "type", "&s", &type);
      g_variant_lookup (condition, "status", "&s", &status);
      if (g_strcmp0 (type, "Paused") == 0 && g_strcmp0 (status, "True") == 0)
        return TRUE;
    }
  return FALSE;
}

gboolean
bv_cli_target_check_awake (const BvCliTarget *self, GError **error)
{
  const char *phase = bv_dbus_virtual_machine_instance_get_phase (self->vmi);
  const char *namespace =
      bv_dbus_stored_object_get_namespace (bv_dbus_object_peek_stored_object (self->object));

  if (g_strcmp0 (phase, "Running") != 0)
    g_set_error (
        error, BV_ERROR, BV_ERROR_NOT_RUNNING,
        _ ("VirtualMachineInstance %s/%s does not run: its phase is %s. “barevirt describe "
           "vmi %s -n %s” tells more."),
        namespace, self->name, phase, self->name, namespace);
  else if (is_paused (self->vmi))
    g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT,
                 _ ("VirtualMachineInstance %s/%s is paused, and nothing in its guest answers. "
                    "“barevirt unpause %s -n %s” lets it go on."),
                 namespace, self->name, self->name, namespace);
  else
    return TRUE;
  return FALSE;
}

const char *
bv_cli_target_get_name (const char *word)
{
  static const char *const kinds[] = { "vm/", "vmi/" };

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_has_prefix (word, kinds[i]))
      return word + strlen (kinds[i]);
  return word;
}

void
bv_cli_target_clear (BvCliTarget *self)
{
  g_clear_object (&self->object);
  g_clear_pointer (&self->client, bv_cli_client_free);
}

int
bv_cli_take_fd (GVariant *handle, GUnixFDList *list, GError **error)
{
  return g_unix_fd_list_get (list, g_variant_get_handle (handle), error);
}
