/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "convert/bv-xml.h"

G_BEGIN_DECLS

/* What devices of many kinds have in common. */

void bv_device_xml_add_alias (BvXml *device, const char *prefix, const char *name);
void bv_device_xml_add_boot_order (BvXml *device, gint64 order);
gboolean bv_device_xml_add_pci_address (BvXml *device, const char *address, GError **error);
BvXml *bv_device_xml_add_socket (BvXml *device, const char *path);

G_END_DECLS
