/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/live/bv-live-volumes.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "runtime/claim/bv-claim-spec.h"
#include "runtime/live/bv-live-copies.h"

#define USER_ALIAS "ua-"

gboolean
bv_live_volume_is_hotpluggable (const BvApiVolume *volume)
{
  if (volume->persistent_volume_claim != NULL)
    return volume->persistent_volume_claim->hotpluggable;
  return volume->data_volume != NULL && volume->data_volume->hotpluggable;
}

gboolean
bv_live_disk_is_pluggable (const BvApiDisk *disk)
{
  if (disk->lun != NULL)
    return g_strcmp0 (disk->lun->bus, "scsi") == 0;
  return disk->disk != NULL &&
         (g_strcmp0 (disk->disk->bus, "virtio") == 0 || g_strcmp0 (disk->disk->bus, "scsi") == 0);
}

const BvApiVolume *
bv_live_find_volume (const BvApiVirtualMachineInstanceSpec *spec, const char *name)
{
  for (guint i = 0; i < spec->n_volumes; i++)
    if (g_strcmp0 (spec->volumes[i]->name, name) == 0)
      return spec->volumes[i];
  return NULL;
}

const BvApiDisk *
bv_live_find_disk (const BvApiVirtualMachineInstanceSpec *spec, const char *name)
{
  const BvApiDevices *devices = spec->domain != NULL ? spec->domain->devices : NULL;

  for (guint i = 0; devices != NULL && i < devices->n_disks; i++)
    if (g_strcmp0 (devices->disks[i]->name, name) == 0)
      return devices->disks[i];
  return NULL;
}

/* The template is followed by KubeVirt's rules for declared hotplug: volumes that are hotpluggable
 * come and go with their disks, a CD-ROM drive stays and its medium comes and goes. What else a
 * template changes of volumes and disks waits for a restart. */

typedef struct
{
  const BvLiveCarry *carry;
  GPtrArray *volumes; /* of BvApiVolume and BvApiDisk, none of them owned */
  GPtrArray *disks;
  gboolean changed;
} Carry;

static void
remove_disk (Carry *self, const char *name)
{
  for (guint i = 0; i < self->disks->len; i++)
    if (g_strcmp0 (((const BvApiDisk *)self->disks->pdata[i])->name, name) == 0)
      g_ptr_array_remove_index (self->disks, i--);
}

/* Whether the volume, which the template has no more, can go. */
static gboolean
can_go (const Carry *self, const char *name)
{
  const BvApiDisk *disk = bv_live_find_disk (self->carry->spec, name);
  const BvApiDisk *wanted = bv_live_find_disk (self->carry->wanted, name);

  if (disk == NULL)
    return FALSE;
  if (disk->cdrom != NULL)
    return wanted != NULL && wanted->cdrom != NULL;
  return wanted == NULL && bv_live_disk_is_pluggable (disk);
}

static gpointer
copy_record (const Carry *self, const BvRecordType *type, gconstpointer record)
{
  return bv_record_copy (type, record, self->carry->arena);
}

static void
take_old_volume (Carry *self, BvApiVolume *volume)
{
  const BvApiVolume *wanted = bv_live_find_volume (self->carry->wanted, volume->name);
  const BvApiDisk *disk = bv_live_find_disk (self->carry->spec, volume->name);

  if (!bv_live_volume_is_hotpluggable (volume) || disk == NULL)
    g_ptr_array_add (self->volumes, volume);
  else if (wanted == NULL && can_go (self, volume->name) &&
           !bv_live_copies_keep (self->carry, volume, NULL))
    {
      self->changed = TRUE;
      if (disk->cdrom == NULL)
        remove_disk (self, volume->name);
    }
  else if (wanted != NULL && bv_live_volume_is_hotpluggable (wanted) &&
           !bv_live_copies_keep (self->carry, volume, wanted) &&
           !bv_record_equal (&bv_api_volume_type, volume, wanted))
    {
      self->changed = TRUE;
      g_ptr_array_add (self->volumes, copy_record (self, &bv_api_volume_type, wanted));
    }
  else
    g_ptr_array_add (self->volumes, volume);
}

/* WANTED is new: a drive comes with it, or an empty CD-ROM drive is there for it. */
static void
take_new_volume (Carry *self, const BvApiVolume *wanted)
{
  const BvApiDisk *disk = bv_live_find_disk (self->carry->spec, wanted->name);
  const BvApiDisk *new_disk = bv_live_find_disk (self->carry->wanted, wanted->name);

  if (!bv_live_volume_is_hotpluggable (wanted) || new_disk == NULL)
    return;
  if (disk != NULL ? disk->cdrom == NULL || new_disk->cdrom == NULL
                   : !bv_live_disk_is_pluggable (new_disk))
    return;
  self->changed = TRUE;
  g_ptr_array_add (self->volumes, copy_record (self, &bv_api_volume_type, wanted));
  if (disk == NULL)
    g_ptr_array_add (self->disks, copy_record (self, &bv_api_disk_type, new_disk));
}

/* The list as the template has it, where it has the same items: no order is left that would seem to
 * differ. */

