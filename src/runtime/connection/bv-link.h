/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/connection/bv-domain-event.h"

#include <libvirt/libvirt.h>

G_BEGIN_DECLS

/*
 * One connection to libvirt, from its opening to its loss; a lost one is never reopened. Counted,
 * as libvirt's callbacks hold it too. Opening and closing may block, and so belong in worker
 * threads; the rest belongs in the main loop.
 */
typedef struct _BvLink BvLink;

typedef struct
{
  void (*closed) (BvLink *link, const char *reason, gpointer user_data);
  void (*event) (BvLink *link, BvDomainEvent *event, gpointer user_data);
} BvLinkSink;

BvLink *bv_link_open (const char *uri, gboolean with_events, GError **error);
void bv_link_close (BvLink *self);

BvLink *bv_link_ref (BvLink *self);
void bv_link_unref (BvLink *self);

void bv_link_attach (BvLink *self, const BvLinkSink *sink, gpointer user_data);
void bv_link_detach (BvLink *self);
void bv_link_deliver (BvLink *self, BvDomainEvent *event);
virConnectPtr bv_link_get_handle (BvLink *self);
guint bv_link_get_load (BvLink *self);
void bv_link_begin_call (BvLink *self);
void bv_link_end_call (BvLink *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvLink, bv_link_unref)

G_END_DECLS
