/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-api.h"
#include "model/bv-vmi.h"

G_BEGIN_DECLS

#define BV_SHARED_NETWORK "barevirt"
#define BV_SHARED_BRIDGE "barevirt0"

/* Names that follow from what they are for, so that they are the same at every start and need not
 * be written down. The machine is told by its firmware's UUID, which a restart keeps. */
char *bv_network_names_make_mac (BvVmi *vmi, const BvApiInterface *interface);
char *bv_network_names_make_tap (BvVmi *vmi, const BvApiInterface *interface);

/* Of a network that is one interface's alone, and of its bridge. */
char *bv_network_names_make_own_network (BvVmi *vmi, const BvApiInterface *interface);
char *bv_network_names_make_own_bridge (BvVmi *vmi, const BvApiInterface *interface);

/* A UUID that tells a network of ours from another of its name. */
char *bv_network_names_make_uuid (const char *network);

G_END_DECLS
