/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/network/bv-ip-range.h"

G_BEGIN_DECLS

/* Which address belongs to which MAC address on each network of ours, also while its guest does
 * not run. It is one file; an address is given to another only when no other is left. */
typedef struct _BvAddressBook BvAddressBook;

BvAddressBook *bv_address_book_new (const char *path);
void bv_address_book_free (BvAddressBook *self);

/* The range that a network had, or FALSE. */
gboolean bv_address_book_get_range (BvAddressBook *self, const char *network, GSocketFamily family,
                                    BvIpRange *range);
void bv_address_book_set_range (BvAddressBook *self, const char *network, const BvIpRange *range);

/* The address of MAC within RANGE; makes one where there is none. TAKEN tells which MAC addresses
 * are in use. The first address of the range is the host's. */
char *bv_address_book_reserve (BvAddressBook *self, const char *network, const char *mac,
                               const BvIpRange *range, GHashTable *taken, GError **error);

/* ADDRESS is MAC's from now on: a guest that comes from another host has it already. */
gboolean bv_address_book_take (BvAddressBook *self, const char *network, const char *mac,
                               const BvIpRange *range, GHashTable *taken, const char *address,
                               GError **error);

/* The address, or NULL. */
char *bv_address_book_find (BvAddressBook *self, const char *network, const char *mac,
                            GSocketFamily family);
gboolean bv_address_book_save (BvAddressBook *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvAddressBook, bv_address_book_free)

G_END_DECLS
