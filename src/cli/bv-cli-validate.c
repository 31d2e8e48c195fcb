/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-manifest.h"
#include "cli/bv-cli-options.h"
#include "cli/bv-cli-output.h"
#include "cli/bv-cli.h"
#include "model/bv-cause-private.h"

#include <glib/gi18n.h>

typedef struct
{
  char *output_name;
  BvOutput output;
  gboolean skip_unknown;
} Options;

static void
options_clear (Options *self)
{
  g_clear_pointer (&self->output_name, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static void
print_causes (GPtrArray *causes, BvOutput output)
{
  GVariantBuilder list;
  GVariantBuilder whole;

  if (output == BV_OUTPUT_TABLE)
    {
      bv_cli_print_causes (causes);
      return;
    }
  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < causes->len; i++)
    g_variant_builder_add_value (&list, bv_cause_to_variant (causes->pdata[i]));
  g_variant_builder_init (&whole, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&whole, "{sv}", "causes", g_variant_builder_end (&list));
  bv_cli_print_variant (g_variant_builder_end (&whole), output);
}

/* Every manifest is judged, also after one that cannot be read. */
static int
validate (char **paths, const Options *options)
{
  g_autoptr (GPtrArray) causes = g_ptr_array_new_with_free_func ((GDestroyNotify)bv_cause_unref);
  g_autoptr (BvPolicy) policy = bv_cli_policy_new ();
  g_autoptr (GError) nothing = NULL;
  guint n_objects = 0;
  int status = 0;

  for (char **path = paths; *path != NULL; path++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (BvManifest) manifest = bv_cli_read_manifest (
          *path, options->skip_unknown ? BV_MANIFEST_SKIP_UNKNOWN : BV_MANIFEST_NONE, &error);

      if (manifest == NULL)
        status = bv_cli_fail (error);
      else
        g_ptr_array_extend_and_steal (causes, bv_cli_admit (manifest, policy));
      if (manifest != NULL)
        n_objects += g_list_model_get_n_items (bv_manifest_get_objects (manifest));
    }
  if (status == 0 && causes->len == 0 &&
      !bv_cli_check_found (n_objects, paths, options->skip_unknown, &nothing))
    status = bv_cli_fail (nothing);
  print_causes (causes, options->output);
  return bv_causes_have_error (causes) ? BV_CLI_FAILURE : status;
}

int
bv_cli_validate (int argc, char **argv)
{
  g_auto (Options) options = { 0 };
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_STRING, &options.output_name,
      N_ ("Print the causes as yaml or json"), N_ ("FORMAT") },
    { "skip-unknown", 0, 0, G_OPTION_ARG_NONE, &options.skip_unknown,
      N_ ("Leave out objects of unknown kinds"), NULL },
    { NULL },
  };
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) paths = NULL;

  if (!bv_cli_parse (entries, &argc, &argv, &error) ||
      !bv_cli_parse_output (options.output_name, BV_OUTPUT_JSON, &options.output, &error))
    return bv_cli_misuse ("%s", error->message);
  paths = bv_cli_list_manifests (argv + 1, &error);
  if (paths == NULL)
    return bv_cli_fail (error);
  return validate (paths, &options);
}
