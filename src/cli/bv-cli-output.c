/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-output.h"

#include "model/bv-encode.h"
#include "model/bv-error.h"

#include <glib/gi18n.h>

/* NAME may be NULL, for a table; the verb knows the outputs up to LAST. */
gboolean
bv_cli_parse_output (const char *name, BvOutput last, BvOutput *output, GError **error)
{
  static const char *const names[] = { "table", "yaml", "json", "name" };

  *output = BV_OUTPUT_TABLE;
  if (name == NULL)
    return TRUE;
  for (guint i = 0; i <= last; i++)
    if (g_str_equal (names[i], name))
      {
        *output = i;
        return TRUE;
      }
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
               last == BV_OUTPUT_NAME
                   ? _ ("There is no output “%s”; choose table, yaml, json or name.")
                   : _ ("There is no output “%s”; choose table, yaml or json."),
               name);
  return FALSE;
}

/* As JSON, or else as YAML. */
void
bv_cli_print_node (const BvNode *node, BvOutput output)
{
  g_autofree char *text =
      output == BV_OUTPUT_JSON ? bv_node_to_json (node, TRUE) : bv_node_to_yaml (node);

  g_print ("%s%s", text, g_str_has_suffix (text, "\n") ? "" : "\n");
}

/* Takes VARIANT where it floats. */
void
bv_cli_print_variant (GVariant *variant, BvOutput output)
{
  g_autoptr (BvArena) arena = bv_arena_new ();
  g_autoptr (GVariant) data = g_variant_ref_sink (variant);

  bv_cli_print_node (bv_node_new_from_variant (arena, data), output);
}
