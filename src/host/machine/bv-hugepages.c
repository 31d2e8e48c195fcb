/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/machine/bv-hugepages.h"

#include <stdio.h>

static guint64
read_count (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? g_ascii_strtoull (text, NULL, 10) : 0;
}

/* FOLDER has a folder “hugepages-2048kB” for each size. */
static void
add_sizes (GArray *pages, guint cell, const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      BvHugepages entry = { .cell = cell };

      if (sscanf (name, "hugepages-%" G_GUINT64_FORMAT "kB", &entry.size_kib) != 1)
        continue;
      entry.total = read_count (path, "nr_hugepages");
      entry.free = read_count (path, "free_hugepages");
      g_array_append_val (pages, entry);
    }
}

static gboolean
add_cells (GArray *pages, const char *sys)
{
  g_autofree char *folder = g_build_filename (sys, "devices", "system", "node", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  gboolean found = FALSE;
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      guint cell;
      g_autofree char *sizes = g_build_filename (folder, name, "hugepages", NULL);

      if (sscanf (name, "node%u", &cell) != 1)
        continue;
      add_sizes (pages, cell, sizes);
      found = TRUE;
    }
  return found;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  const BvHugepages *left = a;
  const BvHugepages *right = b;

  if (left->cell != right->cell)
    return left->cell < right->cell ? -1 : 1;
  return left->size_kib < right->size_kib ? -1 : left->size_kib > right->size_kib;
}

GArray *
bv_hugepages_read (const char *sys)
{
  GArray *pages = g_array_new (FALSE, FALSE, sizeof (BvHugepages));

  /* A kernel without NUMA tells for the machine as a whole. */
  if (!add_cells (pages, sys))
    {
      g_autofree char *folder = g_build_filename (sys, "kernel", "mm", "hugepages", NULL);

      add_sizes (pages, 0, folder);
    }
  g_array_sort (pages, compare);
  return pages;
}

guint64
bv_hugepages_get_total_kib (const GArray *pages)
{
  guint64 sum = 0;

  for (guint i = 0; i < pages->len; i++)
    {
      const BvHugepages *entry = &g_array_index (pages, BvHugepages, i);

      sum += entry->total * entry->size_kib;
    }
  return sum;
}
