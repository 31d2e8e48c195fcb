/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/bv-libvirt-caller.h"
#include "host/network/bv-network-plan.h"

G_BEGIN_DECLS

/* Networks of libvirt that are ours: transient, so that nothing is left of one that has ended. All
 * of these block: for worker threads. */

/* The XML of the network of that name, or the empty string where there is none; an error where it
 * is another's. */
char *bv_libvirt_network_describe (const BvLibvirtCaller *libvirt, const char *name,
                                   GError **error);
gboolean bv_libvirt_network_create (const BvLibvirtCaller *libvirt, const char *name,
                                    const char *xml, GError **error);

/* Adds LEASE to the network, in the place of what its MAC address has. */
gboolean bv_libvirt_network_add_lease (const BvLibvirtCaller *libvirt, const char *name,
                                       const BvNetworkLease *lease, GError **error);
gboolean bv_libvirt_network_remove_lease (const BvLibvirtCaller *libvirt, const char *name,
                                          const BvNetworkLease *lease, GError **error);

/* Ends the network, unless somebody is plugged into it or it is not ours. */
gboolean bv_libvirt_network_end (const BvLibvirtCaller *libvirt, const char *name, GError **error);

G_END_DECLS
