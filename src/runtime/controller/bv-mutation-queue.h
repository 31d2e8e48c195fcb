/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/store/bv-store.h"

G_BEGIN_DECLS

/* Changes of the set of objects, one after the other: each is prepared against the state that the
 * one before it left, is stored, and only then takes effect. */
typedef struct _BvMutationQueue BvMutationQueue;
typedef struct _BvMutation BvMutation;

/* Returns what to store; NULL without ERROR where there is nothing to. */
typedef BvStoreBatch *(*BvMutationPrepare) (gpointer user_data, GError **error);

/* Called once: ERROR is NULL when it is stored. */
typedef void (*BvMutationFinish) (gpointer user_data, const GError *error);

BvMutationQueue *bv_mutation_queue_new (BvStore *store);
void bv_mutation_queue_unref (BvMutationQueue *self);
void bv_mutation_queue_push (BvMutationQueue *self, BvMutationPrepare prepare,
                             BvMutationFinish finish, gpointer user_data);

/* The same for one that is not ready yet: those after it wait, too. */
BvMutation *bv_mutation_queue_push_held (BvMutationQueue *self, BvMutationPrepare prepare,
                                         BvMutationFinish finish, gpointer user_data);
void bv_mutation_queue_let_go (BvMutationQueue *self, BvMutation *mutation);

/* For one that takes effect in several turns of the main loop: its finish function holds the queue,
 * and those after it wait until it is released. */
void bv_mutation_queue_hold (BvMutationQueue *self);
void bv_mutation_queue_release (BvMutationQueue *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvMutationQueue, bv_mutation_queue_unref)

G_END_DECLS
