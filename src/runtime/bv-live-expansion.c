/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/bv-live-disk.h"

#include <glib/gi18n-lib.h>

#include "host/bv-libvirt-error.h"
#include "model/bv-quantity.h"

/* The guest sees the size that the claims of its disks have now, as in KubeVirt. The main loop
 * tells which size that is. */

/* A template says nothing of sizes. */
static gboolean
carry_nothing (const BvLiveCarry *carry)
{
  return FALSE;
}

static gboolean
is_grown (const BvApiVirtualMachineInstanceSpec *spec, const char *name, const BvVolumeFacts *facts)
{
  const BvApiVolume *volume = bv_live_find_volume (spec, name);
  const BvApiDisk *disk = bv_live_find_disk (spec, name);

  return facts->grown_size > facts->size && facts->target != NULL && !facts->detaching &&
         volume != NULL &&
         (volume->persistent_volume_claim != NULL || volume->data_volume != NULL) && disk != NULL &&
         disk->cdrom == NULL;
}

static gboolean
is_wanted (const BvLiveView *view)
{
  GHashTableIter iter;
  gpointer name, facts;

  g_hash_table_iter_init (&iter, view->status->volumes);
  while (g_hash_table_iter_next (&iter, &name, &facts))
    if (is_grown (view->spec, name, facts))
      return TRUE;
  return FALSE;
}

/* QEMU lets a file grow to the size, and looks anew at a device that has it. */
static gboolean
call_resize (virDomainPtr domain, gpointer data, GError **error)
{
  const BvVolumeFacts *facts = data;

  if (virDomainBlockResize (domain, facts->target, (guint64)facts->grown_size,
                            VIR_DOMAIN_BLOCK_RESIZE_BYTES) == 0)
    return TRUE;
  bv_set_error_from_libvirt (error, _ ("The disk %s cannot grow with its claim %s"), facts->target,
                             facts->claim.name);
  return FALSE;
}

static gboolean
expand (BvLiveChange *self, BvVolumeFacts *facts, GError **error)
{
  if (!bv_live_change_call (self, call_resize, facts, error))
    return FALSE;
  facts->size = facts->grown_size;
  g_free (facts->claim.capacity);
  facts->claim.capacity = bv_quantity_format_binary (facts->size);
  return TRUE;
}

static gboolean
apply (BvLiveChange *change, GError **error)
{
  GHashTableIter iter;
  gpointer name, facts;

  g_hash_table_iter_init (&iter, change->volumes);
  while (g_hash_table_iter_next (&iter, &name, &facts))
    if (is_grown (change->spec, name, facts) && bv_live_disk_find (change, name) != NULL &&
        !expand (change, facts, error))
      return FALSE;
  return TRUE;
}

const BvLiveUpdater bv_live_expansion = {
  "expansion",
  carry_nothing,
  is_wanted,
  apply,
};
