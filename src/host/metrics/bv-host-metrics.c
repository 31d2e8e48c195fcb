/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/metrics/bv-host-metrics.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define KIBIBYTE 1024

static char *
read_text (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, NULL);
  return text;
}

/* The number on the line of TEXT that begins with KEY, or 0. */
static guint64
find_number (const char *text, const char *key)
{
  gsize length = strlen (key);

  for (const char *line = text; line != NULL && *line != '\0';)
    {
      if (strncmp (line, key, length) == 0 && strchr (": \t", line[length]) != NULL)
        return g_ascii_strtoull (line + length + strspn (line + length, ": \t"), NULL, 10);
      line = strchr (line, '\n');
      line = line != NULL ? line + 1 : NULL;
    }
  return 0;
}

static void
add_processors (BvMetrics *metrics, const char *sys)
{
  g_autofree char *folder = g_build_filename (sys, "devices/system/cpu", NULL);
  g_autoptr (GHashTable) packages = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (name, "topology/physical_package_id", NULL);
      char *package = g_str_has_prefix (name, "cpu") && g_ascii_isdigit (name[3])
                          ? read_text (folder, path)
                          : NULL;

      if (package != NULL)
        g_hash_table_add (packages, g_strstrip (package));
    }
  if (g_hash_table_size (packages) > 0)
    bv_metrics_add_int64 (metrics, BV_METRICS_HOST, "NumberOfPhysicalCPUs",
                          g_hash_table_size (packages), NULL);
}

static void
add_processor_time (BvMetrics *metrics, const char *proc)
{
  g_autofree char *text = read_text (proc, "stat");
  unsigned long long user, nice, system;

  if (text != NULL && sscanf (text, "cpu %llu %llu %llu", &user, &nice, &system) == 3)
    bv_metrics_add_real64 (metrics, BV_METRICS_HOST, "TotalCPUTime",
                           (double)(user + nice + system) / sysconf (_SC_CLK_TCK), "s");
}

static void
add_memory (BvMetrics *metrics, const char *proc)
{
  g_autofree char *text = read_text (proc, "meminfo");
  guint64 total, available, swap, swap_free, cached;

  if (text == NULL)
    return;
  total = find_number (text, "MemTotal");
  available = find_number (text, "MemFree");
  swap = find_number (text, "SwapTotal");
  swap_free = find_number (text, "SwapFree");
  cached = find_number (text, "Buffers") + find_number (text, "Cached");
  bv_metrics_add_uint64 (metrics, BV_METRICS_HOST, "FreePhysicalMemory", available, "KiB");
  bv_metrics_add_uint64 (metrics, BV_METRICS_HOST, "FreeVirtualMemory", available + swap_free,
                         "KiB");
  bv_metrics_add_uint64 (metrics, BV_METRICS_HOST, "MemoryAllocatedToVirtualServers",
                         total - available - cached, "KiB");
  bv_metrics_add_uint64 (metrics, BV_METRICS_HOST, "UsedVirtualMemory",
                         total + swap - available - cached - find_number (text, "SwapCached"),
                         "KiB");
}

static void
add_paging (BvMetrics *metrics, const char *proc)
{
  g_autofree char *text = read_text (proc, "vmstat");
  guint64 kibibytes = (guint64)sysconf (_SC_PAGESIZE) / KIBIBYTE;

  if (text == NULL)
    return;
  bv_metrics_add_uint64 (metrics, BV_METRICS_HOST, "PagedInMemory",
                         find_number (text, "pswpin") * kibibytes, "KiB");
  bv_metrics_add_uint64 (metrics, BV_METRICS_HOST, "PagedOutMemory",
                         find_number (text, "pswpout") * kibibytes, "KiB");
}

void
bv_host_metrics_add (BvMetrics *metrics, const char *proc, const char *sys)
{
  add_processors (metrics, sys);
  add_processor_time (metrics, proc);
  add_memory (metrics, proc);
  add_paging (metrics, proc);
  bv_metrics_add_int64 (metrics, BV_METRICS_HOST, "Time", g_get_real_time () / G_USEC_PER_SEC, "s");
}
