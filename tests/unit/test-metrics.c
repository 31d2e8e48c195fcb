/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "host/metrics/bv-host-metrics.h"
#include "host/metrics/bv-metrics-disk.h"
#include "host/volume/bv-volume-folder.h"
#include "model/bv-error.h"

typedef struct
{
  char *folder;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("bv-metrics-XXXXXX", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  bv_volume_folder_remove (fixture->folder, NULL);
  g_free (fixture->folder);
}

static void
write_file (Fixture *fixture, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (parent, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
add_processor (Fixture *fixture, guint number, const char *package)
{
  g_autofree char *name =
      g_strdup_printf ("devices/system/cpu/cpu%u/topology/physical_package_id", number);

  write_file (fixture, name, package);
}

static char *
collect (Fixture *fixture)
{
  BvMetrics *metrics = bv_metrics_new ();

  bv_host_metrics_add (metrics, fixture->folder, fixture->folder);
  return bv_metrics_to_xml (metrics);
}

static void
assert_metric (const char *xml, const char *head, const char *name, const char *value)
{
  g_autofree char *expected =
      g_strdup_printf ("  <metric %s>\n    <name>%s</name>\n    <value>%s</value>\n  </metric>\n",
                       head, name, value);

  if (strstr (xml, expected) == NULL)
    g_error ("%s is not in %s", expected, xml);
}

static void
test_figures_of_the_host (Fixture *fixture, gconstpointer data)
{
  g_autofree char *ticks = NULL;
  g_autofree char *kibibytes = g_strdup_printf ("%ld", 3 * sysconf (_SC_PAGESIZE) / 1024);
  g_autofree char *xml = NULL;
  long second = sysconf (_SC_CLK_TCK);

  ticks = g_strdup_printf ("cpu  %ld %ld %ld 99 99\ncpu0 1 1 1\n", second, second, second / 2);
  write_file (fixture, "stat", ticks);
  write_file (fixture, "meminfo",
              "MemTotal:  1000 kB\nMemFree:  300 kB\nBuffers: 50 kB\nCached: 150 kB\n"
              "SwapCached: 5 kB\nSwapTotal: 400 kB\nSwapFree: 100 kB\n");
  write_file (fixture, "vmstat", "nr_free_pages 7\npswpin 3\npswpout 0\n");
  add_processor (fixture, 0, "0\n");
  add_processor (fixture, 1, "0\n");
  add_processor (fixture, 2, "1\n");
  write_file (fixture, "devices/system/cpu/cpuidle/topology/physical_package_id", "9\n");
  xml = collect (fixture);
  assert_metric (xml, "type=\"int64\" context=\"host\"", "NumberOfPhysicalCPUs", "2");
  assert_metric (xml, "type=\"real64\" context=\"host\" unit=\"s\"", "TotalCPUTime", "2.500000");
  assert_metric (xml, "type=\"uint64\" context=\"host\" unit=\"KiB\"", "FreePhysicalMemory", "300");
  assert_metric (xml, "type=\"uint64\" context=\"host\" unit=\"KiB\"", "FreeVirtualMemory", "400");
  assert_metric (xml, "type=\"uint64\" context=\"host\" unit=\"KiB\"",
                 "MemoryAllocatedToVirtualServers", "500");
  assert_metric (xml, "type=\"uint64\" context=\"host\" unit=\"KiB\"", "UsedVirtualMemory", "895");
  assert_metric (xml, "type=\"uint64\" context=\"host\" unit=\"KiB\"", "PagedInMemory", kibibytes);
  assert_metric (xml, "type=\"uint64\" context=\"host\" unit=\"KiB\"", "PagedOutMemory", "0");
}

/* A kernel that does not tell leaves a gap, and no more. */
static void
test_what_cannot_be_read_is_left_out (Fixture *fixture, gconstpointer data)
{
  g_autofree char *xml = collect (fixture);

  g_assert_null (strstr (xml, "TotalCPUTime"));
  g_assert_null (strstr (xml, "Memory"));
  g_assert_nonnull (strstr (xml, "<name>Time</name>"));
  g_assert_true (g_str_has_suffix (xml, "</metrics>"));
}

static void
test_texts_are_escaped (Fixture *fixture, gconstpointer data)
{
  BvMetrics *metrics = bv_metrics_new ();
  g_autofree char *xml = NULL;

  bv_metrics_add_string (metrics, "HostName", "<a&b>");
  xml = bv_metrics_to_xml (metrics);
  assert_metric (xml, "type=\"string\" context=\"host\"", "HostName", "&lt;a&amp;b&gt;");
}

static void
test_disk_is_whole (Fixture *fixture, gconstpointer data)
{
  static const guchar head[] = { 'm', 'v', 'b', 'd', 0, 0, 0, 0, 0, 0, 0, 205, 0, 0, 0, 3 };
  g_autofree char *path = g_build_filename (fixture->folder, "disk", NULL);
  g_autofree char *contents = NULL;
  g_autoptr (GError) error = NULL;
  gsize size;

  write_file (fixture, "disk", "");
  bv_metrics_disk_write (path, "ab", &error);
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (path, &contents, &size, NULL));
  g_assert_cmpmem (contents, sizeof head, head, sizeof head);
  g_assert_cmpstr (contents + sizeof head, ==, "ab\n");
}

static void
test_too_much_for_the_disk (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "disk", NULL);
  g_autofree char *text = g_strnfill (256 * 1024, 'x');
  g_autoptr (GError) error = NULL;

  write_file (fixture, "disk", "");
  g_assert_false (bv_metrics_disk_write (path, text, &error));
  g_assert_error (error, BV_ERROR, BV_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, path));
}

int
main (int argc, char *argv[])
{
  static const struct
  {
    const char *name;
    void (*function) (Fixture *, gconstpointer);
  } tests[] = {
    { "figures-of-the-host", test_figures_of_the_host },
    { "what-cannot-be-read-is-left-out", test_what_cannot_be_read_is_left_out },
    { "texts-are-escaped", test_texts_are_escaped },
    { "disk-is-whole", test_disk_is_whole },
    { "too-much-for-the-disk", test_too_much_for_the_disk },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *path = g_strconcat ("/metrics/", tests[i].name, NULL);

      g_test_add (path, Fixture, NULL, set_up, tests[i].function, tear_down);
    }
  return g_test_run ();
}
