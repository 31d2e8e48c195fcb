/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/live/bv-live-copies.h"

#include <glib/gi18n-lib.h>

#include "host/bv-libvirt-error.h"
#include "migration/bv-migration-config.h"
#include "runtime/live/bv-live-disk.h"

/* QEMU copies the disk to the other claim while the guest writes to both, and in the end lets go of
 * the old one (pivot). What to do next follows from what the domain shows, so that a service which
 * was killed carries on wherever that was: before the pivot the guest has the old claim and nothing
 * is lost, after it the record only has to follow. */

typedef struct
{
  BvLiveChange *change;
  const char *name;
  BvVolumeCopy *copy;
  BvXml *disk;
  const char *target;
  const BvVolumeFacts *facts; /* of the destination */
} Copying;

static gboolean
names_destination (const BvApiVirtualMachineInstanceSpec *spec, const char *name,
                   const BvVolumeCopy *copy)
{
  const BvApiVolume *volume = bv_live_find_volume (spec, name);

  return volume != NULL && g_strcmp0 (bv_live_copies_get_claim (volume), copy->destination) == 0;
}

/* None while QEMU copies, and none before an obstacle is out of the way. */
static gboolean
has_step (const BvLiveView *view, const char *name, const BvVolumeCopy *copy)
{
  if (!names_destination (view->spec, name, copy))
    return TRUE;
  return copy->state == BV_VOLUME_COPY_COPYING ? !copy->awaited : copy->obstacle == NULL;
}

static gboolean
is_wanted (const BvLiveView *view)
{
  GHashTableIter iter;
  gpointer name, copy;

  g_hash_table_iter_init (&iter, view->status->copies);
  while (g_hash_table_iter_next (&iter, &name, &copy))
    if (bv_volume_copy_is_active (copy) && has_step (view, name, copy))
      return TRUE;
  return FALSE;
}

/* Calls of libvirt's. */

/* QEMU copies only to what has the same size, so that a larger claim shows no more of itself until
 * the guest starts anew. */
static char *
make_xml (const BvVolumeFacts *facts, guint64 size)
{
  g_autofree char *slice =
      size < (guint64)facts->size
          ? g_strdup_printf ("<slices><slice type='storage' offset='0' size='%" G_GUINT64_FORMAT
                             "'/></slices>",
                             size)
          : g_strdup ("");
  g_autofree char *path = g_markup_escape_text (facts->path, -1);

  return g_strdup_printf ("<disk type='%s' device='disk'><driver name='qemu' type='%s'/>"
                          "<source %s='%s'>%s</source></disk>",
                          facts->block ? "block" : "file", facts->format,
                          facts->block ? "dev" : "file", path, slice);
}

static gboolean
find_size (virDomainPtr domain, const Copying *self, guint64 *size, GError **error)
{
  virDomainBlockInfo info;

  if (virDomainGetBlockInfo (domain, self->target, &info, 0) != 0)
    return bv_set_error_from_libvirt (error, _ ("The size of the volume %s is not known"),
                                      self->name);
  *size = info.capacity;
  if (info.capacity <= (guint64)self->facts->size)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_LIMIT_EXCEEDED,
               _ ("The volume %s has %llu MiB, and the claim %s only %" G_GINT64_FORMAT
                  ". Let the claim grow, or name the claim %s again in the template."),
               self->name, info.capacity >> 20, self->copy->destination, self->facts->size >> 20,
               self->copy->source);
  return FALSE;
}

/* As much in a second as the VMI's migrations may take. */
static gboolean
find_limit (const Copying *self, virTypedParameterPtr limit, int *n_limits, GError **error)
{
  const BvVolumeWork *work = self->change->work;
  g_autoptr (BvMigrationConfig) config =
      bv_migration_config_resolve (work->config, bv_vmi_get_record (work->vmi), NULL, error);

  if (config == NULL)
    return FALSE;
  *n_limits = config->bandwidth_per_migration > 0 ? 1 : 0;
  *limit = (virTypedParameter){ .field = VIR_DOMAIN_BLOCK_COPY_BANDWIDTH,
                                .type = VIR_TYPED_PARAM_ULLONG,
                                .value.ul = config->bandwidth_per_migration };
  return TRUE;
}

/* The domain is persistent and the copy does not outlive its QEMU: libvirt wants to hear that this
 * is known. */
static gboolean
call_copy (virDomainPtr domain, gpointer data, GError **error)
{
  const Copying *self = data;
  g_autofree char *xml = NULL;
  virTypedParameter limit;
  guint64 size = 0;
  int n_limits;

  if (!find_size (domain, self, &size, error) || !find_limit (self, &limit, &n_limits, error))
    return FALSE;
  xml = make_xml (self->facts, size);
  if (virDomainBlockCopy (domain, self->target, xml, n_limits > 0 ? &limit : NULL, n_limits,
                          VIR_DOMAIN_BLOCK_COPY_REUSE_EXT | VIR_DOMAIN_BLOCK_COPY_TRANSIENT_JOB) ==
      0)
    return TRUE;
  return bv_set_error_from_libvirt (error, _ ("The volume %s cannot be copied to the claim %s"),
                                    self->name, self->copy->destination);
}

static gboolean
call_pivot (virDomainPtr domain, gpointer data, GError **error)
{
  const Copying *self = data;

  if (virDomainBlockJobAbort (domain, self->target, VIR_DOMAIN_BLOCK_JOB_ABORT_PIVOT) == 0)
    return TRUE;
  return bv_set_error_from_libvirt (error,
                                    _ ("The guest does not get the claim %s for the volume %s"),
                                    self->copy->destination, self->name);
}

