/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Who calls twice and waits for no answer means the second call to come after the first. polkit
 * may answer in another order, so that calls wait for those before them. */
typedef struct _BvCallOrder BvCallOrder;

/* A call's place among those of one caller that need the same action. */
typedef struct _BvCallTurn BvCallTurn;

typedef void (*BvTurnFunc) (gpointer user_data);

BvCallOrder *bv_call_order_new (void);
void bv_call_order_free (BvCallOrder *self);

BvCallTurn *bv_call_order_join (BvCallOrder *self, const char *caller, const char *action);

/* The call may go on: FUNC is called once all before it were answered. FUNC is NULL for one that
 * does not go on. Each turn ends so, once. */
void bv_call_order_answer (BvCallOrder *self, BvCallTurn *turn, BvTurnFunc func,
                           gpointer user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvCallOrder, bv_call_order_free)

G_END_DECLS
