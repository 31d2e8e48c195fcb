/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-api.h"

G_BEGIN_DECLS

#define BV_PUBLISH_ANNOTATION "barevirt.org/publish"

/* A port of the host that leads to one of the guest. */
typedef struct
{
  guint host_port;
  guint guest_port;
  const char *protocol; /* "tcp" or "udp" */
} BvPublication;

/* What the annotation says: "8080:80/tcp,53:53/udp"; the protocol is tcp where none is given, and
 * the two ports are the same where one is. Of BvPublication. */
GArray *bv_publications_parse (const char *text, GError **error);

/* Whether the interface's ports let through all that is published. */
gboolean bv_publications_check (GArray *list, const BvApiInterface *interface, GError **error);

/* Whether WANTED, the protocol of an interface's port, is PROTOCOL; one that says none means tcp.
 */
gboolean bv_port_is_of (const char *wanted, const char *protocol);

/* Whether the interface's ports let PORT through; where it lists none, all are. */
gboolean bv_interface_allows_port (const BvApiInterface *interface, const char *protocol,
                                   guint port);

G_END_DECLS
