/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/live/bv-live-disk.h"

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
is_grown (const BvApiVirtualMachineInstanceSpec *spec, GHashTable *copies, const char *name,
          const BvVolumeFacts *facts)
{
  const BvApiVolume *volume = bv_live_find_volume (spec, name);
  const BvApiDisk *disk = bv_live_find_disk (spec, name);

  /* QEMU does not change the size of what it copies. */
  return facts->grown_size > facts->size && facts->target != NULL && !facts->detaching &&
         bv_volume_copies_find_active (copies, name) == NULL && volume != NULL &&
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
    if (is_grown (view->spec, view->status->copies, name, facts))
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

/* A disk that was copied to a larger claim shows a part of it until its guest starts anew. */
static gboolean
is_part (BvLiveChange *self, const char *name)
{
  BvXml *source = bv_xml_find (bv_live_disk_find (self, name), "source");

  return source != NULL && bv_xml_find (source, "slices") != NULL;
}

static void
tell_later (BvLiveChange *self, const char *name, const BvVolumeFacts *facts)
{
  g_autofree char *message = g_strdup_printf (
      _ ("The volume %s grows with its claim %s when the guest starts anew: it was "
         "copied there while the guest ran."),
      name, facts->claim.name);

  bv_live_change_tell (self, "Normal", "VolumeGrowsLater", message);
}

static gboolean
expand (BvLiveChange *self, const char *name, BvVolumeFacts *facts, GError **error)
{
  if (is_part (self, name))
    tell_later (self, name, facts);
  else if (!bv_live_change_call (self, call_resize, facts, error))
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
    if (is_grown (change->spec, change->copies, name, facts) &&
        bv_live_disk_find (change, name) != NULL && !expand (change, name, facts, error))
      return FALSE;
  return TRUE;
}

const BvLiveUpdater bv_live_expansion = {
  "expansion",
  carry_nothing,
  is_wanted,
  apply,
};
