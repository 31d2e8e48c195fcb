/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/domain/bv-domain-size.h"
#include "runtime/domain/bv-domain-state.h"

G_BEGIN_DECLS

/* The XML namespace of what the service keeps in a domain's metadata, and the prefix that libvirt
 * writes it with. */
#define BV_DOMAIN_METADATA_URI "https://barevirt.org/domain/1"

/**
 * BvDomainInterface:
 * @name: its name in the manifest
 * @mac: (nullable): its MAC address
 * @target: (nullable): the host's device behind it
 * @link_state: (nullable): what the domain says of its link
 * @queues: how many queues the domain says that it has, or 0
 *
 * An interface of a domain. Read only.
 */
typedef struct
{
  char *name;
  char *mac;
  char *target;
  char *link_state;
  guint queues;
} BvDomainInterface;

/**
 * BvDomainInfo:
 * @name: the domain's name
 * @uuid: its UUID
 * @state: its state
 * @reason: why it is in that state
 * @is_persistent: whether it stays when it stops
 * @has_acpi: whether it has the ACPI feature
 * @has_graphics: whether it has a display
 * @agent_connected: whether the guest's agent has opened its channel
 * @metadata: (nullable): our metadata element, as XML
 * @targets: the disks that show something: alias -> target
 * @buses: their buses: target -> bus
 * @paths: the files or block devices that they show: alias -> path
 * @interfaces: (element-type BvDomainInterface): the network interfaces, virtual functions too
 * @host_devices: the aliases of what it has of the host's devices, without what users' begin with
 * @size: its CPUs and its memory
 * @console_path: (nullable): the socket or the terminal of the first serial port
 *
 * What libvirt tells of a domain. Read only.
 */
typedef struct
{
  char *name;
  char uuid[37];
  BvDomainState state;
  BvDomainReason reason;
  gboolean is_persistent;
  gboolean has_acpi;
  gboolean has_graphics;
  gboolean agent_connected;
  char *metadata;
  GHashTable *targets;
  GHashTable *buses;
  GHashTable *paths;
  GPtrArray *interfaces;
  GHashTable *host_devices;
  BvDomainSize size;
  char *console_path;
} BvDomainInfo;

BvDomainInfo *bv_domain_info_new (const char *name, const char *uuid);
gboolean bv_domain_info_read_xml (BvDomainInfo *self, const char *xml, GError **error);
const char *bv_domain_info_get_target (const BvDomainInfo *self, const char *name);
const char *bv_domain_info_get_path (const BvDomainInfo *self, const char *name);
void bv_domain_info_free (BvDomainInfo *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvDomainInfo, bv_domain_info_free)

G_END_DECLS
