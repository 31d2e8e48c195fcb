/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-options.h"
#include "cli/bv-cli.h"
#include "model/bv-model-resources.h"

int
bv_cli_schema (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) schema = NULL;

  if (!bv_cli_parse (NULL, &argc, &argv, &error))
    return bv_cli_misuse ("%s", error->message);
  schema = g_resource_lookup_data (bv_model_get_resource (), "/org/barevirt1/schema.json",
                                   G_RESOURCE_LOOKUP_FLAGS_NONE, &error);
  if (schema == NULL)
    return bv_cli_fail (error);
  g_print ("%.*s", (int)g_bytes_get_size (schema), (const char *)g_bytes_get_data (schema, NULL));
  return 0;
}
