/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "stats/bv-label-metrics.h"

#include "stats/bv-exposition.h"

/* What a name may have in Kubernetes, and may not in Prometheus. */
#define REPLACED "./-"

gboolean
bv_label_metrics_add (GString *labels, const char *prefix, const BvApiObjectMeta *const *metadata,
                      guint n_metadata)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gsize length = labels->len;

  for (guint i = 0; i < n_metadata; i++)
    for (guint k = 0; metadata[i] != NULL && k < metadata[i]->n_labels; k++)
      {
        char *name = g_strconcat (prefix, metadata[i]->labels[k].key, NULL);

        g_strdelimit (name, REPLACED, '_');
        if (g_hash_table_add (seen, name))
          bv_exposition_add_label (labels, name, metadata[i]->labels[k].value);
      }
  return labels->len > length;
}

const char *
bv_label_metrics_find_annotation (const BvApiObjectMeta *metadata, const char *name)
{
  for (guint i = 0; metadata != NULL && i < metadata->n_annotations; i++)
    if (g_str_equal (metadata->annotations[i].key, name))
      return metadata->annotations[i].value;
  return NULL;
}
