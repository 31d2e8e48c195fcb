/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/network/bv-ip-range.h"

G_BEGIN_DECLS

/* A range that the host already reaches some way. */
typedef struct
{
  BvIpRange range;
  char *device;
} BvHostRoute;

/* The host's routes, its default ones aside; of BvHostRoute. */
GPtrArray *bv_host_routes_new (void);
GPtrArray *bv_host_routes_new_from_text (const char *ipv4, const char *ipv6);

/* A route that overlaps RANGE and goes by another device than OWN_DEVICE, or NULL. */
const BvHostRoute *bv_host_routes_find (GPtrArray *routes, const BvIpRange *range,
                                        const char *own_device);

G_END_DECLS
