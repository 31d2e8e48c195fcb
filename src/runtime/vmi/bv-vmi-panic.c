/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vmi/bv-vmi-runtime-private.h"

#include <libvirt/libvirt.h>

#include "runtime/domain/bv-guest-panic.h"

/* What is known of a crash of the guest. Its phase follows from its domain: libvirt ends one that
 * panicked, and lets one go on that has loaded a kernel to dump the crash. */

static void
read_in_worker (GTask *task)
{
  g_task_return_pointer (task, bv_guest_panic_read_log (g_task_get_task_data (task)), g_free);
}

static void
count (BvVmiRuntime *self, const BvGuestPanic *panic)
{
  const char *type = panic->type != NULL ? panic->type : "unknown";
  g_autofree char *code = bv_guest_panic_get_code (panic);
  char *key = g_strdup_printf ("%s %s", type, code);
  guint n;

  if (self->panics == NULL)
    self->panics = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  n = GPOINTER_TO_UINT (g_hash_table_lookup (self->panics, key));
  g_hash_table_insert (self->panics, key, GUINT_TO_POINTER (n + 1));
}

static void
bv_vmi_runtime_read_panic_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BvVmiRuntime *self = BV_VMI_RUNTIME (source);
  g_autofree char *log = g_task_propagate_pointer (G_TASK (result), NULL);
  g_autoptr (BvGuestPanic) panic = bv_guest_panic_new_from_log (log);
  g_autofree char *message = bv_guest_panic_describe (panic);

  count (self, panic);
  bv_vmi_runtime_tell (self, "Warning", "GuestPanicked", message);
}

/* A guest that panicked is at its end, and told of once; one that dumps its crash may crash again.
 */
void
bv_vmi_runtime_tell_panic (BvVmiRuntime *self, const BvDomainEvent *event)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, bv_vmi_runtime_read_panic_cb, NULL);

  if (self->panicked)
    return;
  self->panicked = event->detail == VIR_DOMAIN_EVENT_CRASHED_PANICKED;
  g_task_set_source_tag (task, bv_vmi_runtime_tell_panic);
  g_task_set_task_data (task, g_strdup (self->domain_name), g_free);
  bv_worker_push_task (self->environment->workers, read_in_worker, g_steal_pointer (&task));
}

GHashTable *
bv_vmi_runtime_get_panics (BvVmiRuntime *self)
{
  return self->panics;
}
