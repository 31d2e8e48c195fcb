/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-target.h"

#include <gio/gunixfdlist.h>
#include <string.h>

gboolean
bv_cli_target_find (BvCliTarget *self, const BvCliOptions *options, const char *name,
                    GError **error)
{
  self->client = bv_cli_client_new (options, error);
  if (self->client == NULL)
    return FALSE;
  self->object = bv_cli_client_find (self->client, "VirtualMachineInstance", name, error);
  if (self->object == NULL)
    return FALSE;
  self->vmi = bv_dbus_object_peek_virtual_machine_instance (self->object);
  return TRUE;
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
