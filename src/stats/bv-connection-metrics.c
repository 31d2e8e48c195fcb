/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "stats/bv-connection-metrics.h"

#include "stats/bv-metric-families.h"

static void
add_handouts (BvExposition *exposition, BvVmiRuntime *runtime, BvUnixSockets *sockets,
              const char *labels)
{
  static const BvMetric families[BV_N_HANDOUTS] = {
    [BV_HANDOUT_DISPLAY] = BV_METRIC_VMI_DISPLAYS,
    [BV_HANDOUT_USB] = BV_METRIC_VMI_USB_DEVICES,
  };
  guint n;

  for (guint kind = 0; kind < BV_N_HANDOUTS; kind++)
    if (bv_vmi_runtime_count_handouts (runtime, kind, sockets, &n))
      bv_exposition_add (exposition, families[kind], labels, "", n, BV_SCALE_ONE);
}

void
bv_connection_metrics_add (BvExposition *exposition, BvVmiRuntime *runtime, BvUnixSockets *sockets)
{
  BvObject *object = bv_entry_get_object (bv_vmi_runtime_get_entry (runtime));
  gint64 last = bv_vmi_runtime_get_last_connection (runtime);
  g_autoptr (GString) labels = g_string_new (NULL);

  bv_exposition_add_label (labels, "namespace", bv_object_get_namespace (object));
  bv_exposition_add_label (labels, "vmi", bv_object_get_name (object));
  bv_exposition_add (exposition, BV_METRIC_VMI_CONSOLES, labels->str, "",
                     bv_vmi_runtime_count_consoles (runtime), BV_SCALE_ONE);
  bv_exposition_add (exposition, BV_METRIC_VMI_PORTS, labels->str, "",
                     bv_vmi_runtime_count_ports (runtime), BV_SCALE_ONE);
  add_handouts (exposition, runtime, sockets, labels->str);
  if (last != 0)
    bv_exposition_add (exposition, BV_METRIC_VMI_LAST_CONNECTION, labels->str, "",
                       (guint64)(last / G_USEC_PER_SEC), BV_SCALE_ONE);
}
