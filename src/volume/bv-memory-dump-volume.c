/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "volume/bv-memory-dump-volume.h"

#include "model/bv-error.h"

#include <glib/gi18n-lib.h>

/* Where a dump of the guest's memory goes. The guest does not see it. */
struct _BvMemoryDumpVolume
{
  BvVolume parent_instance;
};

G_DEFINE_FINAL_TYPE (BvMemoryDumpVolume, bv_memory_dump_volume, BV_TYPE_VOLUME)

static gboolean
fill_disk (const BvVolumeClass *class, const BvApiVolume *record, const BvFactsVolume *facts,
           BvXml *disk, BvXml *driver, GError **error)
{
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_MANIFEST,
               _ ("The volume %s takes memory dumps; the guest cannot have it as a disk."),
               record->name);
  return FALSE;
}

static const char *
get_claim_name (const BvApiVolume *record)
{
  return record->memory_dump->claim_name;
}

static void
bv_memory_dump_volume_class_init (BvMemoryDumpVolumeClass *class)
{
  BvVolumeClass *volume_class = BV_VOLUME_CLASS (class);

  volume_class->source = "memoryDump";
  volume_class->fill_disk = fill_disk;
  volume_class->get_claim_name = get_claim_name;
}

static void
bv_memory_dump_volume_init (BvMemoryDumpVolume *self)
{
}
