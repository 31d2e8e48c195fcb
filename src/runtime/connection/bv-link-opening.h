/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/connection/bv-connection.h"
#include "runtime/connection/bv-lane.h"
#include "runtime/connection/bv-link.h"

G_BEGIN_DECLS

/* Connections to libvirt that a worker thread makes. */
typedef struct
{
  GObject *owner;
  guint attempt; /* the owner's */
  BvLane *lane;  /* that wants one more; NULL: the first of every lane */
  char *uri;
  BvLink *links[BV_N_LANES]; /* one, or one for each lane, the first with events; NULL: none */
  GError *error;
} BvLinkOpening;

/* Called in the main loop when OPENING is over. */
typedef void (*BvLinkOpened) (BvLinkOpening *opening);

/* Keeps OWNER alive until OPENED was called. */
void bv_link_opening_start (GObject *owner, GThreadPool *workers, const char *uri, guint attempt,
                            BvLane *lane, BvLinkOpened opened);

G_END_DECLS
