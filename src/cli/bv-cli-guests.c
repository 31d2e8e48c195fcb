/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-client.h"
#include "cli/bv-cli.h"

#include <glib/gi18n.h>

/* stop and start of all guests, for barevirt-guests.service. */

static gboolean
is_up (BvDBusObject *object)
{
  BvDBusVirtualMachineInstance *vmi = bv_dbus_object_peek_virtual_machine_instance (object);
  const char *phase = vmi != NULL ? bv_dbus_virtual_machine_instance_get_phase (vmi) : NULL;

  return phase != NULL && !g_str_equal (phase, "Succeeded") && !g_str_equal (phase, "Failed");
}

static guint
count_up (BvCliClient *client)
{
  g_autoptr (GPtrArray) all = bv_cli_client_list (client, "VirtualMachineInstance", NULL);
  guint n = 0;

  for (guint i = 0; i < all->len; i++)
    n += is_up (all->pdata[i]);
  return n;
}

/* The service ends each within its own time. */
static void
wait_for_all (BvCliClient *client)
{
  guint left = count_up (client);

  while (left > 0)
    {
      guint before = left;

      g_main_context_iteration (NULL, TRUE);
      left = count_up (client);
      if (left < before)
        g_print (ngettext ("%u guest is still up\n", "%u guests are still up\n", left), left);
    }
}

static gboolean
tell (BvCliClient *client, gboolean start, GError **error)
{
  BvDBusManager *manager = bv_cli_client_get_manager (client);
  GVariant *options = g_variant_new ("a{sv}", NULL);

  if (start)
    return bv_dbus_manager_call_start_guests_sync (manager, options, NULL, error);
  if (!bv_dbus_manager_call_stop_guests_sync (manager, options, NULL, error))
    return FALSE;
  wait_for_all (client);
  return TRUE;
}

int
bv_cli_guests (int argc, char **argv)
{
  g_auto (BvCliOptions) options = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (BvCliClient) client = NULL;
  gboolean start;

  if (!bv_cli_options_parse (&options, NULL, &argc, &argv, &error))
    return bv_cli_misuse ("%s", error->message);
  start = argc == 2 && g_str_equal (argv[1], "start");
  if (argc != 2 || (!start && !g_str_equal (argv[1], "stop")))
    return bv_cli_misuse (_ ("Say “barevirt guests stop” or “barevirt guests start”."));
  client = bv_cli_client_new (&options, &error);
  if (client == NULL || !tell (client, start, &error))
    return bv_cli_fail (error);
  return 0;
}
