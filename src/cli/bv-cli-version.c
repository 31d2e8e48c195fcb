/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-client.h"
#include "cli/bv-cli-table.h"
#include "cli/bv-cli.h"

#include <glib/gi18n.h>

static void
print_service (BvDBusManager *manager)
{
  const char *const titles[] = { _ ("PART"), _ ("VERSION"), NULL };
  g_autoptr (BvCliTable) table = bv_cli_table_new (titles);
  const char *hypervisor = bv_dbus_manager_get_hypervisor (manager);

  bv_cli_table_add (table, "barevirt", BV_VERSION, NULL);
  bv_cli_table_add (table, "barevirtd", bv_dbus_manager_get_version (manager), NULL);
  bv_cli_table_add (table, "libvirt", bv_dbus_manager_get_libvirt_version (manager), NULL);
  bv_cli_table_add (table,
                    hypervisor != NULL && hypervisor[0] != '\0' ? hypervisor : _ ("hypervisor"),
                    bv_dbus_manager_get_hypervisor_version (manager), NULL);
  bv_cli_table_print (table);
}

/* The command's own version is told whether or not a service answers. */
int
bv_cli_version (int argc, char **argv)
{
  g_auto (BvCliOptions) options = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (BvCliClient) client = NULL;

  if (!bv_cli_options_parse (&options, NULL, &argc, &argv, &error))
    return bv_cli_misuse ("%s", error->message);
  client = bv_cli_client_new (&options, &error);
  if (client == NULL)
    {
      g_print ("barevirt %s\n", BV_VERSION);
      g_printerr (_ ("No service answers: %s\n"), error->message);
      return 0;
    }
  print_service (bv_cli_client_get_manager (client));
  return 0;
}
