/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/controller/bv-controller.h"
#include "runtime/controller/bv-manifest-folder.h"
#include "runtime/controller/bv-mutation-queue.h"
#include "runtime/vm/bv-vm-runtime.h"

G_BEGIN_DECLS

/* For bv-controller-{apply,claims,delete,export,guests,live,migration,reconcile,shares,vm}.c, and
 * migration/bv-receive.c. */
struct _BvController
{
  GObject parent_instance;

  BvEnvironment *environment;
  BvRegistry *registry;
  BvMutationQueue *mutations;
  GHashTable *by_domain;       /* of the VMI runtimes, which own them -> BvVmiRuntime */
  GHashTable *deletions;       /* BvEntry -> BvJob */
  GHashTable *given_up;        /* uids of migrations that ended before they were heard of */
  guint n_transfers;           /* of data volumes, that are under way */
  BvManifestFolder *manifests; /* NULL: none is watched */
  gboolean ready;
  guint retry_id; /* libvirt did not answer what it was asked at the connection */
};

BvPolicy *bv_controller_get_policy (BvController *self);
void bv_controller_add_entry (BvController *self, BvEntry *entry);
gboolean bv_controller_add_entry_with_status (BvController *self, BvEntry *entry,
                                              const char *status, GError **error);
void bv_controller_forget_entry (BvController *self, BvEntry *entry);
gboolean bv_controller_make_migration_runtime (BvController *self, BvEntry *entry,
                                               const char *status, GError **error);
GPtrArray *bv_controller_list_references (BvController *self, BvObject *object);
void bv_controller_add_job (BvController *self, BvJob *job);
char *bv_controller_dup_status (BvEntry *entry);
void bv_controller_set_ready (BvController *self, gboolean ready);

/* APPLIED (BvApplied) was stored: guests that see something of it as files get what it is now. */
void bv_controller_update_shares (BvController *self, GArray *applied);
gboolean bv_controller_check_causes (GPtrArray *causes, GError **error);
void bv_controller_update_vmi (BvController *self, BvEntry *vm);
BvEntry *bv_controller_find_vmi_of (BvController *self, BvEntry *vm);
BvVmRuntime *bv_controller_find_owner (BvController *self, BvEntry *entry);

void bv_controller_remove_entry (BvController *self, BvEntry *entry);
void bv_controller_forget_kept_state (BvController *self, BvEntry *entry);
void bv_controller_collect_kept_state (BvController *self);
void bv_controller_carry_on_deletion (BvController *self, BvEntry *entry, gint64 grace_period);
BvJob *bv_controller_ensure_deletion_job (BvController *self, BvEntry *entry);
gboolean bv_controller_make_claim_runtime (BvController *self, BvEntry *entry, const char *status,
                                           GError **error);
gboolean bv_controller_make_data_volume_runtime (BvController *self, BvEntry *entry,
                                                 const char *status, GError **error);
void bv_controller_make_data_volumes (BvController *self, BvEntry *vm);
gboolean bv_controller_delete_owned (BvController *self, BvEntry *entry);
void bv_controller_release_claim (BvController *self, const char *namespace, const char *name);
void bv_controller_release_claims (BvController *self, BvEntry *vmi);
const BvVmHooks *bv_controller_make_vm_hooks (BvController *self, BvVmHooks *hooks);

G_END_DECLS
