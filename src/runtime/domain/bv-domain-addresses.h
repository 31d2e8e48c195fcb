/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/connection/bv-connection.h"
#include "runtime/domain/bv-domain-info.h"

G_BEGIN_DECLS

/* The addresses of a domain's interfaces, as the host sees them: what libvirt's networks have
 * leased, and what is in the host's table of neighbours. The result is a GHashTable: MAC address ->
 * GStrv. */
void bv_domain_get_addresses_async (BvConnection *connection, const BvDomainInfo *domain,
                                    GAsyncReadyCallback callback, gpointer user_data);
GHashTable *bv_domain_get_addresses_finish (BvConnection *connection, GAsyncResult *result,
                                            GError **error);
GHashTable *bv_domain_addresses_new (void);

G_END_DECLS
