/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/live/bv-live-update.h"

G_BEGIN_DECLS

/* Network interfaces that are plugged in and out, and their links. */
extern const BvLiveUpdater bv_live_interfaces;

/* NULL where there is none. */
const BvApiInterface *bv_live_find_interface (const BvApiVirtualMachineInstanceSpec *spec,
                                              const char *name);

/* What an interface of a running guest lacks. */
typedef enum
{
  BV_LIVE_INTERFACE_RIGHT,
  BV_LIVE_INTERFACE_PLUG,
  BV_LIVE_INTERFACE_UNPLUG,
  BV_LIVE_INTERFACE_LINK,
} BvLiveInterfaceStep;

/* What is to be done for the interface of RECORD; IN_DOMAIN tells whether the domain has it, and
 * LINK_STATE what it says of its link, or NULL. */
BvLiveInterfaceStep bv_live_interface_get_step (const BvApiVirtualMachineInstanceSpec *spec,
                                                const BvApiInterface *record, gboolean in_domain,
                                                const char *link_state);

/* The worker's part, in bv-live-interface-changes.c. */
gboolean bv_live_interfaces_apply (BvLiveChange *change, GError **error);

G_END_DECLS
