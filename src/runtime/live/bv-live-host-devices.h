/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/live/bv-live-update.h"

G_BEGIN_DECLS

/* Host devices and GPUs that are plugged in and out. */
extern const BvLiveUpdater bv_live_host_devices;

/* One of the lists of a VMI's devices whose items are devices of the host. */
typedef struct
{
  const char *alias; /* of its devices, with their names after it */
  const BvRecordType *type;
  gsize items; /* offsets in a BvApiDevices */
  gsize n_items;
  const char *(*get_name) (gconstpointer item);
  gboolean (*is_pluggable) (gconstpointer item);
} BvHostDeviceList;

#define BV_N_HOST_DEVICE_LISTS 2

extern const BvHostDeviceList bv_host_device_lists[BV_N_HOST_DEVICE_LISTS];

gpointer *bv_host_device_list_get (const BvHostDeviceList *self, const BvApiDevices *devices,
                                   guint *n_items);
void bv_host_device_list_set (const BvHostDeviceList *self, BvApiDevices *devices, gpointer *items,
                              guint n_items);
/* The item whose device has ALIAS, a domain's without what users' begin with; or NULL. */
gconstpointer bv_host_device_list_find (const BvHostDeviceList *self, const BvApiDevices *devices,
                                        const char *alias);

/* The worker's part, in bv-live-host-device-changes.c. */
gboolean bv_live_host_devices_apply (BvLiveChange *change, GError **error);

G_END_DECLS
