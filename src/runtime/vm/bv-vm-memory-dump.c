/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vm/bv-vm-runtime-private.h"

#include <glib/gi18n-lib.h>

#include "model/bv-error.h"

/* A dump of the guest's memory into a claim. Its request is on record before it begins, so that a
 * service that was killed knows that it has failed. */

typedef struct
{
  BvVmRuntime *runtime;
  BvClaimRuntime *claim;
  BvJob *job;
} Dump;

static void
dump_free (gpointer data, GClosure *closure)
{
  Dump *self = data;

  g_object_unref (self->runtime);
  g_object_unref (self->claim);
  g_free (self);
}

static void
change (BvVmRuntime *self)
{
  bv_vm_runtime_store_status (self);
  bv_vm_runtime_notify (self);
}

static void
fail (BvVmRuntime *self, const char *reason)
{
  g_autofree char *message = g_strdup_printf (_ ("The memory was not dumped into the claim %s: %s"),
                                              self->memory_dump->claim, reason);

  bv_memory_dump_request_fail (self->memory_dump, reason);
  bv_vm_runtime_tell (self, "Warning", "MemoryDumpError", message);
}

static void
bv_vm_memory_dump_completed_cb (BvJob *job, gpointer user_data)
{
  Dump *dump = user_data;
  BvVmRuntime *self = dump->runtime;
  const GError *error = bv_job_get_error (job);

  bv_claim_runtime_release (dump->claim);
  if (error != NULL)
    fail (self, error->message);
  else
    {
      const BvPoolVolume *volume = bv_claim_runtime_get_status (dump->claim)->volume;
      g_autofree char *name = volume != NULL ? g_path_get_basename (volume->path) : NULL;

      bv_memory_dump_request_complete (self->memory_dump, name);
    }
  change (self);
}

static void
set_phase (BvVmRuntime *self, const char *phase)
{
  self->memory_dump->phase = phase;
  change (self);
}

static gboolean
check_guest (BvVmRuntime *self, GError **error)
{
  g_autofree char *what = bv_entry_describe (self->entry);

  if (self->vmi_runtime != NULL)
    return bv_vmi_runtime_check_running (self->vmi_runtime, error);
  g_set_error (error, BV_ERROR, BV_ERROR_NOT_RUNNING,
               _ ("%s does not run. “barevirt start” starts it."), what);
  return FALSE;
}

/* CLAIM is free for it, as far as the controller can tell. */
BvJob *
bv_vm_runtime_dump_memory (BvVmRuntime *self, BvClaimRuntime *claim, GError **error)
{
  BvObject *object = bv_entry_get_object (bv_claim_runtime_get_entry (claim));
  const BvPoolVolume *volume = bv_claim_runtime_get_status (claim)->volume;
  BvJob *job;
  Dump *dump;

  if (!check_guest (self, error))
    return NULL;
  job = bv_vmi_runtime_dump_memory_into (self->vmi_runtime, self->entry,
                                         bv_object_get_name (object), volume, error);
  if (job == NULL)
    return NULL;
  g_clear_pointer (&self->memory_dump, bv_memory_dump_request_free);
  self->memory_dump = bv_memory_dump_request_new (bv_object_get_name (object));
  self->memory_dump->start = g_get_real_time ();
  dump = g_new0 (Dump, 1);
  dump->runtime = g_object_ref (self);
  dump->claim = g_object_ref (claim);
  bv_claim_runtime_hold (claim);
  g_signal_connect_data (job, "completed", G_CALLBACK (bv_vm_memory_dump_completed_cb), dump,
                         dump_free, 0);
  set_phase (self, "InProgress");
  return job;
}

GVariant *
bv_vm_runtime_get_memory_dump (BvVmRuntime *self)
{
  return bv_memory_dump_request_to_variant (self->memory_dump);
}
