/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-virtual-machine.h"
#include "runtime/claim/bv-claim-runtime.h"
#include "runtime/vmi/bv-vmi-runtime.h"

G_BEGIN_DECLS

/* What a VM's runtime needs of the controller. */
typedef struct
{
  /* Makes and starts the VM's VMI; failures come by bv_vm_runtime_vmi_failed(). */
  void (*create_vmi) (BvEntry *vm, gpointer user_data);
  /* Shuts the VMI down and removes its object. */
  void (*delete_vmi) (BvEntry *vmi, gint64 grace_period, gpointer user_data);
  /* Writes the VM's changed object. */
  void (*replace_object) (BvEntry *vm, BvObject *object, gpointer user_data);
  /* Lets the VMI follow what of the template can change on a running guest; failures come by
   * bv_vm_runtime_update_failed(). */
  void (*update_vmi) (BvEntry *vm, gpointer user_data);
  /* Whether a guest is on its way to the VM from another host. */
  gboolean (*is_expecting) (BvEntry *vm, gpointer user_data);
  gpointer user_data;
} BvVmHooks;

/* The run strategy of one VM: when its VMI is made and when it goes. Signals: "changed";
 * "event (type, reason, message)". */
#define BV_TYPE_VM_RUNTIME (bv_vm_runtime_get_type ())

G_DECLARE_FINAL_TYPE (BvVmRuntime, bv_vm_runtime, BV, VM_RUNTIME, GObject)

BvVmRuntime *bv_vm_runtime_new (BvEnvironment *environment, BvEntry *entry, const BvVmHooks *hooks,
                                const char *status_json, GError **error);
char *bv_vm_runtime_dup_status_json (BvVmRuntime *self);

const char *bv_vm_runtime_get_printable_status (BvVmRuntime *self);
BvConditions *bv_vm_runtime_get_conditions (BvVmRuntime *self);
gboolean bv_vm_runtime_is_created (BvVmRuntime *self);
gboolean bv_vm_runtime_is_ready (BvVmRuntime *self);
gboolean bv_vm_runtime_starts_paused (BvVmRuntime *self);
const char *const *bv_vm_runtime_get_requests (BvVmRuntime *self);
GVariant *bv_vm_runtime_get_start_failure (BvVmRuntime *self);

/* What the controller tells it. */
void bv_vm_runtime_reconcile (BvVmRuntime *self);
void bv_vm_runtime_set_vmi (BvVmRuntime *self, BvEntry *vmi);
void bv_vm_runtime_vmi_failed (BvVmRuntime *self, const GError *error);
void bv_vm_runtime_update_failed (BvVmRuntime *self, const GError *error);
void bv_vm_runtime_expect_return (BvVmRuntime *self);
BvJob *bv_vm_runtime_get_start_job (BvVmRuntime *self);
/* What was asked for cannot be done here any more. */
void bv_vm_runtime_end_jobs (BvVmRuntime *self, const GError *error);

BvJob *bv_vm_runtime_start (BvVmRuntime *self, gboolean paused, GError **error);
BvJob *bv_vm_runtime_stop (BvVmRuntime *self, gint64 grace_period, GError **error);
BvJob *bv_vm_runtime_restart (BvVmRuntime *self, gint64 grace_period, GError **error);
BvJob *bv_vm_runtime_dump_memory (BvVmRuntime *self, BvClaimRuntime *claim, GError **error);
/* KubeVirt's status.memoryDumpRequest: an a{sv}, empty where there was none. */
GVariant *bv_vm_runtime_get_memory_dump (BvVmRuntime *self);

G_END_DECLS
