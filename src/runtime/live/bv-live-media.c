/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/live/bv-live-disk.h"

#include <glib/gi18n-lib.h>

#include "host/bv-libvirt-error.h"

/* A CD-ROM drive stays, and what is in it comes and goes. */

/* The drive as it is, with another medium, or none. */
static void
set_medium (BvXml *drive, const BvVolumeFacts *facts)
{
  static const char *const old[] = { "source", "backingStore", "mirror" };
  BvXml *driver = bv_xml_ensure (drive, "driver");
  gboolean is_file = facts != NULL && !facts->block;

  for (guint i = 0; i < G_N_ELEMENTS (old); i++)
    {
      BvXml *element = bv_xml_find (drive, old[i]);

      if (element != NULL)
        bv_xml_remove (element);
    }
  bv_xml_set (drive, "type", is_file ? "file" : "block");
  bv_xml_set (driver, "type", "raw");
  if (facts != NULL)
    bv_xml_set (bv_xml_add (drive, "source"), is_file ? "file" : "dev", facts->path);
}

typedef struct
{
  const char *name;
  char *xml;
} Drive;

static gboolean
call_update (virDomainPtr domain, gpointer data, GError **error)
{
  const Drive *drive = data;

  if (virDomainUpdateDeviceFlags (domain, drive->xml, BV_LIVE_AND_CONFIG) == 0)
    return TRUE;
  bv_set_error_from_libvirt (error, _ ("The medium of the drive %s cannot be changed"),
                             drive->name);
  return FALSE;
}

/* FACTS is NULL for no medium. A guest may have locked the drive: it is asked again later. */
static gboolean
change_medium (BvLiveChange *self, const char *name, BvXml *element, BvVolumeFacts *facts,
               GError **error)
{
  g_autofree char *xml = NULL;
  Drive drive = { name };

  if (bv_live_disk_get_path (element) != NULL)
    bv_live_disk_ensure_facts (self, name)->detaching = TRUE;
  set_medium (element, facts);
  xml = bv_xml_to_text (element);
  drive.xml = xml;
  if (!bv_live_change_call (self, call_update, &drive, error))
    return FALSE;
  if (facts == NULL)
    return TRUE;
  bv_live_disk_keep_facts (self, name, facts);
  bv_live_disk_tell_ready (self, name);
  return TRUE;
}

/* What is in the drive already is noted, where it is not known. */
static void
keep_medium (BvLiveChange *self, const char *name, BvVolumeFacts *facts)
{
  const BvVolumeFacts *known = g_hash_table_lookup (self->volumes, name);

  if (known == NULL || known->detaching || g_strcmp0 (known->claim.name, facts->claim.name) != 0)
    bv_live_disk_keep_facts (self, name, facts);
}

static gboolean
apply_drive (BvLiveChange *self, const char *name, BvXml *element, GError **error)
{
  const BvApiVolume *volume = bv_live_find_volume (self->spec, name);
  const char *path = bv_live_disk_get_path (element);
  g_auto (BvVolumeFacts) facts = { 0 };
  BvLiveReadiness readiness = BV_LIVE_VOLUME_AWAITED;

  if (volume != NULL && !bv_live_volume_is_hotpluggable (volume))
    return TRUE;
  if (volume != NULL)
    readiness = bv_live_disk_prepare (self, volume, &facts, error);
  if (readiness == BV_LIVE_VOLUME_FAILED)
    return FALSE;
  if (g_strcmp0 (path, facts.path) != 0)
    return change_medium (self, name, element, facts.path != NULL ? &facts : NULL, error);
  if (readiness == BV_LIVE_VOLUME_READY)
    keep_medium (self, name, &facts);
  return TRUE;
}

gboolean
bv_live_media_apply (BvLiveChange *change, GError **error)
{
  for (BvXml *disk = bv_live_disk_first (change->domain); disk != NULL;
       disk = bv_xml_next_same (disk))
    {
      const char *name = bv_live_disk_get_name (disk);
      const BvApiDisk *wanted = name != NULL ? bv_live_find_disk (change->spec, name) : NULL;

      if (wanted != NULL && wanted->cdrom != NULL && !apply_drive (change, name, disk, error))
        return FALSE;
    }
  return TRUE;
}
