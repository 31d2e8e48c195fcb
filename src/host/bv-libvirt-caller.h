/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libvirt/libvirt.h>

#include <gio/gio.h>

G_BEGIN_DECLS

/* How a worker thread calls libvirt, without knowing whose connection that is. */
typedef struct _BvLibvirtCaller BvLibvirtCaller;

/* NULL with an error set is a failure. */
typedef gpointer (*BvLibvirtFunc) (virConnectPtr handle, gpointer data, GCancellable *cancellable,
                                   GError **error);

struct _BvLibvirtCaller
{
  gpointer (*call) (const BvLibvirtCaller *self, BvLibvirtFunc func, gpointer data,
                    GCancellable *cancellable, GError **error);
  gpointer user_data;
};

/* Waits for the call, which has run to its end, or never begins, when this returns: DATA may be on
 * the stack. For worker threads; in the main loop it would wait for ever. */
gpointer bv_libvirt_caller_call (const BvLibvirtCaller *self, BvLibvirtFunc func, gpointer data,
                                 GCancellable *cancellable, GError **error);

G_END_DECLS
