/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/domain/bv-domain-graphics.h"

#include <glib/gi18n-lib.h>

#include "runtime/domain/bv-domain-descriptor.h"
#include "runtime/domain/bv-domain-request.h"
#include "host/bv-libvirt-autocleanups.h"
#include "host/bv-libvirt-error.h"

/* The VNC server asks for no password here: polkit was asked. */
static gpointer
open_graphics (virConnectPtr handle, gpointer data, GCancellable *cancellable, GError **error)
{
  BvDomainRequest *request = data;
  g_autoptr (virDomain) domain = bv_domain_request_look_up (request, handle, error);
  int fd;

  if (domain == NULL)
    return NULL;
  fd = virDomainOpenGraphicsFD (domain, 0, VIR_DOMAIN_OPEN_GRAPHICS_SKIPAUTH);
  if (fd >= 0)
    return bv_domain_descriptor_new (fd);
  bv_set_error_from_libvirt (error, _ ("The display of the domain %s cannot be opened"),
                             request->name);
  return NULL;
}

/**
 * bv_domain_open_graphics_async:
 * @connection: the connection
 * @name: the domain's name
 * @uuid: the domain's UUID; another domain that has the name by now is left alone
 * @cancellable: (nullable): ends the wait for its turn
 * @callback: called when it is done
 * @user_data: passed to @callback
 *
 * Connects to the first display of a domain that runs.
 */
void
bv_domain_open_graphics_async (BvConnection *connection, const char *name, const char *uuid,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data)
{
  bv_domain_descriptor_async (connection, BV_LANE_CONTROL, open_graphics, name, uuid, cancellable,
                              callback, user_data);
}

/**
 * bv_domain_open_graphics_finish:
 * @connection: the connection
 * @result: what the callback got
 * @error: return location
 *
 * Returns: a stream socket that speaks VNC, which is the caller's; -1 on error
 */
int
bv_domain_open_graphics_finish (BvConnection *connection, GAsyncResult *result, GError **error)
{
  return bv_domain_descriptor_finish (connection, result, error);
}
