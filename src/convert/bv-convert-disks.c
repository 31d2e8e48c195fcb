/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-conversion.h"
#include "convert/bv-cpu-topology.h"
#include "convert/bv-device-xml.h"
#include "convert/bv-disk-namer.h"
#include "convert/bv-io-threads.h"
#include "convert/bv-volume-index.h"
#include "volume/bv-disk-private.h"
#include "volume/bv-volume-private.h"

#include <glib/gi18n-lib.h>

#define RESERVATION_SOCKET "/var/run/kubevirt/daemons/pr/pr-helper.sock"
#define S390X_MAX_BLOCK_SIZE 4096

/* What all disks of one conversion share. */
typedef struct
{
  BvConversion *conversion;
  BvVolumeIndex index;
  BvDiskNamer namer;
  BvIoThreads threads;
  guint queues; /* of a virtio disk; 0: as many as QEMU sees fit */
} BvDisks;

/* One disk on its way into the domain. */
typedef struct
{
  const BvApiDisk *record;
  BvDiskTarget target;
  const BvApiVolume *volume;  /* NULL for an empty CD-ROM drive */
  const BvVolumeClass *class; /* likewise */
  const BvFactsVolume *facts; /* NULL where the host has none */
  gboolean awaited;           /* the volume is not there yet */
  gboolean virtio;
  BvXml *disk;
  BvXml *driver;
} BvDiskItem;

static void
bv_disks_clear (BvDisks *self)
{
  bv_volume_index_clear (&self->index);
  bv_disk_namer_clear (&self->namer);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BvDisks, bv_disks_clear)

static const char *
not_empty (const char *text)
{
  return text != NULL && text[0] != '\0' ? text : NULL;
}

/* Without a host's cache where the storage can do that; else what is written is on it, at least. */
static gboolean
suit_storage (const BvDiskItem *item, const char **cache, GError **error)
{
  if (item->facts == NULL || !bv_facts_volume_has_direct_io (item->facts))
    return TRUE;
  if (*cache == NULL)
    *cache = item->facts->direct_io ? "none" : "writethrough";
  if (item->facts->direct_io || !g_str_equal (*cache, "none"))
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
               _ ("The disk %s is to have the cache mode “none”, but the storage of %s cannot be "
                  "used past the host's cache; use another, or leave out “cache”."),
               item->record->name, item->facts->path);
  return FALSE;
}

/* NULL where the disk leaves it to the host. Hosts that share a disk must not cache it. */
static gboolean
choose_cache (const BvDiskItem *item, const char **cache, GError **error)
{
  const BvApiDisk *record = item->record;

  *cache = not_empty (record->cache);
  if (record->disk == NULL || !record->shareable)
    return TRUE;
  if (*cache == NULL)
    *cache = "none";
  if (g_str_equal (*cache, "none"))
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_MANIFEST,
               _ ("The disk %s is shareable, which goes with the cache mode “none” only; leave out "
                  "“cache: %s”."),
               record->name, *cache);
  return FALSE;
}

/* Native I/O blocks QEMU where a write has to find room first. */
static const char *
choose_io (const BvDiskItem *item, const char *cache)
{
  const BvFactsVolume *facts = item->facts;

  if (not_empty (item->record->io) != NULL)
    return item->record->io;
  if (facts == NULL || !bv_facts_volume_has_direct_io (facts) || g_strcmp0 (cache, "none") != 0)
    return NULL;
  return facts->block || facts->preallocated ? "native" : NULL;
}

static gboolean
discards (const BvDiskItem *item)
{
  const BvFactsVolume *facts = item->facts;
  gboolean can = !bv_facts_volume_has_discard (facts) || facts->discard;

  if (item->record->cdrom == NULL && can)
    return TRUE;
  return item->class == NULL || item->awaited || bv_volume_class_discards (item->class, facts);
}

/* What the disk wants of its driver; the volume has a word in it. */
static gboolean
add_settings (const BvDisks *self, const BvDiskItem *item, GError **error)
{
  const char *cache;

  if (!choose_cache (item, &cache, error))
    return FALSE;
  if (item->class != NULL && item->class->bare_driver)
    return TRUE;
  if (!suit_storage (item, &cache, error))
    return FALSE;
  bv_xml_set (item->driver, "cache", cache);
  bv_xml_set (item->driver, "io", choose_io (item, cache));
  if (discards (item))
    bv_xml_set (item->driver, "discard", "unmap");
  if (!item->virtio)
    return TRUE;
  if (self->queues > 0)
    bv_xml_set_uint (item->driver, "queues", self->queues);
  if (self->conversion->iommu)
    bv_xml_set_on (item->driver, "iommu", TRUE);
  return TRUE;
}

static gboolean
add_driver (BvDisks *self, BvDiskItem *item, GError **error)
{
  const char *policy = not_empty (item->record->error_policy);

  item->driver = bv_xml_add (item->disk, "driver");
  bv_xml_set (item->driver, "name", "qemu");
  bv_xml_set (item->driver, "error_policy", policy != NULL ? policy : "stop");
  if (!add_settings (self, item, error))
    return FALSE;
  bv_io_threads_assign (&self->threads, item->record, item->driver);
  return TRUE;
}

