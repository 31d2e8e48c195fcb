/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/bv-host-facts-variant.h"

static GVariant *
count_hugepages (const BvHostTopology *topology)
{
  const guint64 usual_kib = 4;
  g_autoptr (GHashTable) counts = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
  GVariantBuilder builder;
  GHashTableIter iter;
  gpointer size, count;

  for (guint i = 0; i < topology->cells->len; i++)
    {
      GArray *pages = g_array_index (topology->cells, BvHostCell, i).pages;

      for (guint j = 0; j < pages->len; j++)
        {
          BvHostPages *entry = &g_array_index (pages, BvHostPages, j);
          guint64 *sum = g_hash_table_lookup (counts, &entry->size_kib);

          if (sum == NULL && entry->size_kib > usual_kib)
            g_hash_table_insert (counts, &entry->size_kib, sum = g_new0 (guint64, 1));
          if (sum != NULL)
            *sum += entry->count;
        }
    }
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{tt}"));
  g_hash_table_iter_init (&iter, counts);
  while (g_hash_table_iter_next (&iter, &size, &count))
    g_variant_builder_add (&builder, "{tt}", *(guint64 *)size * 1024, *(guint64 *)count);
  return g_variant_builder_end (&builder);
}

GVariant *
bv_host_facts_to_variant (const BvHostFacts *facts, const BvConfig *config)
{
  const BvHostTopology *topology = facts->topology;
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "pinning", "s", bv_config_get_string (config, "cpu", "pinning"));
  if (topology->cells->len > 0)
    {
      g_variant_dict_insert (&dict, "cpus", "u", bv_host_topology_count_cpus (topology));
      g_variant_dict_insert (&dict, "cells", "u", topology->cells->len);
      g_variant_dict_insert_value (&dict, "hugepages", count_hugepages (topology));
    }
  if (facts->memory_kib > 0)
    {
      g_variant_dict_insert (&dict, "memory", "t", facts->memory_kib * 1024);
      g_variant_dict_insert (&dict, "cpuLimits", "b", facts->cgroups.cpu);
      g_variant_dict_insert (&dict, "memoryLimits", "b", facts->cgroups.memory);
    }
  if (facts->capabilities->known)
    g_variant_dict_insert (&dict, "tpm", "b", facts->capabilities->tpm);
  return g_variant_dict_end (&dict);
}
