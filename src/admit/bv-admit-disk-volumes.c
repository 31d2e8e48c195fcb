/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-areas.h"
#include "admit/bv-name-set.h"

#include <glib/gi18n-lib.h>

#define MOST_SUGGESTIONS 100

/* Which volume each disk and filesystem shows, and what the guest boots from. */

typedef struct
{
  BvAdmission *admission;
  const BvApiVirtualMachineInstanceSpec *spec;
  BvNameSet volumes;
  BvNameSet filesystems;
  GHashTable *boot_orders; /* gint64 -> where it stands */
} Pairs;

static const char *
at_disk (const Pairs *self, guint index, const char *below)
{
  return bv_admission_path (self->admission, "domain.devices.disks[%u]%s", index, below);
}

/* The volume that is probably meant. Nobody reads many such answers, each of which takes time. */
static const char *
suggest_volume (const Pairs *self, const char *name)
{
  g_autofree const char **known = NULL;
  guint n = 0;

  if (self->admission->causes->causes->len > MOST_SUGGESTIONS)
    return NULL;
  known = g_new0 (const char *, self->spec->n_volumes + 1);
  for (guint i = 0; i < self->spec->n_volumes; i++)
    if (self->spec->volumes[i]->name != NULL)
      known[n++] = self->spec->volumes[i]->name;
  return bv_suggest (name, known);
}

static void
refuse_unknown (const Pairs *self, const char *path, const char *name)
{
  const char *meant = suggest_volume (self, name);

  if (meant != NULL)
    bv_admission_refuse (self->admission, BV_REASON_INVALID, path,
                         _ ("There is no volume “%s”; did you mean “%s”?"), name, meant);
  else
    bv_admission_refuse (self->admission, BV_REASON_INVALID, path,
                         _ ("There is no volume “%s”; add it to spec.volumes."), name);
}

static void
admit_downward_metrics (const Pairs *self, const BvApiDisk *disk, guint index)
{
  if (disk->disk == NULL)
    bv_admission_refuse (self->admission, BV_REASON_REQUIRED, at_disk (self, index, ".disk"),
                         _ ("Metrics of the host are shown as a hard disk only; write disk: {bus: "
                            "virtio}."));
  else if (g_strcmp0 (disk->disk->bus, "virtio") != 0)
    bv_admission_refuse (self->admission, BV_REASON_INVALID, at_disk (self, index, ".disk.bus"),
                         _ ("Metrics of the host are shown on the virtio bus only, not on %s."),
                         disk->disk->bus);
}

static void
admit_volume_of_disk (const Pairs *self, const BvApiDisk *disk, guint index,
                      const BvApiVolume *volume)
{
  if (disk->lun != NULL && volume->persistent_volume_claim == NULL && volume->data_volume == NULL)
    bv_admission_refuse (self->admission, BV_REASON_INVALID, at_disk (self, index, ".lun"),
                         _ ("A LUN shows a block device of the host, which only a "
                            "persistentVolumeClaim or dataVolume can be; use disk instead."));
  if (volume->downward_metrics != NULL)
    admit_downward_metrics (self, disk, index);
}

static void
admit_boot_order (Pairs *self, const char *path, const gint64 *order, const char *owner)
{
  const char *earlier;

  if (*order < 1)
    return;
  if (*order > G_MAXUINT32)
    bv_admission_refuse (
        self->admission, BV_REASON_INVALID, path,
        _ ("The boot order %" G_GINT64_FORMAT " is beyond what libvirt can tell; count from 1."),
        *order);
  if (self->boot_orders == NULL)
    self->boot_orders = g_hash_table_new (g_int64_hash, g_int64_equal);
  earlier = g_hash_table_lookup (self->boot_orders, order);
  if (earlier != NULL)
    bv_admission_refuse (
        self->admission, BV_REASON_INVALID, path,
        _ ("“%s” has the boot order %" G_GINT64_FORMAT " already; give each device its own."),
        earlier, *order);
  else
    g_hash_table_insert (self->boot_orders, (gpointer)order,
                         (gpointer)(owner == NULL ? "" : owner));
}

static void
admit_disk (Pairs *self, guint index)
{
  const BvApiDisk *disk = self->spec->domain->devices->disks[index];
  int volume = bv_name_set_find (&self->volumes, disk->name);

  if (disk->name != NULL && volume >= 0)
    admit_volume_of_disk (self, disk, index, self->spec->volumes[volume]);
  else if (disk->name != NULL && disk->cdrom == NULL)
    refuse_unknown (self, at_disk (self, index, ".name"), disk->name);
  else if (disk->name != NULL)
    bv_admission_require_gate (self->admission, "DeclarativeHotplugVolumes",
                               at_disk (self, index, ".name"), _ ("A CD-ROM drive with no volume"));
  if (bv_api_disk_has_boot_order (disk))
    admit_boot_order (self, at_disk (self, index, ".bootOrder"), &disk->boot_order, disk->name);
}

