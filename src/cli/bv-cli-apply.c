/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-client.h"
#include "cli/bv-cli-jobs.h"
#include "cli/bv-cli-manifest.h"
#include "cli/bv-cli-output.h"
#include "cli/bv-cli.h"
#include "model/bv-error.h"

#include <glib/gi18n.h>
#include <string.h>

typedef struct
{
  BvCliOptions common;
  char **files;
  gboolean skip_unknown;
  gboolean wait;
  GVariantBuilder *results; /* for yaml and json */
  guint n_objects;          /* that were applied */
} Options;

static void
options_clear (Options *self)
{
  bv_cli_options_clear (&self->common);
  g_clear_pointer (&self->files, g_strfreev);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static void
add_result (GVariantBuilder *results, const char *path, const char *name, const char *result)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "object", "s", name);
  g_variant_dict_insert (&dict, "path", "s", path);
  g_variant_dict_insert (&dict, "result", "s", result);
  g_variant_builder_add_value (results, g_variant_dict_end (&dict));
}

/* For programs they are kept until all files are applied. */
static void
print_objects (BvCliClient *client, GVariant *objects, Options *options)
{
  GVariantIter iter;
  const char *path;
  const char *result;

  /* The objects' own signals come before the reply, and are handled here. */
  while (g_main_context_iteration (NULL, FALSE))
    ;
  options->n_objects += (guint)g_variant_n_children (objects);
  g_variant_iter_init (&iter, objects);
  while (g_variant_iter_next (&iter, "(&o&s)", &path, &result))
    {
      g_autofree char *name = bv_cli_short_name (client, path);

      if (options->common.output == BV_OUTPUT_NAME)
        g_print ("%s\n", name);
      else if (options->common.output != BV_OUTPUT_TABLE)
        add_result (options->results, path, name, result);
      else
        g_print ("%s %s\n", name, result);
    }
}

static gboolean
wait_for_jobs (BvCliClient *client, char **jobs, GError **error)
{
  for (; *jobs != NULL; jobs++)
    if (!bv_cli_client_wait_for_job (client, *jobs, error))
      return FALSE;
  return TRUE;
}

/* The causes with their places, in place of the error's one text. */
static void
print_refusal (const char *path, GBytes *bytes, const Options *options)
{
  g_autoptr (BvManifest) manifest = bv_manifest_new_from_bytes (
      bytes, path, options->skip_unknown ? BV_MANIFEST_SKIP_UNKNOWN : BV_MANIFEST_NONE);
  g_autoptr (BvPolicy) policy = bv_cli_policy_new ();
  g_autoptr (GPtrArray) causes = bv_cli_admit (manifest, policy);

  bv_cli_print_causes (causes);
}

static gboolean
apply_file (BvCliClient *client, const char *path, Options *options, GError **error)
{
  g_autoptr (GBytes) bytes = bv_cli_read_bytes (path, error);
  g_autofree char *text = NULL;
  g_autoptr (GVariant) objects = NULL;
  g_auto (GStrv) jobs = NULL;
  GVariantDict extra;

  if (bytes == NULL)
    return FALSE;
  text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  g_variant_dict_init (&extra, NULL);
  g_variant_dict_insert (&extra, "file", "s", path);
  g_variant_dict_insert (&extra, "skip-unknown", "b", options->skip_unknown);
  if (!g_utf8_validate (text, -1, NULL) || strlen (text) != g_bytes_get_size (bytes))
    {
      g_variant_dict_clear (&extra);
      print_refusal (path, bytes, options);
      g_set_error (error, BV_ERROR, BV_ERROR_INVALID_MANIFEST,
                   _ ("“%s” is refused; nothing was changed."), path);
      return FALSE;
    }
  if (!bv_dbus_manager_call_apply_sync (bv_cli_client_get_manager (client), text,
                                        g_variant_dict_end (&extra), &objects, &jobs, NULL, error))
    return FALSE;
  print_objects (client, objects, options);
  return !options->wait || wait_for_jobs (client, jobs, error);
}

static int
apply_files (BvCliClient *client, char **paths, Options *options)
{
  g_auto (GVariantBuilder) results = { 0 };
  g_autoptr (GError) error = NULL;
  gboolean good = TRUE;
  GVariantDict dict;

  g_variant_builder_init (&results, G_VARIANT_TYPE ("aa{sv}"));
  options->results = &results;
  for (char **path = paths; *path != NULL && good; path++)
    good = apply_file (client, *path, options, &error);
  good = good && bv_cli_check_found (options->n_objects, paths, options->skip_unknown, &error);
  if (options->common.output == BV_OUTPUT_YAML || options->common.output == BV_OUTPUT_JSON)
    {
      g_variant_dict_init (&dict, NULL);
      g_variant_dict_insert (&dict, "objects", "aa{sv}", &results);
      bv_cli_print_variant (g_variant_dict_end (&dict), options->common.output);
    }
  return good ? 0 : bv_cli_fail (error);
}

int
bv_cli_apply (int argc, char **argv)
{
  g_auto (Options) options = { 0 };
  const GOptionEntry entries[] = {
    { "filename", 'f', 0, G_OPTION_ARG_FILENAME_ARRAY, &options.files,
      N_ ("A manifest, a folder of them, or - for standard input"), N_ ("FILE") },
    { "skip-unknown", 0, 0, G_OPTION_ARG_NONE, &options.skip_unknown,
      N_ ("Leave out objects of unknown kinds"), NULL },
    { "wait", 'w', 0, G_OPTION_ARG_NONE, &options.wait, N_ ("Wait for what this begins"), NULL },
    { NULL },
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (BvCliClient) client = NULL;
  g_auto (GStrv) paths = NULL;

  if (!bv_cli_options_parse_output (&options.common, entries, BV_OUTPUT_NAME, &argc, &argv, &error))
    return bv_cli_misuse ("%s", error->message);
  if (options.files == NULL)
    return bv_cli_misuse (_ ("“barevirt apply” needs a manifest: -f FILE."));
  paths = bv_cli_list_manifests (options.files, &error);
  if (paths == NULL)
    return bv_cli_fail (error);
  client = bv_cli_client_new (&options.common, &error);
  if (client == NULL)
    return bv_cli_fail (error);
  return apply_files (client, paths, &options);
}
