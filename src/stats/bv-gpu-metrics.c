/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "stats/bv-gpu-metrics.h"

#include "stats/bv-metric-families.h"

/* A GPU by a resource claim has no name of a resource, and is not told. */
void
bv_gpu_metrics_add (BvExposition *exposition, const char *labels, const BvApiDevices *devices,
                    const BvReservation *reservation)
{
  g_autoptr (GString) label = g_string_new (NULL);

  for (guint i = 0; reservation != NULL && devices != NULL && i < devices->n_gpus; i++)
    {
      const BvApiGPU *gpu = devices->gpus[i];
      const BvReservedDevice *device = bv_reservation_find_device (reservation, gpu->name);

      if (device == NULL || gpu->device_name == NULL)
        continue;
      g_string_truncate (label, 0);
      bv_exposition_add_label (label, "resource", gpu->device_name);
      bv_exposition_add_label (label, "uuid", device->address);
      bv_exposition_add (exposition, BV_METRIC_VMI_GPU, labels, label->str, 1, BV_SCALE_ONE);
    }
}
