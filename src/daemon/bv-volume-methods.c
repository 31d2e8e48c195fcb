/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "daemon/bv-volume-methods.h"

static void
bv_volume_methods_changed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  gboolean success = bv_controller_change_volume_finish (BV_CONTROLLER (source), result, &error);

  bv_request_finish (user_data, success, error);
}

const char *const bv_add_volume_options[] = {
  "claim:s", "data-volume:b", "type:s", "bus:s", "serial:s", "cache:s", NULL,
};

void
bv_add_volume (BvRequest *request, gpointer user_data)
{
  g_autoptr (GVariant) options = bv_request_get_options (request);
  BvVolumeRequest volume = { NULL };

  g_variant_get_child (bv_request_get_parameters (request), 0, "&s", &volume.name);
  g_variant_lookup (options, "claim", "&s", &volume.claim);
  g_variant_lookup (options, "data-volume", "b", &volume.data_volume);
  g_variant_lookup (options, "type", "&s", &volume.type);
  g_variant_lookup (options, "bus", "&s", &volume.bus);
  g_variant_lookup (options, "serial", "&s", &volume.serial);
  g_variant_lookup (options, "cache", "&s", &volume.cache);
  bv_controller_add_volume_async (bv_bus_get_controller (bv_request_get_bus (request)),
                                  bv_request_get_entry (request), &volume,
                                  bv_volume_methods_changed_cb, request);
}

void
bv_remove_volume (BvRequest *request, gpointer user_data)
{
  const char *name;

  g_variant_get_child (bv_request_get_parameters (request), 0, "&s", &name);
  bv_controller_remove_volume_async (bv_bus_get_controller (bv_request_get_bus (request)),
                                     bv_request_get_entry (request), name,
                                     bv_volume_methods_changed_cb, request);
}
