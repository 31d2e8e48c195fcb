/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-client.h"
#include "cli/bv-cli-kind.h"
#include "cli/bv-cli.h"
#include "model/bv-error.h"

#include <glib/gi18n.h>

typedef struct
{
  BvCliOptions common;
  gboolean references;
  gboolean all_namespaces;
} Options;

static void
options_clear (Options *self)
{
  bv_cli_options_clear (&self->common);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gboolean
export_objects (BvCliClient *client, int argc, char **argv, const Options *options, GError **error)
{
  const char *kind = argc > 1 ? bv_cli_kind_from_word (argv[1], error) : NULL;
  g_autofree char *yaml = NULL;
  GVariantDict extra;

  if (argc > 1 && kind == NULL)
    return FALSE;
  g_variant_dict_init (&extra, NULL);
  if (kind != NULL)
    g_variant_dict_insert (&extra, "kind", "s", kind);
  if (argc > 2)
    g_variant_dict_insert (&extra, "name", "s", argv[2]);
  if (!options->all_namespaces)
    g_variant_dict_insert (&extra, "namespace", "s",
                           bv_cli_options_get_namespace (&options->common));
  g_variant_dict_insert (&extra, "references", "b", options->references);
  if (!bv_dbus_manager_call_export_sync (bv_cli_client_get_manager (client),
                                         g_variant_dict_end (&extra), &yaml, NULL, error))
    return FALSE;
  if (argc > 2 && yaml[0] == '\0')
    {
      g_set_error (error, BV_ERROR, BV_ERROR_NOT_FOUND,
                   _ ("There is no %s “%s” to export in that namespace."), kind, argv[2]);
      return FALSE;
    }
  g_print ("%s", yaml);
  return TRUE;
}

int
bv_cli_export (int argc, char **argv)
{
  g_auto (Options) options = { 0 };
  const GOptionEntry entries[] = {
    { "references", 'r', 0, G_OPTION_ARG_NONE, &options.references,
      N_ ("Also what the objects name: claims, Secrets, ConfigMaps, networks …"), NULL },
    { "all-namespaces", 'A', 0, G_OPTION_ARG_NONE, &options.all_namespaces,
      N_ ("Those of all namespaces"), NULL },
    { NULL },
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (BvCliClient) client = NULL;

  if (!bv_cli_options_parse (&options.common, entries, &argc, &argv, &error) ||
      (argc > 1 && bv_cli_kind_from_word (argv[1], &error) == NULL))
    return bv_cli_misuse ("%s", error->message);
  client = bv_cli_client_new_for_manager (&options.common, &error);
  if (client == NULL || !export_objects (client, argc, argv, &options, &error))
    return bv_cli_fail (error);
  return 0;
}
