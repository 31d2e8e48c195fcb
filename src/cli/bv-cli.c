/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli.h"

#include <glib/gi18n.h>

static const BvVerb verbs[] = {
  { "convert", N_ ("[--context FILE] MANIFEST"), N_ ("Print the libvirt domain of each VMI"),
    bv_cli_convert },
  { "validate", N_ ("[--output json] MANIFEST"), N_ ("Tell what is wrong with a manifest"),
    bv_cli_validate },
  { "schema", "", N_ ("Print the JSON Schema of all objects"), bv_cli_schema },
};

/* Tells the error, and returns the exit status for it. */
int
bv_cli_fail (GError *error)
{
  g_dbus_error_strip_remote_error (error);
  g_printerr ("barevirt: %s\n", error->message);
  return 1;
}

static void
print_help (void)
{
  g_print (_ ("Usage: barevirt VERB [OPTION…] [ARGUMENT…]\n\nVerbs:\n"));
  for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++)
    g_print ("  %-10s %-28s %s\n", verbs[i].name, _ (verbs[i].arguments), _ (verbs[i].summary));
  g_print (_ ("\n“barevirt VERB --help” tells a verb's options.\n"));
}

int
bv_cli_run (int argc, char **argv)
{
  if (argc < 2 || g_str_equal (argv[1], "--help") || g_str_equal (argv[1], "-h"))
    {
      print_help ();
      return argc < 2 ? 2 : 0;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++)
    if (g_str_equal (verbs[i].name, argv[1]))
      return verbs[i].run (argc - 1, argv + 1);
  g_printerr (_ ("barevirt: There is no verb “%s”; “barevirt --help” lists them.\n"), argv[1]);
  return 2;
}
