/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/connection/bv-call.h"

G_BEGIN_DECLS

/*
 * Calls of one kind and the connections that they go over, one at a time on each. libvirtd would
 * serve five, but libvirt's client before 10.0 can lose the wake-up for a second call, which then
 * waits until the first is answered. A lane whose connections are all taken opens a further one,
 * up to its limit.
 */
typedef struct _BvLane BvLane;

typedef struct
{
  void (*open_link) (BvLane *lane, gpointer user_data);
  void (*close_link) (BvLane *lane, BvLink *link, gpointer user_data);
} BvLaneOwner;

BvLane *bv_lane_new (guint max_links, GThreadPool *workers, const BvLaneOwner *owner,
                     gpointer user_data);
void bv_lane_free (BvLane *self);

void bv_lane_add_link (BvLane *self, BvLink *link);
void bv_lane_open_failed (BvLane *self);
void bv_lane_reset (BvLane *self, const GError *error);
void bv_lane_submit (BvLane *self, BvCall *call);
void bv_lane_forgive (BvLane *self, const char *vm_key);
guint bv_lane_get_n_links (BvLane *self);

G_END_DECLS
