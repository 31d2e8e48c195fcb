/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-areas.h"
#include "admit/bv-name-set.h"
#include "admit/bv-text-rules.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* spec.domain.devices.disks and filesystems; which volume suits which disk is told elsewhere. */

#define LONGEST_SERIAL 256
#define LONGEST_FILESYSTEM_TAG 36 /* of QEMU's virtiofs device */
#define LEAST_BLOCK 512
#define LARGEST_BLOCK 2097152
#define SATA_BLOCK 512

static const char *
at (BvAdmission *self, guint index, const char *below)
{
  return bv_admission_path (self, "domain.devices.disks[%u]%s", index, below);
}

/* The one target of the disk, as far as it has just one. */
typedef struct
{
  const char *kind;
  const char *bus; /* may be NULL */
} Target;

static Target
get_target (const BvApiDisk *disk)
{
  if (disk->cdrom != NULL)
    return (Target){ "cdrom", disk->cdrom->bus };
  if (disk->lun != NULL)
    return (Target){ "lun", disk->lun->bus };
  return (Target){ "disk", disk->disk == NULL ? NULL : disk->disk->bus };
}

static gboolean
is_bus (const Target *target, const char *bus)
{
  return g_strcmp0 (target->bus, bus) == 0;
}

/* A disk that was made for a volume is no matter of the text; its volume is. */
static const char *
path_of_name (BvAdmission *self, const BvApiDisk *disk, guint index, const BvNameSet *volumes)
{
  const char *path = at (self, index, ".name");
  int volume = bv_name_set_find (volumes, disk->name);

  if (volume < 0 || bv_admission_is_written (self, path))
    return path;
  return bv_admission_path (self, "volumes[%d].name", volume);
}

static void
admit_name (BvAdmission *self, const BvApiDisk *disk, guint index, BvNameSet *names,
            const BvNameSet *volumes)
{
  int earlier = bv_name_set_add (names, disk->name, index);

  if (disk->name == NULL)
    return;
  if (!bv_text_is_label (disk->name))
    bv_admission_refuse (self, BV_REASON_INVALID, path_of_name (self, disk, index, volumes),
                         _ ("“%s” is no name for a disk; use at most 63 lower-case letters, digits "
                            "and dashes."),
                         disk->name);
  else if (earlier >= 0)
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, ".name"),
                         _ ("disks[%d] is called “%s” already; give each disk its own name."),
                         earlier, disk->name);
}

static void
admit_target (BvAdmission *self, const BvApiDisk *disk, guint index, const Target *target)
{
  guint n = (disk->disk != NULL) + (disk->cdrom != NULL) + (disk->lun != NULL);

  if (n > 1)
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, ""),
                         _ ("The disk is several devices at once; keep one of disk, cdrom and "
                            "lun."));
  if (disk->cdrom != NULL && g_strcmp0 (disk->cdrom->bus, "virtio") == 0)
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, ".cdrom.bus"),
                         _ ("There is no CD-ROM drive on the virtio bus; use sata, scsi or usb."));
  if (disk->disk != NULL && disk->disk->readonly && g_strcmp0 (disk->disk->bus, "sata") == 0)
    bv_admission_refuse (
        self, BV_REASON_INVALID,
        bv_admission_is_written (self, at (self, index, ".disk.bus"))
            ? at (self, index, ".disk.bus")
            : at (self, index, ".disk"),
        _ ("A hard disk on the sata bus cannot be read-only; use the bus virtio or scsi."));
  if (disk->disk != NULL && bv_text_is_given (disk->disk->pci_address) &&
      !is_bus (target, "virtio"))
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, ".disk.pciAddress"),
                         _ ("Only a disk on the virtio bus has a PCI address of its own; add bus: "
                            "virtio, or remove the address."));
  if (disk->lun != NULL && (is_bus (target, "sata") || is_bus (target, "usb")))
    bv_admission_warn (self, at (self, index, ".lun"),
                       _ ("libvirt hands a device through on the buses scsi and virtio only, not "
                          "on %s; add bus: scsi."),
                       target->bus);
}

