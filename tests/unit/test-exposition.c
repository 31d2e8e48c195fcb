/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib.h>
#include <string.h>

#include "stats/bv-domain-stats.h"
#include "stats/bv-exposition.h"
#include "stats/bv-gpu-metrics.h"
#include "stats/bv-metric-families.h"

static const BvMetricFamily families[] = {
  { "reads_total", BV_METRIC_COUNTER, "", "Reads." },
  { "unused", BV_METRIC_GAUGE, "", "Nothing." },
  { "bytes", BV_METRIC_GAUGE, "", "Bytes." },
  { "seconds", BV_METRIC_HISTOGRAM, "", "Seconds." },
};

static char *
make (gboolean is_open_metrics)
{
  g_autoptr (BvExposition) exposition = bv_exposition_new (families, G_N_ELEMENTS (families));

  bv_exposition_add (exposition, 2, "", "", 3, BV_SCALE_KIBI);
  bv_exposition_add (exposition, 0, "a=\"1\"", "b=\"2\"", 1000000001, BV_SCALE_NANO);
  bv_exposition_add (exposition, 0, "", "b=\"2\"", 7, BV_SCALE_ONE);
  return g_string_free (bv_exposition_finish (exposition, is_open_metrics), FALSE);
}

static void
test_text (void)
{
  g_autofree char *text = make (FALSE);

  g_assert_cmpstr (text, ==,
                   "# HELP reads_total Reads.\n# TYPE reads_total counter\n"
                   "reads_total{a=\"1\",b=\"2\"} 1.000000001\nreads_total{b=\"2\"} 7\n"
                   "# HELP bytes Bytes.\n# TYPE bytes gauge\nbytes 3072\n");
}

static void
test_open_metrics (void)
{
  g_autofree char *text = make (TRUE);

  g_assert_nonnull (strstr (text, "# TYPE reads counter\nreads_total{a=\"1\""));
  g_assert_true (g_str_has_suffix (text, "bytes 3072\n# EOF\n"));
}

/* A bucket holds what is as long as its bound, and all that took less. */
static void
test_histogram (void)
{
  g_autoptr (BvExposition) exposition = bv_exposition_new (families, G_N_ELEMENTS (families));
  BvHistogram histogram = { 0 };
  g_autofree char *text = NULL;

  bv_histogram_observe (&histogram, -5);
  bv_histogram_observe (&histogram, G_USEC_PER_SEC / 2);
  bv_histogram_observe (&histogram, G_USEC_PER_SEC / 2 + 1);
  bv_histogram_observe (&histogram, 2 * 3600 * (gint64)G_USEC_PER_SEC);
  bv_exposition_add_histogram (exposition, 3, "a=\"1\"", &histogram);
  text = g_string_free (bv_exposition_finish (exposition, FALSE), FALSE);
  g_assert_nonnull (strstr (text, "# TYPE seconds histogram\n"));
  g_assert_nonnull (strstr (text, "\nseconds_bucket{a=\"1\",le=\"0.5\"} 2\n"
                                  "seconds_bucket{a=\"1\",le=\"1.0\"} 3\n"));
  g_assert_nonnull (strstr (text, "\nseconds_bucket{a=\"1\",le=\"3600.0\"} 3\n"
                                  "seconds_bucket{a=\"1\",le=\"+Inf\"} 4\n"
                                  "seconds_sum{a=\"1\"} 7201.000001\n"
                                  "seconds_count{a=\"1\"} 4\n"));
}

static void
test_labels (void)
{
  g_autoptr (GString) labels = g_string_new (NULL);

  bv_exposition_add_label (labels, "none", NULL);
  bv_exposition_add_label (labels, "empty", "");
  bv_exposition_add_label (labels, "a", "x\"y\\z\n");
  bv_exposition_add_label (labels, "b", "ü");
  g_assert_cmpstr (labels->str, ==, "a=\"x\\\"y\\\\z\\n\",b=\"ü\"");
}

static void
take (BvDomainStats *stats, const char *field, int type, guint64 value, char *text)
{
  virTypedParameter parameter = { .type = type };

  g_strlcpy (parameter.field, field, sizeof parameter.field);
  if (type == VIR_TYPED_PARAM_STRING)
    parameter.value.s = text;
  else
    parameter.value.ul = value;
  bv_domain_stats_take (stats, &parameter);
}

