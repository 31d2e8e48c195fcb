/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-options.h"

#include "cli/bv-cli.h"
#include "model/bv-error.h"

#include <glib/gi18n.h>

void
bv_cli_options_clear (BvCliOptions *self)
{
  g_clear_pointer (&self->address, g_free);
  g_clear_pointer (&self->namespace, g_free);
  g_clear_pointer (&self->output_name, g_free);
}

const char *
bv_cli_options_get_namespace (const BvCliOptions *self)
{
  return self->namespace != NULL ? self->namespace : "default";
}

static gboolean
count_arguments (const BvVerb *verb, int argc, char **argv, GError **error)
{
  guint given = argc - 1;

  if (given <= verb->max_arguments)
    return TRUE;
  if (g_str_has_prefix (verb->arguments, "-f "))
    {
      g_set_error (
          error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
          _ ("“%s” is one argument too many: a manifest comes behind -f. “barevirt %s --help” "
             "tells what it takes."),
          argv[1], verb->name);
      return FALSE;
    }
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
               _ ("“%s” is one argument too many; “barevirt %s --help” tells what it takes."),
               argv[verb->max_arguments + 1], verb->name);
  return FALSE;
}

static gboolean
parse (const GOptionEntry *entries, const GOptionEntry *output, const GOptionEntry *common,
       int *argc, char ***argv, GError **error)
{
  const BvVerb *verb = bv_verb_find ((*argv)[0]);
  g_autofree char *program = g_strdup_printf ("barevirt %s", verb->name);
  g_autoptr (GOptionContext) parser =
      g_option_context_new (verb->arguments[0] == '\0' ? NULL : _ (verb->arguments));

  /* So that the usage line begins with what is to be written. */
  g_set_prgname (program);

  g_option_context_set_summary (parser, _ (verb->summary));
  if (entries != NULL)
    g_option_context_add_main_entries (parser, entries, GETTEXT_PACKAGE);
  if (output != NULL)
    g_option_context_add_main_entries (parser, output, GETTEXT_PACKAGE);
  if (common != NULL)
    g_option_context_add_main_entries (parser, common, GETTEXT_PACKAGE);
  return g_option_context_parse (parser, argc, argv, error) &&
         count_arguments (verb, *argc, *argv, error);
}

/* Reads the options of a verb that needs no service, ENTRIES (may be NULL). */
gboolean
bv_cli_parse (const GOptionEntry *entries, int *argc, char ***argv, GError **error)
{
  return parse (entries, NULL, NULL, argc, argv, error);
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

static gboolean
check_bus (const BvCliOptions *self, GError **error)
{
  if (self->system + self->session + (self->address != NULL) <= 1)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
               _ ("Of --system, --session and --address only one can be given."));
  return FALSE;
}

static gboolean
parse_common (BvCliOptions *self, const GOptionEntry *entries, const GOptionEntry *output,
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
    { NULL },
  };

  if (!parse (entries, output, common, argc, argv, error) || !check_bus (self, error))
    return FALSE;
  choose_bus (self);
  return TRUE;
}

/* Reads the common options and ENTRIES, the verb's own (may be NULL). */
gboolean
bv_cli_options_parse (BvCliOptions *self, const GOptionEntry *entries, int *argc, char ***argv,
                      GError **error)
{
  return parse_common (self, entries, NULL, argc, argv, error);
}

gboolean
bv_cli_options_parse_output (BvCliOptions *self, const GOptionEntry *entries, BvOutput last,
                             int *argc, char ***argv, GError **error)
{
  const GOptionEntry output[] = {
    { "output", 'o', 0, G_OPTION_ARG_STRING, &self->output_name,
      last == BV_OUTPUT_NAME ? N_ ("table, yaml, json or name") : N_ ("table, yaml or json"),
      N_ ("FORMAT") },
    { NULL },
  };

  return parse_common (self, entries, output, argc, argv, error) &&
         bv_cli_parse_output (self->output_name, last, &self->output, error);
}

/* Fewer would be taken for none given, and the verb would do what nobody asked for. */
gboolean
bv_cli_check_seconds (const char *option, gint64 seconds, gint64 least, GError **error)
{
  if (seconds >= least || seconds == BV_CLI_NOT_GIVEN)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
               _ ("%s cannot be %" G_GINT64_FORMAT ": give %" G_GINT64_FORMAT " seconds or more."),
               option, seconds, least);
  return FALSE;
}