/* An empty policy is no absent one: KubeVirt refuses it, unlike other empty enums. */
static void
admit_error_policy (BvAdmission *self, const BvApiDisk *disk, guint index)
{
  if (disk->error_policy != NULL && !bv_text_is_given (disk->error_policy))
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, ".errorPolicy"),
                         _ ("The error policy is empty; write stop, ignore, report or enospace, or "
                            "remove it."));
}

static void
admit_tuning (BvAdmission *self, const BvApiDisk *disk, guint index, const Target *target)
{
  gboolean cached = bv_text_is_given (disk->cache) && !g_str_equal (disk->cache, "none");

  if (bv_api_disk_has_boot_order (disk) && disk->boot_order < 1)
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, ".bootOrder"),
                         _ ("The boot order is %" G_GINT64_FORMAT "; it counts from 1 on."),
                         disk->boot_order);
  if (disk->dedicated_io_thread && bv_text_is_given (target->bus) && !is_bus (target, "virtio"))
    bv_admission_refuse (self, BV_REASON_NOT_SUPPORTED, at (self, index, ".dedicatedIOThread"),
                         _ ("A disk on the %s bus cannot have an I/O thread of its own; use the "
                            "bus virtio."),
                         target->bus);
  /* Drives and LUNs are never marked as shared, so their cache stays their own. */
  if (disk->disk != NULL && disk->shareable && cached)
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, ".cache"),
                         _ ("A disk that is shareable cannot be cached by the host; use cache: "
                            "none."));
  else if (cached && g_strcmp0 (disk->io, "native") == 0)
    bv_admission_warn (self, at (self, index, ".io"),
                       _ ("libvirt starts no guest whose disk has io: native and the cache %s; use "
                          "cache: none, or io: threads."),
                       disk->cache);
}

static void
admit_serial (BvAdmission *self, const BvApiDisk *disk, guint index, const Target *target)
{
  const char *serial = disk->serial;
  glong seen = is_bus (target, "virtio") || is_bus (target, "sata") ? 20 : 36;

  if (!bv_text_is_given (serial))
    return;
  for (const char *c = serial; *c != '\0'; c++)
    if (!g_ascii_isalnum (*c) && strchr ("_.+-", *c) == NULL)
      {
        bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, ".serial"),
                             _ ("The serial number “%s” has other characters than letters, digits "
                                "and _ . + -."),
                             serial);
        break;
      }
  if (g_utf8_strlen (serial, -1) > LONGEST_SERIAL)
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, ".serial"),
                         _ ("The serial number has %ld characters; at most %d can be."),
                         g_utf8_strlen (serial, -1), LONGEST_SERIAL);
  else if (g_utf8_strlen (serial, -1) > seen)
    bv_admission_warn (self, at (self, index, ".serial"),
                       _ ("The guest sees the first %ld characters of the serial number."), seen);
}

static gboolean
admit_size (BvAdmission *self, gint64 size, guint index, const char *below)
{
  gboolean right = size >= LEAST_BLOCK && size <= LARGEST_BLOCK && (size & (size - 1)) == 0;

  if (!right)
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, below),
                         _ ("%" G_GINT64_FORMAT " is no size for a block; use a power of two from "
                            "%d to %d."),
                         size, LEAST_BLOCK, LARGEST_BLOCK);
  return right;
}

static void
admit_custom_sizes (BvAdmission *self, const BvApiCustomBlockSize *custom, guint index,
                    const Target *target)
{
  gboolean logical = admit_size (self, custom->logical, index, ".blockSize.custom.logical");
  gboolean physical = admit_size (self, custom->physical, index, ".blockSize.custom.physical");

  if (!logical)
    return;
  if (physical && custom->logical > custom->physical)
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, ".blockSize.custom.logical"),
                         _ ("The logical block size, %" G_GINT64_FORMAT
                            ", is above the physical one, %" G_GINT64_FORMAT "."),
                         custom->logical, custom->physical);
  else if (is_bus (target, "sata") && custom->logical != SATA_BLOCK)
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, ".blockSize.custom.logical"),
                         _ ("A disk on the sata bus has logical blocks of %d bytes; use the bus "
                            "virtio or scsi for others."),
                         SATA_BLOCK);
  if (bv_api_custom_block_size_has_discard_granularity (custom) &&
      custom->discard_granularity % custom->logical != 0)
    bv_admission_refuse (
        self, BV_REASON_INVALID, at (self, index, ".blockSize.custom.discardGranularity"),
        _ ("%" G_GINT64_FORMAT " is no multiple of the logical block size, %" G_GINT64_FORMAT "."),
        custom->discard_granularity, custom->logical);
}

