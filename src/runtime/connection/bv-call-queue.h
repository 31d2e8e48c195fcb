/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * The calls that wait for a place on a lane. In order for one VM, in turn between VMs; a VM never
 * has more than one call in flight, and all VMs that left their last call unanswered share a single
 * place. Knows nothing of libvirt.
 */
typedef struct _BvCallQueue BvCallQueue;

BvCallQueue *bv_call_queue_new (void);
void bv_call_queue_free (BvCallQueue *self);

void bv_call_queue_push (BvCallQueue *self, const char *vm_key, gpointer call);
gpointer bv_call_queue_pop (BvCallQueue *self);
void bv_call_queue_finish (BvCallQueue *self, const char *vm_key, gboolean unresponsive);
gboolean bv_call_queue_remove (BvCallQueue *self, const char *vm_key, gpointer call);
void bv_call_queue_forgive (BvCallQueue *self, const char *vm_key);
GPtrArray *bv_call_queue_drain (BvCallQueue *self);
gboolean bv_call_queue_has_ready (BvCallQueue *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvCallQueue, bv_call_queue_free)

G_END_DECLS
