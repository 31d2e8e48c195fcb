/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/machine/bv-node-device.h"

G_BEGIN_DECLS

/* The groups of barevirt.conf that are called so, and then a resource. */
#define BV_PERMITTED_DEVICE_GROUP "host-device "

/* What guests may ask for under the name of a resource: a section “[host-device NAME]” of
 * barevirt.conf, as KubeVirt's permittedHostDevices have it. */
typedef struct
{
  char *resource;
  const char *kind; /* “pci”, “usb”, “mdev”; NULL: no selector was given yet */
  char *selector;   /* “10de:1eb8”, or the name of a mediated type */
} BvPermittedDevice;

BvPermittedDevice *bv_permitted_device_new (const char *resource);
void bv_permitted_device_free (BvPermittedDevice *self);
gboolean bv_permitted_device_set (BvPermittedDevice *self, const char *key, const char *value,
                                  GError **error);

/* Whether DEVICE, one of ALL, is such a one. */
gboolean bv_permitted_device_matches (const BvPermittedDevice *self, const BvNodeDevice *device,
                                      GPtrArray *all);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvPermittedDevice, bv_permitted_device_free)

G_END_DECLS
