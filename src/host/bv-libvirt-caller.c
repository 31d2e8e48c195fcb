/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/bv-libvirt-caller.h"

gpointer
bv_libvirt_caller_call (const BvLibvirtCaller *self, BvLibvirtFunc func, gpointer data,
                        GCancellable *cancellable, GError **error)
{
  return self->call (self, func, data, cancellable, error);
}
