/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/bv-resolve-private.h"

#include "model/bv-vmi-private.h"

/* The socket at which QEMU waits for what a guest's downwardMetrics device is to read. */

char *
bv_resolve_build_metrics_socket (const char *runtime_directory)
{
  return g_build_filename (runtime_directory, "downward-metrics", NULL);
}

gboolean
bv_resolve_metrics (BvResolver *self, GError **error)
{
  const BvApiDevices *devices = self->spec->domain->devices;
  g_autofree char *path = NULL;

  if (devices == NULL || devices->downward_metrics == NULL)
    return TRUE;
  path = bv_resolve_build_metrics_socket (self->work->runtime_directory);
  bv_resolver_add_string (self, "downwardMetricsSocket", path);
  return TRUE;
}
