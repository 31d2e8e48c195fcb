/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/controller/bv-controller-private.h"

/* All guests at once, when the host goes down: each has its own grace period, and the run
 * strategies stay what they are. What is to run comes back with the next service. */

static void
stop_guest (BvController *self, BvVmiRuntime *runtime)
{
  BvVmRuntime *owner = bv_controller_find_owner (self, bv_vmi_runtime_get_entry (runtime));

  if (bv_phase_is_final (bv_vmi_runtime_get_phase (runtime)))
    return;
  if (owner != NULL)
    bv_vm_runtime_expect_return (owner);
  bv_vmi_runtime_stop (runtime, -1);
}

/* Returns when they are asked; their phases tell the rest. */
void
bv_controller_stop_guests (BvController *self)
{
  g_autoptr (GPtrArray) entries = bv_registry_list (self->registry);

  self->environment->closing = TRUE;
  for (guint i = 0; i < entries->len; i++)
    {
      gpointer runtime = bv_entry_get_runtime (g_ptr_array_index (entries, i));

      if (BV_IS_VMI_RUNTIME (runtime))
        stop_guest (self, runtime);
    }
}

/* Takes it back: what is to run is started. */
void
bv_controller_start_guests (BvController *self)
{
  g_autoptr (GPtrArray) entries = bv_registry_list (self->registry);

  self->environment->closing = FALSE;
  for (guint i = 0; i < entries->len; i++)
    {
      gpointer runtime = bv_entry_get_runtime (g_ptr_array_index (entries, i));

      if (BV_IS_VM_RUNTIME (runtime))
        bv_vm_runtime_reconcile (runtime);
    }
}
