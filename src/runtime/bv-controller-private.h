/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/bv-controller.h"
#include "runtime/bv-mutation-queue.h"

G_BEGIN_DECLS

/* For bv-controller-apply.c. */
struct _BvController
{
  GObject parent_instance;

  BvEnvironment *environment;
  BvRegistry *registry;
  BvMutationQueue *mutations;
  GHashTable *by_domain; /* of the VMI runtimes, which own them -> BvVmiRuntime */
  GHashTable *deletions; /* BvEntry -> BvJob */
  gboolean ready;
};

BvPolicy *bv_controller_get_policy (BvController *self);
void bv_controller_add_entry (BvController *self, BvEntry *entry);
void bv_controller_add_job (BvController *self, BvJob *job);
char *bv_controller_dup_status (BvEntry *entry);

G_END_DECLS
