/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-options.h"

#include "model/bv-error.h"

#include <glib/gi18n.h>

void
bv_cli_options_clear (BvCliOptions *self)
{
  g_clear_pointer (&self->address, g_free);
  g_clear_pointer (&self->namespace, g_free);
  g_clear_pointer (&self->output_name, g_free);
}

gboolean
bv_cli_parse_output (const char *name, BvOutput *output, GError **error)
{
  static const char *const names[] = { "table", "yaml", "json" };

  *output = BV_OUTPUT_TABLE;
  if (name == NULL)
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (names[i], name))
      {
        *output = i;
        return TRUE;
      }
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
               _ ("There is no output “%s”; choose table, yaml or json."), name);
  return FALSE;
}

/* Without options the environment variable BAREVIRT_BUS decides: `system`, `session` or an address.
 */
static void
choose_bus (BvCliOptions *self)
{
  const char *bus = g_getenv ("BAREVIRT_BUS");

  if (self->system || self->session || self->address != NULL || bus == NULL)
    return;
  if (g_str_equal (bus, "session"))
    self->session = TRUE;
  else if (!g_str_equal (bus, "system"))
    self->address = g_strdup (bus);
}

/* Reads the common options and ENTRIES, the verb's own (may be NULL). */
gboolean
bv_cli_options_parse (BvCliOptions *self, const GOptionEntry *entries, const char *arguments,
                      int *argc, char ***argv, GError **error)
{
  const GOptionEntry common[] = {
    { "session", 0, 0, G_OPTION_ARG_NONE, &self->session, N_ ("Speak to the session's service"),
      NULL },
    { "system", 0, 0, G_OPTION_ARG_NONE, &self->system,
      N_ ("Speak to the system's service (the default)"), NULL },
    { "address", 0, 0, G_OPTION_ARG_STRING, &self->address,
      N_ ("Speak to the service on the bus at ADDRESS"), N_ ("ADDRESS") },
    { "namespace", 'n', 0, G_OPTION_ARG_STRING, &self->namespace,
      N_ ("The objects' namespace (“default”)"), N_ ("NAMESPACE") },
    { "output", 'o', 0, G_OPTION_ARG_STRING, &self->output_name, N_ ("table, yaml or json"),
      N_ ("FORMAT") },
    { NULL },
  };
  g_autoptr (GOptionContext) parser = g_option_context_new (arguments);

  if (entries != NULL)
    g_option_context_add_main_entries (parser, entries, GETTEXT_PACKAGE);
  g_option_context_add_main_entries (parser, common, GETTEXT_PACKAGE);
  if (!g_option_context_parse (parser, argc, argv, error))
    return FALSE;
  choose_bus (self);
  return bv_cli_parse_output (self->output_name, &self->output, error);
}
