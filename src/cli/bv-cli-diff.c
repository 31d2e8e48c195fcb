/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-client.h"
#include "cli/bv-cli-manifest.h"
#include "cli/bv-cli-text.h"
#include "cli/bv-cli.h"
#include "model/bv-error.h"

#include <glib/gi18n.h>
#include <string.h>

typedef struct
{
  BvCliOptions common;
  char **files;
  gboolean skip_unknown;
  gboolean refused; /* something is */
  guint n_objects;
} Options;

static void
options_clear (Options *self)
{
  bv_cli_options_clear (&self->common);
  g_clear_pointer (&self->files, g_strfreev);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static void
print_field (GVariant *change)
{
  g_autofree char *field = bv_cli_dict_text (change, "field");
  g_autofree char *effect = bv_cli_dict_text (change, "effect");
  g_autofree char *before = bv_cli_dict_text (change, "old");
  g_autofree char *after = bv_cli_dict_text (change, "new");

  g_print ("  %-11s %s: %s -> %s\n", effect, field, before[0] != '\0' ? before : _ ("(none)"),
           after[0] != '\0' ? after : _ ("(none)"));
}

static void
print_object (GVariant *object, Options *options)
{
  g_autoptr (GVariant) fields =
      g_variant_lookup_value (object, "fields", G_VARIANT_TYPE ("aa{sv}"));
  g_autofree char *kind = bv_cli_dict_text (object, "kind");
  g_autofree char *name = bv_cli_dict_text (object, "name");
  g_autofree char *word = g_ascii_strdown (kind, -1);
  g_autofree char *result = bv_cli_dict_text (object, "result");
  g_autofree char *message = bv_cli_dict_text (object, "message");

  g_print ("%s/%s %s%s%s\n", word, name, result, message[0] != '\0' ? ": " : "", message);
  options->refused |= g_str_equal (result, "refused");
  for (gsize i = 0; fields != NULL && i < g_variant_n_children (fields); i++)
    {
      g_autoptr (GVariant) change = g_variant_get_child_value (fields, i);

      print_field (change);
    }
}

static gboolean
diff_file (BvCliClient *client, const char *path, Options *options, GError **error)
{
  g_autoptr (GBytes) bytes = bv_cli_read_bytes (path, error);
  g_autoptr (GVariant) objects = NULL;
  g_autofree char *text = NULL;
  GVariantDict extra;

  if (bytes == NULL)
    return FALSE;
  text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  if (!g_utf8_validate (text, -1, NULL) || strlen (text) != g_bytes_get_size (bytes))
    {
      g_set_error (error, BV_ERROR, BV_ERROR_INVALID_MANIFEST,
                   _ ("“%s” is no text in UTF-8, and so no manifest."), path);
      return FALSE;
    }
  g_variant_dict_init (&extra, NULL);
  g_variant_dict_insert (&extra, "file", "s", path);
  g_variant_dict_insert (&extra, "skip-unknown", "b", options->skip_unknown);
  if (!bv_dbus_manager_call_diff_sync (bv_cli_client_get_manager (client), text,
                                       g_variant_dict_end (&extra), &objects, NULL, error))
    return FALSE;
  options->n_objects += (guint)g_variant_n_children (objects);
  for (gsize i = 0; i < g_variant_n_children (objects); i++)
    {
      g_autoptr (GVariant) object = g_variant_get_child_value (objects, i);

      print_object (object, options);
    }
  return TRUE;
}

int
bv_cli_diff (int argc, char **argv)
{
  g_auto (Options) options = { 0 };
  const GOptionEntry entries[] = {
    { "filename", 'f', 0, G_OPTION_ARG_FILENAME_ARRAY, &options.files,
      N_ ("A manifest, a folder of them, or - for standard input"), N_ ("FILE") },
    { "skip-unknown", 0, 0, G_OPTION_ARG_NONE, &options.skip_unknown,
      N_ ("Leave out objects of unknown kinds"), NULL },
    { NULL },
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (BvCliClient) client = NULL;
  g_auto (GStrv) paths = NULL;

  if (!bv_cli_options_parse (&options.common, entries, &argc, &argv, &error))
    return bv_cli_misuse ("%s", error->message);
  if (options.files == NULL)
    return bv_cli_misuse (_ ("“barevirt diff” needs a manifest: -f FILE."));
  paths = bv_cli_list_manifests (options.files, &error);
  if (paths == NULL)
    return bv_cli_fail (error);
  client = bv_cli_client_new_for_manager (&options.common, &error);
  if (client == NULL)
    return bv_cli_fail (error);
  for (char **path = paths; *path != NULL; path++)
    if (!diff_file (client, *path, &options, &error))
      return bv_cli_fail (error);
  if (!bv_cli_check_found (options.n_objects, paths, options.skip_unknown, &error))
    return bv_cli_fail (error);
  return options.refused ? BV_CLI_FAILURE : 0;
}