typedef const char *(*GetName) (gconstpointer item);

static const char *
get_volume_name (gconstpointer item)
{
  return ((const BvApiVolume *)item)->name;
}

static const char *
get_disk_name (gconstpointer item)
{
  return ((const BvApiDisk *)item)->name;
}

static guint
find_place (gpointer *items, guint n_items, GetName get_name, const char *name)
{
  for (guint i = 0; i < n_items; i++)
    if (g_strcmp0 (get_name (items[i]), name) == 0)
      return i;
  return n_items;
}

static void
sort_like (GPtrArray *list, gpointer *wanted, guint n_wanted, GetName get_name)
{
  g_autoptr (GPtrArray) sorted = g_ptr_array_new ();

  for (guint i = 0; i < n_wanted; i++)
    {
      guint place = find_place (list->pdata, list->len, get_name, get_name (wanted[i]));

      if (place < list->len)
        g_ptr_array_add (sorted, list->pdata[place]);
    }
  if (list->len > 0 && sorted->len == list->len)
    memcpy (list->pdata, sorted->pdata, sorted->len * sizeof (gpointer));
}

static gpointer *
copy_list (const Carry *self, GPtrArray *list)
{
  gpointer *items = bv_arena_alloc (self->carry->arena, MAX (list->len, 1) * sizeof (gpointer));

  if (list->len > 0)
    memcpy (items, list->pdata, list->len * sizeof (gpointer));
  return items;
}

static void
store (Carry *self)
{
  BvApiVirtualMachineInstanceSpec *spec = self->carry->spec;
  const BvApiVirtualMachineInstanceSpec *wanted = self->carry->wanted;
  BvApiDevices *devices = spec->domain->devices;

  sort_like (self->volumes, (gpointer *)wanted->volumes, wanted->n_volumes, get_volume_name);
  sort_like (self->disks, (gpointer *)wanted->domain->devices->disks,
             wanted->domain->devices->n_disks, get_disk_name);
  spec->volumes = (BvApiVolume **)copy_list (self, self->volumes);
  spec->n_volumes = self->volumes->len;
  devices->disks = (BvApiDisk **)copy_list (self, self->disks);
  devices->n_disks = self->disks->len;
}

static gboolean
has_devices (const BvApiVirtualMachineInstanceSpec *spec)
{
  return spec->domain != NULL && spec->domain->devices != NULL;
}

static gboolean
carry_volumes (const BvLiveCarry *carry)
{
  BvApiVirtualMachineInstanceSpec *spec = carry->spec;
  g_autoptr (GPtrArray) volumes = g_ptr_array_new ();
  g_autoptr (GPtrArray) disks = g_ptr_array_new ();
  Carry self = { carry, volumes, disks };

  if (!has_devices (spec) || !has_devices (carry->wanted) ||
      !bv_policy_has_feature_gate (carry->policy, "DeclarativeHotplugVolumes"))
    return FALSE;
  for (guint i = 0; i < spec->domain->devices->n_disks; i++)
    g_ptr_array_add (disks, spec->domain->devices->disks[i]);
  for (guint i = 0; i < spec->n_volumes; i++)
    take_old_volume (&self, spec->volumes[i]);
  for (guint i = 0; i < carry->wanted->n_volumes; i++)
    if (bv_live_find_volume (spec, carry->wanted->volumes[i]->name) == NULL)
      take_new_volume (&self, carry->wanted->volumes[i]);
  if (self.changed)
    store (&self);
  return self.changed;
}

/* Whether the guest, as it was last seen, has something else in its drives. */

static gboolean
is_missing (const BvLiveView *view, const BvApiVolume *volume)
{
  const BvVolumeFacts *facts = g_hash_table_lookup (view->status->volumes, volume->name);
  gboolean writes;

  if (!bv_live_volume_is_hotpluggable (volume) ||
      bv_live_find_disk (view->spec, volume->name) == NULL ||
      bv_volume_copies_find_active (view->status->copies, volume->name) != NULL)
    return FALSE;
  return facts == NULL || bv_domain_info_get_target (view->domain, volume->name) == NULL ||
         g_strcmp0 (facts->claim.name, bv_claim_spec_find_claim (volume, &writes)) != 0;
}

/* A drive without a volume of its name is to be empty, or not to be there at all. */
static gboolean
is_superfluous (const BvLiveView *view, const char *alias)
{
  return g_str_has_prefix (alias, USER_ALIAS) &&
         bv_live_find_volume (view->spec, alias + strlen (USER_ALIAS)) == NULL;
}

static gboolean
is_wanted (const BvLiveView *view)
{
  GHashTableIter iter;
  gpointer alias;

  for (guint i = 0; i < view->spec->n_volumes; i++)
    if (is_missing (view, view->spec->volumes[i]))
      return TRUE;
  g_hash_table_iter_init (&iter, view->domain->targets);
  while (g_hash_table_iter_next (&iter, &alias, NULL))
    if (is_superfluous (view, alias))
      return TRUE;
  return FALSE;
}

const BvLiveUpdater bv_live_volumes = {
  "volumes",
  carry_volumes,
  is_wanted,
  bv_live_disks_apply,
};