/* What libvirt tells, in an odd order, with what is not known, and with numbers that are absurd. */
static void
test_stats (void)
{
  g_autoptr (BvDomainStats) stats = bv_domain_stats_new ("00000000-0000-0000-0000-000000000000");
  g_autoptr (GVariant) told = NULL;
  const char *name;
  guint64 value;

  take (stats, "block.count", VIR_TYPED_PARAM_ULLONG, 2, NULL);
  take (stats, "block.1.wr.bytes", VIR_TYPED_PARAM_ULLONG, 5, NULL);
  take (stats, "block.1.name", VIR_TYPED_PARAM_STRING, 0, (char *)"vdb");
  take (stats, "block.99999999999.rd.bytes", VIR_TYPED_PARAM_ULLONG, 5, NULL);
  take (stats, "block.x.rd.bytes", VIR_TYPED_PARAM_ULLONG, 5, NULL);
  take (stats, "block.1", VIR_TYPED_PARAM_ULLONG, 5, NULL);
  take (stats, "cpu.time", VIR_TYPED_PARAM_ULLONG, G_MAXUINT64, NULL);
  take (stats, "cpu.new.in.libvirt", VIR_TYPED_PARAM_ULLONG, 1, NULL);
  told = g_variant_ref_sink (bv_domain_stats_to_variant (stats, NULL));
  g_assert_cmpuint (g_variant_n_children (told), ==, 3);
  g_assert_true (g_variant_lookup (told, "block.1.name", "&s", &name));
  g_assert_cmpstr (name, ==, "vdb");
  g_assert_true (g_variant_lookup (told, "block.1.wr.bytes", "t", &value));
  g_assert_cmpuint (value, ==, 5);
  g_assert_true (bv_stats_item_get (bv_domain_stats_get_domain (stats), BV_STAT_CPU_TIME, &value));
  g_assert_true (value == G_MAXUINT64);
}

/* A card that is reserved for the guest, one that is not, and one by a resource claim. */
static void
test_gpus (void)
{
  g_autoptr (BvExposition) exposition = bv_exposition_new (bv_metric_families, BV_N_METRICS);
  g_autoptr (BvReservation) reservation = bv_reservation_new ();
  BvApiGPU whole = { .name = "whole", .device_name = "nvidia.com/T4" };
  BvApiGPU other = { .name = "other", .device_name = "nvidia.com/T4" };
  BvApiGPU claimed = { .name = "claimed", .claim_name = "gpu", .request_name = "gpu" };
  BvApiGPU *gpus[] = { &whole, &other, &claimed };
  BvApiDevices devices = { .gpus = gpus, .n_gpus = G_N_ELEMENTS (gpus) };
  g_autofree char *text = NULL;

  bv_reservation_add_device (reservation, "whole", "pci_0000_65_00_0", "pci", "0000:65:00.0", 0);
  bv_reservation_add_device (reservation, "claimed", "pci_0000_66_00_0", "pci", "0000:66:00.0", 0);
  bv_gpu_metrics_add (exposition, "name=\"a\"", NULL, reservation);
  bv_gpu_metrics_add (exposition, "name=\"b\"", &devices, NULL);
  bv_gpu_metrics_add (exposition, "name=\"c\"", &devices, reservation);
  text = g_string_free (bv_exposition_finish (exposition, FALSE), FALSE);
  g_assert_cmpstr (strstr (text, "kubevirt_vmi_gpu_info{"), ==,
                   "kubevirt_vmi_gpu_info{name=\"c\",resource=\"nvidia.com/T4\","
                   "uuid=\"0000:65:00.0\"} 1\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/exposition/text", test_text);
  g_test_add_func ("/exposition/open-metrics", test_open_metrics);
  g_test_add_func ("/exposition/histogram", test_histogram);
  g_test_add_func ("/exposition/labels", test_labels);
  g_test_add_func ("/stats/parameters", test_stats);
  g_test_add_func ("/stats/gpus", test_gpus);
  return g_test_run ();
}
