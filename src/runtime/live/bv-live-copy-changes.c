/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/live/bv-live-copies.h"

#include <glib/gi18n-lib.h>

#include "runtime/claim/bv-claim-users.h"
#include "runtime/live/bv-live-volumes.h"

/* What a template says of the claims of volumes whose contents follow them. What KubeVirt does not
 * copy is not copied here. */

const char *
bv_live_copies_get_claim (const BvApiVolume *volume)
{
  if (volume->persistent_volume_claim != NULL)
    return volume->persistent_volume_claim->claim_name;
  return volume->data_volume != NULL ? volume->data_volume->name : NULL;
}

static gboolean
is_exchanged (const BvApiVolume *volume, const BvApiVolume *wanted)
{
  const char *claim = bv_live_copies_get_claim (volume);
  const char *other = wanted != NULL ? bv_live_copies_get_claim (wanted) : NULL;

  return claim != NULL && other != NULL && !g_str_equal (claim, other);
}

static BvVolumeCopy *
find_copy (const BvLiveCarry *carry, const char *name)
{
  return carry->guest != NULL ? g_hash_table_lookup (carry->guest->status->copies, name) : NULL;
}

gboolean
bv_live_copies_keep (const BvLiveCarry *carry, const BvApiVolume *volume, const BvApiVolume *wanted)
{
  if (carry->guest == NULL)
    return FALSE;
  if (bv_volume_copies_find_active (carry->guest->status->copies, volume->name) != NULL)
    return TRUE;
  return carry->guest->copies_volumes && is_exchanged (volume, wanted);
}

/* Why it cannot be copied at all. */

static gboolean
has_filesystem (const BvApiVirtualMachineInstanceSpec *spec, const char *name)
{
  const BvApiDevices *devices = spec->domain->devices;

  for (guint i = 0; i < devices->n_filesystems; i++)
    if (g_strcmp0 (devices->filesystems[i]->name, name) == 0)
      return TRUE;
  return FALSE;
}

static const char *
find_disk_fault (const BvApiDisk *disk)
{
  if (disk == NULL)
    return _ ("no disk of the guest shows it");
  if (disk->shareable)
    return _ ("its disk is shareable, and other guests would keep the old one");
  if (disk->lun != NULL)
    return _ ("it is a LUN");
  if (disk->disk == NULL)
    return _ ("its disk is a CD-ROM or floppy drive");
  return disk->disk->readonly ? _ ("its disk is read-only") : NULL;
}

static const char *
find_fault (const BvLiveCarry *carry, const char *name)
{
  if (has_filesystem (carry->spec, name))
    return _ ("the guest mounts it as a filesystem");
  return find_disk_fault (bv_live_find_disk (carry->spec, name));
}

static gboolean
wait_for_restart (const BvLiveCarry *carry, const char *name, const char *claim, const char *fault)
{
  return bv_live_carry_wait (
      carry, g_strdup_printf (_ ("The volume %s cannot be copied to the claim %s while the guest "
                                 "runs: %s. After a restart the guest has that claim as it is "
                                 "then, and nothing is copied."),
                              name, claim, fault));
}

/* Sizes of claims that are not there yet are not known; the guest's disk is compared again before
 * anything is written. */
static gboolean
is_too_small (const BvLiveCarry *carry, const char *name, const char *claim)
{
  const BvVolumeFacts *facts = g_hash_table_lookup (carry->guest->status->volumes, name);
  gint64 capacity =
      carry->guest->registry != NULL
          ? bv_claim_users_get_capacity (carry->guest->registry, carry->guest->vmi, claim)
          : 0;

  return facts != NULL && capacity > 0 && capacity < facts->size;
}

/* The template names another claim for a volume that nothing happens to. */
static gboolean
check_new (const BvLiveCarry *carry, const BvApiVolume *volume, const char *claim)
{
  const char *fault = find_fault (carry, volume->name);

  if (fault == NULL && is_too_small (carry, volume->name, claim))
    fault = _ ("that claim is smaller than the disk");
  return fault == NULL || wait_for_restart (carry, volume->name, claim, fault);
}

/* One that is copied, or was until somebody cancelled that. */