/* A LUN that several guests reserve in turn, by way of a daemon of the host. */
static void
add_reservations (const BvDiskItem *item)
{
  const char *path = item->facts != NULL ? item->facts->socket : NULL;
  BvXml *reservations, *source;

  reservations = bv_xml_add (bv_xml_ensure (item->disk, "source"), "reservations");
  bv_xml_set_yes (reservations, "managed", FALSE);
  bv_xml_set_yes (reservations, "migration", TRUE);
  source = bv_xml_add (reservations, "source");
  bv_xml_set (source, "type", "unix");
  bv_xml_set (source, "path", path != NULL ? path : RESERVATION_SOCKET);
  bv_xml_set (source, "mode", "client");
}

static gboolean
add_source (const BvDiskItem *item, GError **error)
{
  if (item->class == NULL || item->awaited)
    {
      bv_xml_set (item->disk, "type", "block");
      bv_xml_set (item->driver, "type", "raw");
      return TRUE;
    }
  if (!bv_volume_class_fill_disk (item->class, item->volume, item->facts, item->disk, item->driver,
                                  error))
    return FALSE;
  if (item->record->lun != NULL && item->record->lun->reservation)
    add_reservations (item);
  return TRUE;
}

static void
add_drive_address (BvXml *disk, guint unit)
{
  BvXml *address = bv_xml_add (disk, "address");

  bv_xml_set (address, "type", "drive");
  bv_xml_set_uint (address, "controller", 0);
  bv_xml_set_uint (address, "bus", 0);
  bv_xml_set_uint (address, "unit", unit);
}

static gboolean
add_pci_address (const BvDiskItem *item, const char *address, GError **error)
{
  if (!item->virtio)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_INVALID_MANIFEST,
                   _ ("The disk %s has a PCI address, which only virtio disks have; its bus is "
                      "“%s”."),
                   item->record->name, item->target.bus);
      return FALSE;
    }
  if (bv_device_xml_add_pci_address (item->disk, address, error))
    return TRUE;
  g_prefix_error (error, _ ("The disk %s: "), item->record->name);
  return FALSE;
}

static gboolean
choose_number (BvDisks *self, const BvDiskItem *item, guint *number, GError **error)
{
  const char *bus = item->target.bus;

  if (item->facts != NULL && item->facts->target != NULL &&
      bv_disk_namer_find (&self->namer, bus, item->facts->target, number))
    return TRUE;
  if (bv_disk_namer_next (&self->namer, bus, number))
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_MANIFEST,
               _ ("The disk %s asks for the bus “%s”; there are virtio, sata, scsi and usb."),
               item->record->name, bus != NULL ? bus : "");
  return FALSE;
}

/* Where the guest finds it: its name, its place on the bus. */
static gboolean
add_target (BvDisks *self, const BvDiskItem *item, GError **error)
{
  const BvApiDisk *record = item->record;
  BvXml *target = bv_xml_add (item->disk, "target");
  char name[BV_DISK_NAME_SIZE];
  guint number;

  if (!choose_number (self, item, &number, error))
    return FALSE;
  bv_disk_namer_print (item->target.bus, number, name);
  bv_xml_set (target, "dev", name);
  bv_xml_set (target, "bus", item->target.bus);
  if (record->cdrom != NULL)
    {
      bv_xml_set (target, "tray", not_empty (record->cdrom->tray));
      return TRUE;
    }
  if (g_str_equal (item->target.bus, "scsi"))
    add_drive_address (item->disk, number);
  if (record->disk != NULL && not_empty (record->disk->pci_address) != NULL)
    return add_pci_address (item, record->disk->pci_address, error);
  return TRUE;
}

/* Of the storage, where the facts tell. */
static void
match_block_size (const BvDiskItem *item)
{
  const BvApiFeatureState *match = item->record->block_size->match_volume;
  const BvFactsBlockIO *sizes = item->facts != NULL ? item->facts->block_io : NULL;
  BvXml *blockio;

  if (match == NULL || (bv_api_feature_state_has_enabled (match) && !match->enabled) ||
      sizes == NULL)
    return;
  blockio = bv_xml_add (item->disk, "blockio");
  bv_xml_set_uint (blockio, "logical_block_size", sizes->logical);
  bv_xml_set_uint (blockio, "physical_block_size", sizes->physical);
  bv_xml_set_uint (blockio, "discard_granularity", sizes->discard_granularity);
}

