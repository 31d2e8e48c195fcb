/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libvirt/libvirt.h>

#include <gio/gio.h>

#include "convert/bv-context.h"
#include "host/machine/bv-cgroups.h"
#include "host/machine/bv-domain-capabilities.h"
#include "host/machine/bv-host-topology.h"
#include "host/machine/bv-node-device.h"

G_BEGIN_DECLS

/* What libvirt and the kernel tell of this machine. Read only once made. */
typedef struct
{
  char *host_name;
  char *hypervisor; /* as virConnectGetType() has it */
  gulong hypervisor_version;
  gulong libvirt_version;
  const char *architecture; /* KubeVirt's name */
  gboolean kvm_usable;
  guint qemu_gid; /* the group of QEMU's user; (guint)-1: as we are */
  gboolean is_local;
  guint64 memory_kib; /* 0: not known, and no limit */
  BvCgroups cgroups;
  BvHostTopology *topology;
  BvContext *context; /* with the topology, for what works on facts of a conversion */
  BvDomainCapabilities *capabilities;
  GPtrArray *node_devices; /* BvNodeDevice, as they were; empty where none is for guests */
} BvHostFacts;

BvHostFacts *bv_host_facts_new (void);
BvHostFacts *bv_host_facts_new_from_libvirt (virConnectPtr connection, gboolean with_devices,
                                             GError **error);
BvHostFacts *bv_host_facts_ref (const BvHostFacts *self);
void bv_host_facts_unref (BvHostFacts *self);
char *bv_host_version_to_string (gulong version);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvHostFacts, bv_host_facts_unref)

G_END_DECLS