static void
admit_block_size (BvAdmission *self, const BvApiDisk *disk, guint index, const Target *target)
{
  const BvApiBlockSize *size = disk->block_size;

  if (size == NULL || size->custom == NULL)
    return;
  if (size->match_volume != NULL &&
      (!bv_api_feature_state_has_enabled (size->match_volume) || size->match_volume->enabled))
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, ".blockSize"),
                         _ ("The block sizes are given and taken from the volume at once; keep one "
                            "of custom and matchVolume."));
  else
    admit_custom_sizes (self, size->custom, index, target);
}

/* What a disk or filesystem cannot show although it is a volume. */
static void
admit_no_memory_dump (BvAdmission *self, const char *name, const BvNameSet *volumes,
                      const char *list, guint index)
{
  int place = bv_name_set_find (volumes, name);

  if (place >= 0 && self->spec->volumes[place]->memory_dump != NULL)
    bv_admission_refuse (self, BV_REASON_INVALID,
                         bv_admission_path (self, "domain.devices.%s[%u].name", list, index),
                         _ ("volumes[%d] takes dumps of the guest's memory, which the guest itself "
                            "never sees; remove this device."),
                         place);
}

static void
admit_filesystem (BvAdmission *self, const BvApiFilesystem *filesystem, guint index,
                  BvNameSet *names, const BvNameSet *volumes)
{
  const char *path = bv_admission_path (self, "domain.devices.filesystems[%u].name", index);
  int earlier = bv_name_set_add (names, filesystem->name, index);

  if (filesystem->name == NULL)
    return;
  if (earlier >= 0)
    bv_admission_refuse (self, BV_REASON_DUPLICATE, path,
                         _ ("filesystems[%d] is called “%s” already; give each filesystem its own "
                            "name."),
                         earlier, filesystem->name);
  else if (bv_name_set_find (volumes, filesystem->name) < 0)
    bv_admission_refuse (self, BV_REASON_INVALID, path,
                         _ ("No volume is called “%s”; add one to volumes, or remove this "
                            "filesystem."),
                         filesystem->name);
  if (strlen (filesystem->name) > LONGEST_FILESYSTEM_TAG)
    bv_admission_refuse (self, BV_REASON_INVALID, path,
                         _ ("“%s” is too long for a filesystem; its name can have %d bytes."),
                         filesystem->name, LONGEST_FILESYSTEM_TAG);
  admit_no_memory_dump (self, filesystem->name, volumes, "filesystems", index);
}

static void
admit_disk (BvAdmission *self, const BvApiDisk *disk, guint index)
{
  Target target = get_target (disk);

  admit_target (self, disk, index, &target);
  admit_error_policy (self, disk, index);
  admit_tuning (self, disk, index, &target);
  admit_serial (self, disk, index, &target);
  admit_block_size (self, disk, index, &target);
}

void
bv_admit_disks (BvAdmission *self)
{
  const BvApiDevices *devices = self->spec->domain->devices;
  g_auto (BvNameSet) volumes = { 0 };
  g_auto (BvNameSet) disks = { 0 };
  g_auto (BvNameSet) filesystems = { 0 };

  for (guint i = 0; i < self->spec->n_volumes; i++)
    bv_name_set_add (&volumes, self->spec->volumes[i]->name, i);
  for (guint i = 0; i < devices->n_disks; i++)
    {
      admit_name (self, devices->disks[i], i, &disks, &volumes);
      admit_disk (self, devices->disks[i], i);
      admit_no_memory_dump (self, devices->disks[i]->name, &volumes, "disks", i);
    }
  for (guint i = 0; i < devices->n_filesystems; i++)
    admit_filesystem (self, devices->filesystems[i], i, &filesystems, &volumes);
}