static gboolean
call_abort (virDomainPtr domain, gpointer data, GError **error)
{
  const Copying *self = data;

  if (virDomainBlockJobAbort (domain, self->target, 0) == 0)
    return TRUE;
  return bv_set_error_from_libvirt (error, _ ("The copy of the volume %s cannot be ended"),
                                    self->name);
}

/* Steps. */

static void
finish (Copying *self, BvVolumeFacts *facts)
{
  const BvVolumeFacts *known = g_hash_table_lookup (self->change->volumes, self->name);
  g_autofree char *message = g_strdup_printf (
      _ ("The volume %s was copied from the claim %s to the claim %s, which the guest has now."),
      self->name, self->copy->source, self->copy->destination);

  g_free (facts->target);
  facts->target = g_strdup (self->target);
  facts->hotplug = known != NULL && known->hotplug;
  bv_live_disk_keep_facts (self->change, self->name, facts);
  self->copy->state = BV_VOLUME_COPY_COPIED;
  bv_live_change_tell (self->change, "Normal", "VolumeCopied", message);
}

static gboolean
begin (Copying *self, GError **error)
{
  g_autofree char *message =
      g_strdup_printf (_ ("The volume %s is being copied from the claim %s to the claim %s."),
                       self->name, self->copy->source, self->copy->destination);

  if (self->copy->state == BV_VOLUME_COPY_COPYING)
    {
      self->copy->state = BV_VOLUME_COPY_WAITING;
      self->copy->awaited = FALSE;
      self->copy->broken = TRUE;
      g_set_error (error, BV_ERROR, BV_ERROR_FAILED,
                   _ ("The copy of the volume %s to the claim %s broke off; QEMU's log tells why. "
                      "The guest keeps the claim %s, and the copy begins anew in a while."),
                   self->name, self->copy->destination, self->copy->source);
      return FALSE;
    }
  if (self->copy->broken)
    return TRUE;
  if (!bv_live_change_call (self->change, call_copy, self, error))
    {
      self->copy->broken = TRUE;
      return FALSE;
    }
  self->copy->state = BV_VOLUME_COPY_COPYING;
  bv_live_change_tell (self->change, "Normal", "VolumeCopyStarted", message);
  return TRUE;
}

static gboolean
undo (Copying *self, BvXml *mirror, GError **error)
{
  g_autofree char *message = g_strdup_printf (
      _ ("The volume %s keeps the claim %s: its copy to the claim %s was cancelled."), self->name,
      self->copy->source, self->copy->destination);

  if (mirror != NULL && !bv_live_change_call (self->change, call_abort, self, error))
    return FALSE;
  self->copy->state = BV_VOLUME_COPY_UNDONE;
  bv_live_change_tell (self->change, "Normal", "VolumeCopyCancelled", message);
  return TRUE;
}

static gboolean
pivot (Copying *self, BvVolumeFacts *facts, GError **error)
{
  if (!bv_live_change_call (self->change, call_pivot, self, error))
    return FALSE;
  finish (self, facts);
  return TRUE;
}

/* FACTS: of the destination; without a path it is not there for it. */
static gboolean
step (Copying *self, BvVolumeFacts *facts, GError **error)
{
  BvXml *mirror = bv_xml_find (self->disk, "mirror");

  if (facts->path != NULL && g_strcmp0 (bv_live_disk_get_path (self->disk), facts->path) == 0)
    {
      finish (self, facts);
      return TRUE;
    }
  if (!names_destination (self->change->spec, self->name, self->copy))
    return undo (self, mirror, error);
  if (facts->path == NULL)
    return TRUE;
  if (mirror == NULL)
    return begin (self, error);
  self->copy->state = BV_VOLUME_COPY_COPYING;
  if (g_strcmp0 (bv_xml_get (mirror, "ready"), "yes") == 0)
    return pivot (self, facts, error);
  self->copy->awaited = TRUE;
  return TRUE;
}

static gboolean
apply_copy (BvLiveChange *change, const char *name, BvVolumeCopy *copy, GError **error)
{
  BvApiPersistentVolumeClaimVolumeSource source = { .claim_name = copy->destination };
  const BvApiVolume volume = { .name = name, .persistent_volume_claim = &source };
  Copying self = { change, name, copy, bv_live_disk_find (change, name) };
  BvXml *target = self.disk != NULL ? bv_xml_find (self.disk, "target") : NULL;
  g_autofree char *device = target != NULL ? g_strdup (bv_xml_get (target, "dev")) : NULL;
  g_auto (BvVolumeFacts) facts = { 0 };

  /* It was plugged out by another. */
  if (device == NULL)
    {
      copy->state = BV_VOLUME_COPY_UNDONE;
      return TRUE;
    }
  self.target = device;
  self.facts = &facts;
  return bv_live_disk_prepare (change, &volume, &facts, error) != BV_LIVE_VOLUME_FAILED &&
         step (&self, &facts, error) && bv_live_change_look_again (change, error);
}

/* What holds up one volume holds up none of the others. */
static gboolean
apply (BvLiveChange *change, GError **error)
{
  GHashTableIter iter;
  gpointer name, copy;
  gboolean success = TRUE;

  g_hash_table_iter_init (&iter, change->copies);
  while (g_hash_table_iter_next (&iter, &name, &copy))
    if (bv_volume_copy_is_active (copy))
      success = apply_copy (change, name, copy, success ? error : NULL) && success;
  return success;
}

const BvLiveUpdater bv_live_copies = {
  "copies",
  bv_live_copies_carry,
  is_wanted,
  apply,
};
