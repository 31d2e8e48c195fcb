/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-client.h"
#include "cli/bv-cli-kind.h"
#include "cli/bv-cli-manifest.h"
#include "cli/bv-cli-output.h"
#include "cli/bv-cli.h"
#include "model/bv-error.h"
#include "model/bv-object.h"

#include <glib/gi18n.h>

typedef struct
{
  BvCliOptions common;
  char **files;
  gint64 grace_period;
  gboolean no_wait;
  char *output_name;
  BvOutput output;
} Options;

static void
options_clear (Options *self)
{
  bv_cli_options_clear (&self->common);
  g_clear_pointer (&self->files, g_strfreev);
  g_clear_pointer (&self->output_name, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gboolean
delete_object (BvCliClient *client, BvDBusObject *object, const Options *options, GError **error)
{
  BvDBusStoredObject *stored = bv_dbus_object_peek_stored_object (object);
  g_autofree char *kind = g_ascii_strdown (bv_dbus_stored_object_get_kind (stored), -1);
  g_autofree char *name = g_strdup (bv_dbus_stored_object_get_name (stored));
  g_autofree char *job = NULL;
  GVariantDict extra;

  g_variant_dict_init (&extra, NULL);
  if (options->grace_period != BV_CLI_NOT_GIVEN)
    g_variant_dict_insert (&extra, "grace-period", "x", options->grace_period);
  if (!bv_dbus_stored_object_call_delete_sync (stored, g_variant_dict_end (&extra), &job, NULL,
                                               error))
    return FALSE;
  if (!options->no_wait && !bv_cli_client_wait_for_job (client, job, error))
    return FALSE;
  if (options->output == BV_OUTPUT_NAME)
    g_print ("%s/%s\n", kind, name);
  else
    g_print ("%s/%s %s\n", kind, name, options->no_wait ? _ ("is being deleted") : _ ("deleted"));
  return TRUE;
}

/* What a manifest names is deleted in the opposite order; what is not there is no error. */
static gboolean
delete_manifest (BvCliClient *client, const char *path, Options *options, GError **error)
{
  g_autoptr (BvManifest) manifest = bv_cli_read_manifest (path, BV_MANIFEST_SKIP_UNKNOWN, error);
  GListModel *objects;

  if (manifest == NULL)
    return FALSE;
  objects = bv_manifest_get_objects (manifest);
  for (guint i = g_list_model_get_n_items (objects); i > 0; i--)
    {
      g_autoptr (BvObject) wanted = g_list_model_get_item (objects, i - 1);
      g_autoptr (GPtrArray) all = bv_cli_client_list (client, bv_object_get_kind (wanted),
                                                      bv_object_get_namespace (wanted));

      for (guint j = 0; j < all->len; j++)
        {
          BvDBusStoredObject *stored = bv_dbus_object_peek_stored_object (all->pdata[j]);

          if (g_strcmp0 (bv_dbus_stored_object_get_name (stored), bv_object_get_name (wanted)) ==
                  0 &&
              !delete_object (client, all->pdata[j], options, error))
            return FALSE;
        }
    }
  return TRUE;
}

static gboolean
delete_all (BvCliClient *client, Options *options, int argc, char **argv, GError **error)
{
  g_autoptr (BvDBusObject) object = NULL;
  g_auto (GStrv) paths = NULL;

  if (options->files == NULL)
    {
      object = bv_cli_find_named (client, argc, argv, error);
      return object != NULL && delete_object (client, object, options, error);
    }
  paths = bv_cli_list_manifests (options->files, error);
  for (guint i = paths == NULL ? 0 : g_strv_length (paths); i > 0; i--)
    if (!delete_manifest (client, paths[i - 1], options, error))
      return FALSE;
  return paths != NULL;
}

int
bv_cli_delete (int argc, char **argv)
{
  g_auto (Options) options = { .grace_period = BV_CLI_NOT_GIVEN };
  const GOptionEntry entries[] = {
    { "filename", 'f', 0, G_OPTION_ARG_FILENAME_ARRAY, &options.files,
      N_ ("Delete what this manifest, or folder of them, names"), N_ ("FILE") },
    { "grace-period", 0, 0, G_OPTION_ARG_INT64, &options.grace_period,
      N_ ("Seconds that guests have; 0 ends them at once"), N_ ("SECONDS") },
    { "no-wait", 0, 0, G_OPTION_ARG_NONE, &options.no_wait, N_ ("Do not wait until they are gone"),
      NULL },
    { "output", 'o', 0, G_OPTION_ARG_STRING, &options.output_name,
      N_ ("name prints what is deleted and nothing else"), N_ ("FORMAT") },
    { NULL },
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (BvCliClient) client = NULL;

  if (!bv_cli_options_parse (&options.common, entries, &argc, &argv, &error) ||
      !bv_cli_parse_output (options.output_name, BV_OUTPUT_NAME, &options.output, &error) ||
      !bv_cli_check_seconds ("--grace-period", options.grace_period, 0, &error) ||
      (argc > 1 && !bv_cli_check_named (argc, argv, &error)))
    return bv_cli_misuse ("%s", error->message);
  if (options.output != BV_OUTPUT_TABLE && options.output != BV_OUTPUT_NAME)
    return bv_cli_misuse (
        _ ("What is deleted cannot be printed any more; -o name tells its name."));
  if (options.files != NULL ? argc > 1 : argc < 2)
    return bv_cli_misuse (_ ("Name either one object, such as “vm web”, or manifests: -f FILE."));
  client = bv_cli_client_new (&options.common, &error);
  if (client == NULL || !delete_all (client, &options, argc, argv, &error))
    return bv_cli_fail (error);
  return 0;
}
