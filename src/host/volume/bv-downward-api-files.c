/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

#include "host/volume/bv-volume-files.h"
#include "host/volume/bv-volume-kinds.h"
#include "model/bv-error.h"
#include "model/bv-vmi-private.h"

/* downwardAPI: facts about the VMI, each in a file. */

#define DEFAULT_MODE 0644

static int
compare_keys (gconstpointer a, gconstpointer b)
{
  const BvStringPair *const *first = a, *const *second = b;

  return strcmp ((*first)->key, (*second)->key);
}

/* Line by line, KEY="VALUE", as Kubernetes writes it. */
static char *
format_map (const BvStringPair *pairs, guint n_pairs)
{
  g_autoptr (GPtrArray) sorted = g_ptr_array_new ();
  g_autoptr (GString) text = g_string_new (NULL);
  char beyond_ascii[129];

  for (guint i = 0; i < 128; i++)
    beyond_ascii[i] = (char)(128 + i);
  beyond_ascii[128] = '\0';
  for (guint i = 0; i < n_pairs; i++)
    g_ptr_array_add (sorted, (gpointer)&pairs[i]);
  g_ptr_array_sort (sorted, compare_keys);
  for (guint i = 0; i < sorted->len; i++)
    {
      const BvStringPair *pair = g_ptr_array_index (sorted, i);
      g_autofree char *value = g_strescape (pair->value, beyond_ascii);

      g_string_append_printf (text, "%s%s=\"%s\"", i > 0 ? "\n" : "", pair->key, value);
    }
  return g_strdup (text->str);
}

/* The value of metadata.labels['KEY']; what is not there is empty. */
static char *
get_entry (const char *path, const BvStringPair *pairs, guint n_pairs)
{
  const char *key = strstr (path, "['") + strlen ("['");
  g_autofree char *name = g_strndup (key, strlen (key) - strlen ("']"));

  return g_strdup (bv_string_map_get (pairs, n_pairs, name));
}

static char *
get_map (const char *path, const BvStringPair *pairs, guint n_pairs)
{
  return g_str_has_suffix (path, "']") && strstr (path, "['") != NULL
             ? get_entry (path, pairs, n_pairs)
             : format_map (pairs, n_pairs);
}

/* NULL where the path names nothing that a guest may see. */
static char *
get_field (BvVmi *vmi, const char *path)
{
  const BvApiObjectMeta *metadata = bv_vmi_get_record (vmi)->metadata;

  if (g_str_equal (path, "metadata.name"))
    return g_strdup (bv_object_get_name (BV_OBJECT (vmi)));
  if (g_str_equal (path, "metadata.namespace"))
    return g_strdup (bv_object_get_namespace (BV_OBJECT (vmi)));
  if (g_str_equal (path, "metadata.uid"))
    return g_strdup (bv_object_get_uid (BV_OBJECT (vmi)));
  if (g_str_has_prefix (path, "metadata.labels"))
    return get_map (path, metadata->labels, metadata->n_labels);
  if (g_str_has_prefix (path, "metadata.annotations"))
    return get_map (path, metadata->annotations, metadata->n_annotations);
  return NULL;
}

static gboolean
find_amount (const BvQuantityPair *pairs, guint n_pairs, const char *name, double *amount)
{
  const BvQuantity *found = bv_quantity_map_get (pairs, n_pairs, name);

  if (found == NULL || !bv_quantity_is_given (found))
    return FALSE;
  *amount = (double)found->units + (double)found->nanos / 1e9;
  return TRUE;
}

/* A guest without a limit may use what the host has. */
static double
get_host_amount (const char *name)
{
  if (g_str_equal (name, "cpu"))
    return g_get_num_processors ();
  return (double)sysconf (_SC_PHYS_PAGES) * (double)sysconf (_SC_PAGESIZE);
}

static char *
get_resource (BvVmi *vmi, const BvApiResourceFieldSelector *selector)
{
  const BvApiResourceRequirements *resources = bv_vmi_get_record (vmi)->spec->domain->resources;
  gboolean limit = g_str_has_prefix (selector->resource, "limits.");
  const char *name = strchr (selector->resource, '.') + 1;
  const BvQuantity *divisor = &selector->divisor;
  double unit = 1, amount = limit ? get_host_amount (name) : 0;
  gint64 whole;

  if (bv_quantity_is_given (divisor) && !bv_quantity_is_zero (divisor))
    unit = (double)divisor->units + (double)divisor->nanos / 1e9;
  if (resources != NULL &&
      (limit || !find_amount (resources->requests, resources->n_requests, name, &amount)))
    find_amount (resources->limits, resources->n_limits, name, &amount);
  /* Rounded up; what a double makes of 0.3 / 0.1 is not more than 3. */
  whole = (gint64)(amount / unit + 1e-9);
  return g_strdup_printf ("%" G_GINT64_FORMAT,
                          (double)whole + 1e-9 < amount / unit ? whole + 1 : whole);
}

gboolean
bv_downward_api_collect (const BvVolumeWork *work, const BvApiVolume *volume, GPtrArray *files,
                         const char **label, GError **error)
{
  const BvApiDownwardAPIVolumeSource *source = volume->downward_api;

  *label = source->volume_label;
  for (guint i = 0; i < source->n_fields; i++)
    {
      const BvApiDownwardAPIVolumeFile *file = source->fields[i];
      guint mode =
          bv_api_downward_api_volume_file_has_mode (file) ? (guint)file->mode : DEFAULT_MODE;
      g_autofree char *text = file->field_ref != NULL
                                  ? get_field (work->vmi, file->field_ref->field_path)
                                  : get_resource (work->vmi, file->resource_field_ref);

      if (!bv_volume_files_add_text (files, file->path, text != NULL ? text : "", mode, error))
        return FALSE;
    }
  return TRUE;
}
