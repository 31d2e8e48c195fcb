/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BV_PCI_DEVICES "/sys/bus/pci/devices"

/* A virtual function of a network card, as the card's own device knows it. */
typedef struct
{
  char *card; /* the network device */
  guint index;
} BvVirtualFunction;

void bv_virtual_function_clear (BvVirtualFunction *self);

/* Of the PCI device at ADDRESS; DEVICES is BV_PCI_DEVICES. */
gboolean bv_virtual_function_find (BvVirtualFunction *self, const char *devices,
                                   const char *address, GError **error);

/* Gives it a MAC address, where MAC is not NULL, and a VLAN; 0: none, not even one of before. */
gboolean bv_virtual_function_set (const BvVirtualFunction *self, const char *mac, guint vlan,
                                  GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BvVirtualFunction, bv_virtual_function_clear)

G_END_DECLS
