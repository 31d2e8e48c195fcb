/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-manifest.h"

#include "admit/bv-admit.h"
#include "cli/bv-cli.h"
#include "model/bv-cause-private.h"
#include "model/bv-error.h"

#include <glib/gi18n.h>
#include <unistd.h>

static gboolean
is_manifest (const char *name)
{
  return g_str_has_suffix (name, ".yaml") || g_str_has_suffix (name, ".yml") ||
         g_str_has_suffix (name, ".json");
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static gboolean
list_folder (const char *path, GPtrArray *found, GError **error)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, error);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  if (folder == NULL)
    return FALSE;
  for (const char *name = g_dir_read_name (folder); name != NULL; name = g_dir_read_name (folder))
    if (is_manifest (name))
      g_ptr_array_add (names, g_build_filename (path, name, NULL));
  if (names->len == 0)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_NOT_FOUND,
                   _ ("The folder “%s” holds no manifest: no file named *.yaml, *.yml or *.json."),
                   path);
      return FALSE;
    }
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_extend_and_steal (found, g_steal_pointer (&names));
  return TRUE;
}

/* PATHS with the manifests of a folder, by their names, in its place; as kubectl, not of the
 * folders below it. Without paths it is standard input. */
char **
bv_cli_list_manifests (char **paths, GError **error)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new_null_terminated (0, g_free, TRUE);

  for (char **path = paths; *path != NULL; path++)
    if (!g_file_test (*path, G_FILE_TEST_IS_DIR))
      g_ptr_array_add (found, g_strdup (*path));
    else if (!list_folder (*path, found, error))
      return NULL;
  if (found->len == 0)
    g_ptr_array_add (found, g_strdup ("-"));
  return (char **)g_ptr_array_steal (found, NULL);
}

static GBytes *
read_stdin (GError **error)
{
  g_autoptr (GIOChannel) channel = g_io_channel_unix_new (STDIN_FILENO);
  char *text;
  gsize length;

  g_io_channel_set_encoding (channel, NULL, NULL);
  if (g_io_channel_read_to_end (channel, &text, &length, error) != G_IO_STATUS_NORMAL)
    return NULL;
  return g_bytes_new_take (text, length);
}

/* PATH may be `-` for standard input. */
GBytes *
bv_cli_read_bytes (const char *path, GError **error)
{
  char *text;
  gsize length;

  if (g_str_equal (path, "-"))
    return read_stdin (error);
  if (!g_file_get_contents (path, &text, &length, error))
    return NULL;
  return g_bytes_new_take (text, length);
}

BvManifest *
bv_cli_read_manifest (const char *path, BvManifestFlags flags, GError **error)
{
  g_autoptr (GBytes) bytes = bv_cli_read_bytes (path, error);

  return bytes == NULL ? NULL : bv_manifest_new_from_bytes (bytes, path, flags);
}

/* Nothing to do is a mistake more often than not; only where the caller leaves out what is unknown
 * it may be that nothing is left. */
gboolean
bv_cli_check_found (guint n_objects, char **paths, gboolean skip_unknown, GError **error)
{
  g_autofree char *names = g_strjoinv (", ", paths);
  g_autofree char *message =
      g_str_equal (names, "-")
          ? g_strdup (_ ("Standard input holds no object, such as a VirtualMachine."))
          : g_strdup_printf (_ ("There is no object, such as a VirtualMachine, in %s."), names);

  if (n_objects > 0)
    return TRUE;
  if (skip_unknown)
    bv_cli_warn ("%s", message);
  else
    g_set_error_literal (error, BV_ERROR, BV_ERROR_NOT_FOUND, message);
  return skip_unknown;
}

/* The service knows its host's feature gates; a manifest is judged here as if all were open. */
BvPolicy *
bv_cli_policy_new (void)
{
  BvPolicy *policy = bv_policy_new ();

  bv_policy_set_enforce_gates (policy, FALSE);
  return policy;
}

/* The causes of reading and of admission, in the order of the text. */
GPtrArray *
bv_cli_admit (BvManifest *manifest, BvPolicy *policy)
{
  GListModel *objects = bv_manifest_get_objects (manifest);
  GPtrArray *all = g_ptr_array_copy (bv_manifest_get_causes (manifest),
                                     (GCopyFunc)(GCallback)bv_cause_ref, NULL);

  g_ptr_array_set_free_func (all, (GDestroyNotify)bv_cause_unref);
  for (guint i = 0; i < g_list_model_get_n_items (objects); i++)
    {
      g_autoptr (BvObject) object = g_list_model_get_item (objects, i);

      g_ptr_array_extend_and_steal (all, bv_object_admit (object, policy));
    }
  bv_causes_sort (all);
  return all;
}

void
bv_cli_print_causes (GPtrArray *causes)
{
  for (guint i = 0; i < causes->len; i++)
    {
      g_autofree char *line = bv_cause_to_string (causes->pdata[i]);

      g_printerr ("%s\n", line);
    }
}
