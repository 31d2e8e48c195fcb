/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/live/bv-live-disk.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "runtime/claim/bv-claim-spec.h"

BvXml *
bv_live_disk_first (BvXml *domain)
{
  BvXml *devices = bv_xml_find (domain, "devices");

  return devices != NULL ? bv_xml_find (devices, "disk") : NULL;
}

const char *
bv_live_disk_get_name (BvXml *disk)
{
  BvXml *alias = bv_xml_find (disk, "alias");
  const char *name = alias != NULL ? bv_xml_get (alias, "name") : NULL;

  return name != NULL && g_str_has_prefix (name, BV_LIVE_USER_ALIAS)
             ? name + strlen (BV_LIVE_USER_ALIAS)
             : NULL;
}

BvXml *
bv_live_disk_find (BvLiveChange *change, const char *name)
{
  for (BvXml *disk = bv_live_disk_first (change->domain); disk != NULL;
       disk = bv_xml_next_same (disk))
    if (g_strcmp0 (bv_live_disk_get_name (disk), name) == 0)
      return disk;
  return NULL;
}

const char *
bv_live_disk_get_path (BvXml *disk)
{
  BvXml *source = bv_xml_find (disk, "source");
  const char *file = source != NULL ? bv_xml_get (source, "file") : NULL;

  return file != NULL || source == NULL ? file : bv_xml_get (source, "dev");
}

BvLiveReadiness
bv_live_disk_prepare (BvLiveChange *change, const BvApiVolume *volume, BvVolumeFacts *facts,
                      GError **error)
{
  const BvVolumePreparer *preparer = bv_volume_preparer_find (volume, BV_VOLUME_USE_DISK);
  gboolean writes;
  const char *claim = bv_claim_spec_find_claim (volume, &writes);

  if (bv_volume_objects_find_claim (change->work->objects, claim) == NULL)
    return BV_LIVE_VOLUME_AWAITED;
  if (!bv_volume_preparer_run (preparer, change->work, volume, facts, error))
    {
      g_prefix_error (error, _ ("The volume %s cannot be prepared: "), volume->name);
      return BV_LIVE_VOLUME_FAILED;
    }
  facts->hotplug = TRUE;
  return BV_LIVE_VOLUME_READY;
}

void
bv_live_disk_keep_facts (BvLiveChange *change, const char *name, BvVolumeFacts *facts)
{
  BvVolumeFacts *kept = g_new0 (BvVolumeFacts, 1);

  *kept = *facts;
  *facts = (BvVolumeFacts){ 0 };
  g_hash_table_replace (change->volumes, g_strdup (name), kept);
}

BvVolumeFacts *
bv_live_disk_ensure_facts (BvLiveChange *change, const char *name)
{
  BvVolumeFacts *facts = g_hash_table_lookup (change->volumes, name);

  if (facts != NULL)
    return facts;
  facts = g_new0 (BvVolumeFacts, 1);
  facts->hotplug = TRUE;
  g_hash_table_replace (change->volumes, g_strdup (name), facts);
  return facts;
}

void
bv_live_disk_tell_ready (BvLiveChange *change, const char *name)
{
  g_autofree char *message =
      g_strdup_printf (_ ("The volume %s was plugged into the guest."), name);

  bv_live_change_tell (change, "Normal", "VolumeReady", message);
}