static gboolean
add_block_size (const BvDisks *self, const BvDiskItem *item, GError **error)
{
  const BvApiBlockSize *size = item->record->block_size;
  const BvApiCustomBlockSize *custom = size != NULL ? size->custom : NULL;
  BvXml *blockio;

  if (size != NULL && custom == NULL)
    match_block_size (item);
  if (custom == NULL)
    return TRUE;
  if (g_str_equal (self->conversion->arch->name, "s390x") &&
      MAX (custom->logical, custom->physical) > S390X_MAX_BLOCK_SIZE)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED,
                   _ ("The disk %s has blocks of %" G_GINT64_FORMAT " bytes; on s390x, %d are the "
                      "most."),
                   item->record->name, MAX (custom->logical, custom->physical),
                   S390X_MAX_BLOCK_SIZE);
      return FALSE;
    }
  blockio = bv_xml_add (item->disk, "blockio");
  if (custom->logical > 0)
    bv_xml_set_uint (blockio, "logical_block_size", (guint64)custom->logical);
  if (custom->physical > 0)
    bv_xml_set_uint (blockio, "physical_block_size", (guint64)custom->physical);
  if (bv_api_custom_block_size_has_discard_granularity (custom))
    bv_xml_set_uint (blockio, "discard_granularity", (guint64)custom->discard_granularity);
  return TRUE;
}

static void
add_details (const BvDiskItem *item)
{
  const BvApiDisk *record = item->record;

  if (item->target.read_only || (item->class != NULL && item->class->read_only))
    bv_xml_add (item->disk, "readonly");
  if (record->disk != NULL && record->shareable)
    bv_xml_add (item->disk, "shareable");
  if (record->disk != NULL && not_empty (record->serial) != NULL)
    bv_xml_add_text (item->disk, "serial", record->serial);
  if (bv_api_disk_has_boot_order (record))
    bv_device_xml_add_boot_order (item->disk, record->boot_order);
  bv_device_xml_add_alias (item->disk, "", record->name);
}

static gboolean
is_hotpluggable (const BvApiVolume *volume)
{
  if (volume->persistent_volume_claim != NULL)
    return volume->persistent_volume_claim->hotpluggable;
  return volume->data_volume != NULL && volume->data_volume->hotpluggable;
}

/* A volume that may be plugged in need not be there yet. Until it is, a CD-ROM drive is empty, and
 * a disk is not there either. */
static gboolean
find_volume (const BvDisks *self, BvDiskItem *item, GError **error)
{
  const BvApiDisk *record = item->record;

  item->volume = bv_volume_index_find (&self->index, record->name);
  item->facts = bv_volume_index_find_facts (&self->index, record->name);
  item->class = item->volume != NULL ? bv_volume_class_of (item->volume) : NULL;
  if (item->class != NULL)
    {
      item->awaited = item->facts == NULL && is_hotpluggable (item->volume);
      return TRUE;
    }
  if (item->volume == NULL && record->cdrom != NULL)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_MANIFEST,
               item->volume != NULL
                   ? _ ("The volume of the disk %s has no source that Barevirt knows.")
                   : _ ("The disk %s has no volume; add one of that name to “volumes”."),
               record->name);
  return FALSE;
}

static gboolean
add_disk (BvDisks *self, const BvApiDisk *record, GError **error)
{
  BvDiskItem item = { .record = record, .target = bv_disk_target_of (record) };

  if (!find_volume (self, &item, error))
    return FALSE;
  item.virtio = g_strcmp0 (item.target.bus, "virtio") == 0;
  item.disk = bv_xml_add (self->conversion->devices, "disk");
  bv_xml_set (item.disk, "device", item.target.device);
  if ((record->disk != NULL && item.virtio) || (item.class != NULL && item.class->bare_driver))
    bv_xml_set (item.disk, "model", self->conversion->virtio_model);
  if (!add_driver (self, &item, error) || !add_target (self, &item, error))
    return FALSE;
  if (item.awaited && record->cdrom == NULL)
    {
      bv_xml_remove (item.disk);
      return TRUE;
    }
  if (!add_source (&item, error) || !add_block_size (self, &item, error))
    return FALSE;
  add_details (&item);
  return TRUE;
}

/* The names that the disks of a running guest have are theirs. */
static void
keep_names (BvDisks *self)
{
  const BvApiDevices *devices = self->conversion->device_spec;

  for (guint i = 0; i < devices->n_disks; i++)
    {
      const BvFactsVolume *facts =
          bv_volume_index_find_facts (&self->index, devices->disks[i]->name);

      if (facts != NULL && facts->target != NULL)
        bv_disk_namer_keep (&self->namer, bv_disk_target_of (devices->disks[i]).bus, facts->target);
    }
}

/* Disks, CD-ROM drives and LUNs, in the manifest's order. */
gboolean
bv_convert_disks (BvConversion *self, GError **error)
{
  g_auto (BvDisks) disks = { .conversion = self };

  bv_volume_index_init (&disks.index, self->spec, self->facts);
  disks.threads = bv_io_threads_of (self->domain_spec);
  if (self->device_spec->block_multi_queue)
    disks.queues = bv_vcpu_count (self->domain_spec);
  keep_names (&disks);
  for (guint i = 0; i < self->device_spec->n_disks; i++)
    if (!add_disk (&disks, self->device_spec->disks[i], error))
      return FALSE;
  return TRUE;
}
