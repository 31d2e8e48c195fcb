/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cli/bv-cli-target.h"

G_BEGIN_DECLS

/* What a VMI has to connect to: a port, VIA vsock or network (NULL: whichever leads there), or with
 * 0 its display. -1 on error. */
typedef int (*BvCliOpenFunc) (BvDBusVirtualMachineInstance *vmi, guint port, const char *via,
                              GError **error);

int bv_cli_open_port (BvDBusVirtualMachineInstance *vmi, guint port, const char *via,
                      GError **error);
int bv_cli_open_display (BvDBusVirtualMachineInstance *vmi, guint port, const char *via,
                         GError **error);

/* Carries standard input and output to FD and from there, until it ends. */
void bv_cli_carry_stdio (int fd, guint port, const char *name);

/* Listens here, in threads of its own, and carries each connection to what FUNC opens for it. */
GSocketService *bv_cli_proxy_new (BvDBusVirtualMachineInstance *vmi, BvCliOpenFunc func, guint port,
                                  const char *via);

/* Listens at ADDRESS, the text of an IP address; at any port where PORT is 0. Returns the port, or
 * 0 on error. */
guint16 bv_cli_proxy_listen (GSocketService *proxy, const char *address, guint16 port,
                             GError **error);
gboolean bv_cli_proxy_listen_at (GSocketService *proxy, const char *path, GError **error);

/* Runs the main loop until SIGINT, SIGTERM or the end of CHILD (may be NULL). */
void bv_cli_proxy_run (GSubprocess *child);

G_END_DECLS
