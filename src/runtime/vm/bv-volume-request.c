/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vm/bv-volume-request.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "model/bv-error.h"
#include "runtime/claim/bv-claim-spec.h"
#include "runtime/live/bv-live-volumes.h"

static const char *
get_claim (const BvVolumeRequest *self)
{
  return self->claim != NULL ? self->claim : self->name;
}

/* As in KubeVirt, neither its name nor its claim may be there already. */
static gboolean
check_new (const BvVolumeRequest *self, const BvApiVirtualMachineInstanceSpec *spec, GError **error)
{
  for (guint i = 0; i < spec->n_volumes; i++)
    {
      const BvApiVolume *volume = spec->volumes[i];
      gboolean writes;

      if (g_strcmp0 (volume->name, self->name) == 0)
        g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT,
                     _ ("There is a volume %s already; give the new one another name."),
                     self->name);
      else if (g_strcmp0 (bv_claim_spec_find_claim (volume, &writes), get_claim (self)) == 0)
        g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT,
                     _ ("The volume %s shows the claim %s already."), volume->name,
                     get_claim (self));
      else
        continue;
      return FALSE;
    }
  return TRUE;
}

static BvApiVolume *
make_volume (const BvVolumeRequest *self, BvArena *arena)
{
  BvApiVolume *volume = bv_arena_alloc (arena, sizeof *volume);

  volume->name = bv_arena_strdup (arena, self->name);
  if (self->data_volume)
    {
      volume->data_volume = bv_arena_alloc (arena, sizeof *volume->data_volume);
      volume->data_volume->name = bv_arena_strdup (arena, get_claim (self));
      bv_api_data_volume_source_set_hotpluggable (volume->data_volume, TRUE);
      return volume;
    }
  volume->persistent_volume_claim = bv_arena_alloc (arena, sizeof *volume->persistent_volume_claim);
  volume->persistent_volume_claim->claim_name = bv_arena_strdup (arena, get_claim (self));
  bv_api_persistent_volume_claim_volume_source_set_hotpluggable (volume->persistent_volume_claim,
                                                                 TRUE);
  return volume;
}

static const char *
copy_text (const char *text, BvArena *arena)
{
  return text != NULL && text[0] != '\0' ? bv_arena_strdup (arena, text) : NULL;
}

static BvApiDisk *
make_disk (const BvVolumeRequest *self, BvArena *arena, GError **error)
{
  BvApiDisk *disk = bv_arena_alloc (arena, sizeof *disk);
  const char *bus = bv_arena_strdup (arena, self->bus != NULL ? self->bus : "scsi");

  disk->name = bv_arena_strdup (arena, self->name);
  disk->serial = copy_text (self->serial, arena);
  disk->cache = copy_text (self->cache, arena);
  if (g_strcmp0 (self->type, "lun") == 0)
    {
      disk->lun = bv_arena_alloc (arena, sizeof *disk->lun);
      disk->lun->bus = bus;
    }
  else
    {
      disk->disk = bv_arena_alloc (arena, sizeof *disk->disk);
      disk->disk->bus = bus;
    }
  if (self->type != NULL && !g_str_equal (self->type, "disk") && !g_str_equal (self->type, "lun"))
    g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                 _ ("A volume is shown as a disk or a lun, not as “%s”."), self->type);
  else if (!bv_live_disk_is_pluggable (disk))
    g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                 disk->lun != NULL ? _ ("A lun can be plugged in on the bus scsi only, not on %s.")
                                   : _ ("A disk can be plugged in on the bus virtio or scsi, not "
                                        "on %s."),
                 bus);
  else
    return disk;
  return NULL;
}

static gpointer
append (gpointer items, guint n_items, gpointer item, BvArena *arena)
{
  gpointer *longer = bv_arena_alloc (arena, (n_items + 1) * sizeof (gpointer));

  if (n_items > 0)
    memcpy (longer, items, n_items * sizeof (gpointer));
  longer[n_items] = item;
  return longer;
}

gboolean
bv_volume_request_add (const BvVolumeRequest *self, BvApiVirtualMachineInstanceSpec *spec,
                       BvArena *arena, GError **error)
{
  const BvApiDisk *drive = bv_live_find_disk (spec, self->name);
  BvApiDevices *devices = spec->domain->devices;
  BvApiDisk *disk = NULL;

  if (!check_new (self, spec, error))
    return FALSE;
  if (drive == NULL)
    {
      disk = make_disk (self, arena, error);
      if (disk == NULL)
        return FALSE;
      devices->disks = append (devices->disks, devices->n_disks++, disk, arena);
    }
  spec->volumes = append (spec->volumes, spec->n_volumes++, make_volume (self, arena), arena);
  return TRUE;
}

static gint
find_volume (const BvApiVirtualMachineInstanceSpec *spec, const char *name)
{
  gboolean writes;

  for (guint i = 0; i < spec->n_volumes; i++)
    if (g_strcmp0 (spec->volumes[i]->name, name) == 0)
      return (gint)i;
  for (guint i = 0; i < spec->n_volumes; i++)
    if (g_strcmp0 (bv_claim_spec_find_claim (spec->volumes[i], &writes), name) == 0)
      return (gint)i;
  return -1;
}

