/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/connection/bv-connection.h"

G_BEGIN_DECLS

/* A call on a domain whose result is an open file: FUNC gets a BvDomainRequest, and returns what
 * bv_domain_descriptor_new() makes. Another domain that has the name but not the UUID is left
 * alone. */
void bv_domain_descriptor_async (BvConnection *connection, BvLaneId lane, BvCallFunc func,
                                 const char *name, const char *uuid, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data);
/* The file, which is the caller's; -1 on error. */
int bv_domain_descriptor_finish (BvConnection *connection, GAsyncResult *result, GError **error);

gpointer bv_domain_descriptor_new (int fd);

G_END_DECLS
