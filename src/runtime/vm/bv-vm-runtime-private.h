/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/claim/bv-memory-dump-request.h"
#include "runtime/vm/bv-vm-runtime.h"
#include "runtime/vm/bv-vm-strategy.h"

G_BEGIN_DECLS

/* For bv-vm-{conditions,memory-dump,recovery,request}.c. */
struct _BvVmRuntime
{
  GObject parent_instance;

  BvEnvironment *environment;
  BvEntry *entry;
  BvVmHooks hooks;
  BvConditions *conditions;
  const char *printable_status;

  BvEntry *vmi; /* NULL: there is none */
  BvVmiRuntime *vmi_runtime;
  gboolean creating;     /* its VMI is being made */
  gboolean deleting;     /* its VMI is being deleted */
  gboolean ran;          /* its VMI ran */
  BvVmRequest request;   /* what was asked for and is not done */
  gboolean start_paused; /* the start that was asked for leaves the guest paused */
  char *seen_strategy;   /* the run strategy that was last acted on */
  gint64 grace_period;   /* of the stop that was asked for */

  guint failures;   /* in a row, of VMIs that never ran */
  char *failed_uid; /* the last of these */
  gint64 retry_at;
  guint retry_id;

  gint64 compared;   /* the generation that the VMI was last compared with */
  guint seen_copies; /* bv_vmi_runtime_get_copies_serial() then */
  gboolean restart_required;
  char *restart_reasons; /* what of it can say why; NULL: nothing */
  gboolean live_wanted;  /* the template has something for the guest that runs */

  GHashTable *recovery; /* volume -> claim that has what its last guest wrote; NULL: see
                           bv-vm-recovery.c */

  BvMemoryDumpRequest *memory_dump; /* the last; NULL: there was none */

  BvJob *start_job;
  BvJob *stop_job;
};

const char *bv_vm_runtime_get_strategy (BvVmRuntime *self);
BvVmVmi bv_vm_runtime_get_vmi_state (BvVmRuntime *self);
void bv_vm_runtime_tell (BvVmRuntime *self, const char *type, const char *reason,
                         const char *message);
void bv_vm_runtime_notify (BvVmRuntime *self);
void bv_vm_runtime_store_status (BvVmRuntime *self);
void bv_vm_runtime_forget_failures (BvVmRuntime *self);

void bv_vm_runtime_note_recovery (BvVmRuntime *self);
gboolean bv_vm_runtime_update_recovery (BvVmRuntime *self);
gboolean bv_vm_runtime_needs_recovery (BvVmRuntime *self);
void bv_vm_runtime_read_recovery (BvVmRuntime *self, JsonObject *object);
void bv_vm_runtime_write_recovery (BvVmRuntime *self, JsonObject *object);

BvJob *bv_vm_runtime_ensure_start_job (BvVmRuntime *self, const char *operation);
void bv_vm_runtime_update_conditions (BvVmRuntime *self);

G_END_DECLS