static guint
remove_item (gpointer items, guint n_items, guint index)
{
  gpointer *item = (gpointer *)items + index;

  memmove (item, item + 1, (n_items - index - 1) * sizeof (gpointer));
  return n_items - 1;
}

static void
remove_disk (BvApiDevices *devices, const char *name)
{
  for (guint i = devices->n_disks; i > 0; i--)
    if (g_strcmp0 (devices->disks[i - 1]->name, name) == 0 && devices->disks[i - 1]->cdrom == NULL)
      devices->n_disks = remove_item (devices->disks, devices->n_disks, i - 1);
}

gboolean
bv_volume_request_remove (const char *name, BvApiVirtualMachineInstanceSpec *spec, GError **error)
{
  gint index = find_volume (spec, name);

  if (index < 0)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_NOT_FOUND,
                   _ ("There is no volume %s to be removed. Those that can be are the volumes with "
                      "hotpluggable: true in the manifest."),
                   name);
      return FALSE;
    }
  if (!bv_live_volume_is_hotpluggable (spec->volumes[index]))
    {
      g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT,
                   _ ("The volume %s cannot be removed: it is not hotpluggable. Take it out of the "
                      "manifest, and restart the guest."),
                   spec->volumes[index]->name);
      return FALSE;
    }
  remove_disk (spec->domain->devices, spec->volumes[index]->name);
  spec->n_volumes = remove_item (spec->volumes, spec->n_volumes, (guint)index);
  return TRUE;
}

static gpointer
copy_list (const BvRecordType *type, gpointer items, guint n_items, BvArena *arena)
{
  gpointer *copies = bv_arena_alloc (arena, MAX (n_items, 1) * sizeof (gpointer));

  for (guint i = 0; i < n_items; i++)
    copies[i] = bv_record_copy (type, ((gpointer *)items)[i], arena);
  return copies;
}

void
bv_volume_request_take_over (BvApiVirtualMachineInstanceSpec *spec,
                             const BvApiVirtualMachineInstanceSpec *other, BvArena *arena)
{
  BvApiDevices *devices = spec->domain->devices;
  const BvApiDevices *others = other->domain->devices;

  spec->volumes = copy_list (&bv_api_volume_type, other->volumes, other->n_volumes, arena);
  spec->n_volumes = other->n_volumes;
  devices->disks = copy_list (&bv_api_disk_type, others->disks, others->n_disks, arena);
  devices->n_disks = others->n_disks;
}

static gboolean
has_devices (const BvApiVirtualMachineInstanceSpec *spec)
{
  return spec != NULL && spec->domain != NULL && spec->domain->devices != NULL;
}

gboolean
bv_volume_request_is_same (const BvApiVirtualMachineInstanceSpec *a,
                           const BvApiVirtualMachineInstanceSpec *b)
{
  gboolean same = has_devices (a) && has_devices (b) && a->n_volumes == b->n_volumes &&
                  a->domain->devices->n_disks == b->domain->devices->n_disks;

  for (guint i = 0; same && i < a->n_volumes; i++)
    same = bv_record_equal (&bv_api_volume_type, a->volumes[i], b->volumes[i]);
  for (guint i = 0; same && i < a->domain->devices->n_disks; i++)
    same = bv_record_equal (&bv_api_disk_type, a->domain->devices->disks[i],
                            b->domain->devices->disks[i]);
  return same;
}

static void
follow_added (BvApiVirtualMachineInstanceSpec *spec, const BvApiVirtualMachineInstanceSpec *now,
              const BvApiVolume *volume, BvArena *arena)
{
  BvApiDevices *devices = spec->domain->devices;
  const BvApiDisk *disk = bv_live_find_disk (now, volume->name);

  spec->volumes = append (spec->volumes, spec->n_volumes++,
                          bv_record_copy (&bv_api_volume_type, volume, arena), arena);
  if (disk != NULL && bv_live_find_disk (spec, volume->name) == NULL)
    devices->disks = append (devices->disks, devices->n_disks++,
                             bv_record_copy (&bv_api_disk_type, disk, arena), arena);
}

void
bv_volume_request_follow (BvApiVirtualMachineInstanceSpec *spec,
                          const BvApiVirtualMachineInstanceSpec *was,
                          const BvApiVirtualMachineInstanceSpec *now, BvArena *arena)
{
  if (!has_devices (spec) || !has_devices (was) || !has_devices (now))
    return;
  for (guint i = 0; i < now->n_volumes; i++)
    if (bv_live_find_volume (was, now->volumes[i]->name) == NULL &&
        bv_live_find_volume (spec, now->volumes[i]->name) == NULL)
      follow_added (spec, now, now->volumes[i], arena);
  for (guint i = 0; i < was->n_volumes; i++)
    if (bv_live_find_volume (now, was->volumes[i]->name) == NULL)
      bv_volume_request_remove (was->volumes[i]->name, spec, NULL);
}
