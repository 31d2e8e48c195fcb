/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libvirt/libvirt.h>

#include <gio/gio.h>

#include "host/machine/bv-xml-document.h"

G_BEGIN_DECLS

/* A device of the host that a guest might get. */
typedef struct
{
  char *name;       /* libvirt's */
  const char *kind; /* “pci”, “usb”, “mdev” */
  char *parent;
  char *driver;
  char *id;      /* “10de:1eb8”, vendor and product, in lower case */
  char *address; /* of PCI “0000:65:00.0”; of a mediated device its UUID; of USB “1:4”, bus and
                    device */
  char *type;    /* of a mediated device: its id, “nvidia-222” */
  GHashTable *type_names; /* of its parent: the id of each mediated type it makes -> its name */
  int numa_cell;          /* -1: none */
  int iommu_group;        /* -1: none */
  guint bus;
  guint device;
} BvNodeDevice;

void bv_node_device_free (BvNodeDevice *self);

/* NULL for a device of another kind. */
BvNodeDevice *bv_node_device_new_from_xml (BvXml *element);

/* The host's PCI, USB and mediated devices. Blocks: for worker threads. */
GPtrArray *bv_node_device_list (virConnectPtr connection, GError **error);

/* The name of a mediated device's type as KubeVirt writes it, with underscores; NULL: not known. */
char *bv_node_device_get_type_name (const BvNodeDevice *self, GPtrArray *all);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvNodeDevice, bv_node_device_free)

G_END_DECLS
