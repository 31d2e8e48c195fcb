/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* XML of a domain, with addresses as libvirt gave them, with as many free PCIe ports as KubeVirt
 * keeps for what is plugged in later; NULL where it has enough, or has no such ports. */
char *bv_hotplug_ports_add (const char *xml);

G_END_DECLS