static void
admit_interface (Pairs *self, guint index)
{
  const BvApiInterface *interface = self->spec->domain->devices->interfaces[index];
  const char *path;

  if (!bv_api_interface_has_boot_order (interface))
    return;
  path = bv_admission_path (self->admission, "domain.devices.interfaces[%u].bootOrder", index);
  if (interface->boot_order < 1)
    bv_admission_refuse (
        self->admission, BV_REASON_INVALID, path,
        _ ("The first device that is tried has the boot order 1; %" G_GINT64_FORMAT " is none."),
        interface->boot_order);
  admit_boot_order (self, path, &interface->boot_order, interface->name);
}

static void
admit_container_path (const Pairs *self, guint index)
{
  static const char *const reserved[] = { "/var/run/kubevirt", "/var/run/libvirt" };
  const BvApiVolume *volume = self->spec->volumes[index];
  const char *path = volume->container_path->path;

  if (volume->name != NULL && bv_name_set_find (&self->filesystems, volume->name) < 0)
    bv_admission_refuse (
        self->admission, BV_REASON_INVALID,
        bv_admission_path (self->admission, "volumes[%u]", index),
        _ ("A containerPath is shown by a filesystem, not by a disk; add one called "
           "“%s” to domain.devices.filesystems."),
        volume->name);
  for (gsize i = 0; path != NULL && i < G_N_ELEMENTS (reserved); i++)
    if (g_str_has_prefix (path, reserved[i]))
      bv_admission_refuse (
          self->admission, BV_REASON_INVALID,
          bv_admission_path (self->admission, "volumes[%u].containerPath.path", index),
          _ ("%s belongs to the hypervisor; show another folder."), reserved[i]);
}

/* A filesystem that shows nothing is told with the disks. */
static void
admit_filesystem (const Pairs *self, guint index)
{
  const BvApiFilesystem *filesystem = self->spec->domain->devices->filesystems[index];
  int found = bv_name_set_find (&self->volumes, filesystem->name);
  const BvApiVolume *volume = found < 0 ? NULL : self->spec->volumes[found];

  if (volume != NULL && (volume->persistent_volume_claim != NULL || volume->data_volume != NULL))
    bv_admission_require_gate (
        self->admission, "EnableVirtioFsStorageVolumes",
        bv_admission_path (self->admission, "domain.devices.filesystems[%u].name", index),
        _ ("A filesystem that shows a claim"));
}

/* A disk and a filesystem of one name would both show the container path. */
static void
admit_shown_twice (const Pairs *self, guint index)
{
  const BvApiDisk *disk = self->spec->domain->devices->disks[index];
  int volume = bv_name_set_find (&self->volumes, disk->name);

  if (volume < 0 || self->spec->volumes[volume]->container_path == NULL ||
      bv_name_set_find (&self->filesystems, disk->name) < 0)
    return;
  bv_admission_refuse (self->admission, BV_REASON_INVALID,
                       bv_admission_path (self->admission, "volumes[%d]", volume),
                       _ ("A containerPath is shown by a filesystem, not by a disk; remove "
                          "domain.devices.disks[%u]."),
                       index);
}

void
bv_admit_disk_volumes (BvAdmission *admission)
{
  const BvApiVirtualMachineInstanceSpec *spec = admission->spec;
  const BvApiDevices *devices = spec->domain->devices;
  Pairs self = { .admission = admission, .spec = spec };

  for (guint i = 0; i < spec->n_volumes; i++)
    bv_name_set_add (&self.volumes, spec->volumes[i]->name, i);
  for (guint i = 0; i < devices->n_filesystems; i++)
    bv_name_set_add (&self.filesystems, devices->filesystems[i]->name, i);
  for (guint i = 0; i < devices->n_disks; i++)
    {
      admit_disk (&self, i);
      admit_shown_twice (&self, i);
    }
  for (guint i = 0; i < devices->n_interfaces; i++)
    admit_interface (&self, i);
  for (guint i = 0; i < devices->n_filesystems; i++)
    admit_filesystem (&self, i);
  for (guint i = 0; i < spec->n_volumes; i++)
    if (spec->volumes[i]->container_path != NULL)
      admit_container_path (&self, i);
  bv_name_set_clear (&self.volumes);
  bv_name_set_clear (&self.filesystems);
  g_clear_pointer (&self.boot_orders, g_hash_table_unref);
}