static BvApiVolume *
make_source (const BvLiveCarry *carry, const BvApiVolume *volume, const BvVolumeCopy *copy)
{
  BvApiVolume *made = bv_record_copy (&bv_api_volume_type, volume, carry->arena);
  gboolean hotpluggable = bv_live_volume_is_hotpluggable (volume);

  made->persistent_volume_claim = NULL;
  made->data_volume = NULL;
  if (copy->data_volume)
    {
      made->data_volume = bv_arena_alloc (carry->arena, sizeof (BvApiDataVolumeSource));
      made->data_volume->name = bv_arena_strdup (carry->arena, copy->source);
      if (hotpluggable)
        bv_api_data_volume_source_set_hotpluggable (made->data_volume, TRUE);
    }
  else
    {
      made->persistent_volume_claim =
          bv_arena_alloc (carry->arena, sizeof (BvApiPersistentVolumeClaimVolumeSource));
      made->persistent_volume_claim->claim_name = bv_arena_strdup (carry->arena, copy->source);
      if (hotpluggable)
        bv_api_persistent_volume_claim_volume_source_set_hotpluggable (
            made->persistent_volume_claim, TRUE);
    }
  return made;
}

static gboolean
wait_for_copy (const BvLiveCarry *carry, const char *name, const BvVolumeCopy *copy)
{
  return bv_live_carry_wait (
      carry,
      g_strdup_printf (_ ("The volume %s is being copied from the claim %s to the claim %s; until "
                          "that is done, the template can only name the claim %s again."),
                       name, copy->source, copy->destination, copy->source));
}

static void
tell_cancelled (const BvLiveCarry *carry, const char *name, const BvVolumeCopy *copy)
{
  bv_live_carry_wait (
      carry,
      g_strdup_printf (_ ("The copy of the volume %s to the claim %s was cancelled, and the guest "
                          "keeps the claim %s. Name that one in the template; to copy it after "
                          "all, name the claim %s once more then."),
                       name, copy->destination, copy->source, copy->destination));
}

/* Returns what VOLUME becomes, or NULL: it stays. */
static const BvApiVolume *
carry_copy (const BvLiveCarry *carry, const BvApiVolume *volume, const BvApiVolume *wanted,
            const BvVolumeCopy *copy)
{
  const char *claim = bv_live_copies_get_claim (volume);
  const char *other = wanted != NULL ? bv_live_copies_get_claim (wanted) : NULL;

  if (g_strcmp0 (other, copy->source) == 0)
    return g_strcmp0 (claim, other) != 0 ? wanted : NULL;
  if (copy->cancelled && g_strcmp0 (other, copy->destination) == 0)
    {
      tell_cancelled (carry, volume->name, copy);
      return g_strcmp0 (claim, copy->source) != 0 ? make_source (carry, volume, copy) : NULL;
    }
  if (g_strcmp0 (other, copy->destination) != 0)
    wait_for_copy (carry, volume->name, copy);
  return NULL;
}

static const BvApiVolume *
carry_volume (const BvLiveCarry *carry, const BvApiVolume *volume)
{
  const BvApiVolume *wanted = bv_live_find_volume (carry->wanted, volume->name);
  const BvVolumeCopy *copy = find_copy (carry, volume->name);
  gboolean over = copy != NULL && !bv_volume_copy_is_active (copy) && wanted != NULL &&
                  g_strcmp0 (bv_live_copies_get_claim (wanted), copy->destination) != 0;

  if (copy != NULL && !over)
    return carry_copy (carry, volume, wanted, copy);
  if (!carry->guest->copies_volumes || !is_exchanged (volume, wanted))
    return NULL;
  return check_new (carry, volume, bv_live_copies_get_claim (wanted)) ? wanted : NULL;
}

gboolean
bv_live_copies_carry (const BvLiveCarry *carry)
{
  BvApiVirtualMachineInstanceSpec *spec = carry->spec;
  gboolean changed = FALSE;

  if (carry->guest == NULL || spec->domain == NULL || spec->domain->devices == NULL)
    return FALSE;
  for (guint i = 0; i < spec->n_volumes; i++)
    {
      const BvApiVolume *volume = carry_volume (carry, spec->volumes[i]);

      if (volume == NULL)
        continue;
      spec->volumes[i] = bv_record_copy (&bv_api_volume_type, volume, carry->arena);
      changed = TRUE;
    }
  return changed;
}
