/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The groups of barevirt.conf that are called so, and then another host. */
#define BV_REMOTE_HOST_GROUP "host "

/* Another host that guests may move to: a section “[host NAME]” of barevirt.conf. */
typedef struct
{
  char *name;
  char *address;     /* of its message bus: ssh://USER@HOST, or a D-Bus address; NULL: not given */
  char *libvirt_uri; /* where this host's libvirt finds its; NULL: not given */
  char *migrate_uri; /* where this host's QEMU finds its; NULL: libvirt asks it */
  char *tls_name;    /* the name in its certificate; NULL: that of the URI */
  gboolean insecure; /* the guest's memory may travel in clear text */
} BvRemoteHost;

BvRemoteHost *bv_remote_host_new (const char *name);
void bv_remote_host_free (BvRemoteHost *self);
gboolean bv_remote_host_set (BvRemoteHost *self, const char *key, const char *value,
                             GError **error);

/* The setting by which what travels to it is not encrypted, or NULL. */
const char *bv_remote_host_find_clear_text (const BvRemoteHost *self);

/* The name that its certificate must have. */
char *bv_remote_host_get_tls_name (const BvRemoteHost *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvRemoteHost, bv_remote_host_free)

G_END_DECLS
