/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/domain/bv-domain-descriptor.h"

#include <unistd.h>

#include "runtime/domain/bv-domain-request.h"

static void
descriptor_free (gpointer descriptor)
{
  int *fd = descriptor;

  close (*fd);
  g_free (fd);
}

gpointer
bv_domain_descriptor_new (int fd)
{
  return g_memdup2 (&fd, sizeof fd);
}

void
bv_domain_descriptor_async (BvConnection *connection, BvLaneId lane, BvCallFunc func,
                            const char *name, const char *uuid, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
  BvDomainRequest *request = bv_domain_request_new (name, NULL, 0);

  bv_domain_request_set_uuid (request, uuid);
  bv_connection_call_async (connection, lane, name, func, request, bv_domain_request_free,
                            descriptor_free, cancellable, callback, user_data);
}

int
bv_domain_descriptor_finish (BvConnection *connection, GAsyncResult *result, GError **error)
{
  g_autofree int *fd = bv_connection_call_finish (connection, result, error);

  return fd != NULL ? *fd : -1;
}
