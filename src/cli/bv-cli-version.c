/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-client.h"
#include "cli/bv-cli-output.h"
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

/* MANAGER is NULL where no service answers. */
static void
print_data (BvDBusManager *manager, BvOutput output)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "barevirt", "s", BV_VERSION);
  if (manager != NULL)
    {
      g_variant_dict_insert (&dict, "barevirtd", "s", bv_dbus_manager_get_version (manager));
      g_variant_dict_insert (&dict, "libvirt", "s", bv_dbus_manager_get_libvirt_version (manager));
      g_variant_dict_insert (&dict, "hypervisor", "s", bv_dbus_manager_get_hypervisor (manager));
      g_variant_dict_insert (&dict, "hypervisorVersion", "s",
                             bv_dbus_manager_get_hypervisor_version (manager));
    }
  bv_cli_print_variant (g_variant_dict_end (&dict), output);
}

/* The command's own version is told whether or not a service answers. */
int
bv_cli_version (int argc, char **argv)
{
  g_auto (BvCliOptions) options = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (BvCliClient) client = NULL;

  if (!bv_cli_options_parse_output (&options, NULL, BV_OUTPUT_JSON, &argc, &argv, &error))
    return bv_cli_misuse ("%s", error->message);
  client = bv_cli_client_new_for_manager (&options, &error);
  if (client == NULL)
    bv_cli_warn (_ ("No service answers: %s"), error->message);
  if (options.output != BV_OUTPUT_TABLE)
    print_data (client != NULL ? bv_cli_client_get_manager (client) : NULL, options.output);
  else if (client != NULL)
    print_service (bv_cli_client_get_manager (client));
  else
    g_print ("barevirt %s\n", BV_VERSION);
  return 0;
}
