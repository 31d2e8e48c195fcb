/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-manifest.h"

#include "admit/bv-admit.h"
#include "model/bv-cause-private.h"

#include <unistd.h>

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
