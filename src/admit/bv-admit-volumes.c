/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-areas.h"
#include "admit/bv-name-set.h"
#include "admit/bv-text-rules.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* spec.volumes, but for what cloud-init and the files of the downward API hold. */

#define LONGEST_CONTAINER_PATH 4096
#define LONGEST_ISO_LABEL 32

static const char *
at (BvAdmission *self, guint index, const char *below)
{
  return bv_admission_path (self, "volumes[%u]%s", index, below);
}

/* A disk of the name is told of a bad name already. */
static void
admit_name (BvAdmission *self, const BvApiVolume *volume, guint index, BvNameSet *names,
            const BvNameSet *disks)
{
  int earlier = bv_name_set_add (names, volume->name, index);

  if (earlier >= 0)
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, ".name"),
                         _ ("volumes[%d] is called “%s” already; give each volume its own name."),
                         earlier, volume->name);
  else if (volume->name != NULL && !bv_text_is_label (volume->name) &&
           bv_name_set_find (disks, volume->name) < 0)
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, ".name"),
                         _ ("“%s” is no name for a volume; use at most 63 lower-case letters, "
                            "digits and dashes."),
                         volume->name);
}

/* The sources are the fields of the record that are records. */
static void
admit_one_source (BvAdmission *self, const BvApiVolume *volume, guint index)
{
  const BvRecordType *type = &bv_api_volume_type;
  g_autoptr (GString) given = NULL;
  guint n = 0;

  for (guint i = 0; i < type->n_fields; i++)
    n += type->fields[i].kind == BV_FIELD_RECORD &&
         *BV_FIELD_AT (gpointer, volume, &type->fields[i]) != NULL;
  if (n == 1)
    return;
  given = g_string_new (NULL);
  for (guint i = 0; i < type->n_fields; i++)
    if (type->fields[i].kind == BV_FIELD_RECORD &&
        (n == 0 || *BV_FIELD_AT (gpointer, volume, &type->fields[i]) != NULL))
      g_string_append_printf (given, "%s%s", given->len > 0 ? ", " : "", type->fields[i].name);
  bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, ""),
                       n == 0 ? _ ("The volume has no source; add one of %s.")
                              : _ ("The volume has several sources; keep one of %s."),
                       given->str);
}

/* The name of another object, which must be given. */
static void
admit_reference (BvAdmission *self, const char *name, const char *reason, guint index,
                 const char *below, const char *what)
{
  if (name == NULL && bv_admission_is_written (self, at (self, index, below)))
    return;
  if (!bv_text_is_given (name))
    bv_admission_refuse (self, reason, at (self, index, below),
                         _ ("The name is missing; name the %s that the volume is made of."), what);
  else if (!bv_text_is_subdomain (name))
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, below),
                         _ ("“%s” cannot be the name of a %s; use lower-case letters, digits, "
                            "dashes and dots."),
                         name, what);
}

static void
admit_label (BvAdmission *self, const char *label, guint index, const char *below)
{
  if (label != NULL && g_utf8_strlen (label, -1) > LONGEST_ISO_LABEL)
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, below),
                         _ ("The label “%s” is too long; a disk image has room for %d characters."),
                         label, LONGEST_ISO_LABEL);
}

static void
admit_claims (BvAdmission *self, const BvApiVolume *volume, guint index)
{
  const char *claim = "PersistentVolumeClaim";

  if (volume->persistent_volume_claim != NULL &&
      volume->persistent_volume_claim->claim_name != NULL)
    admit_reference (self, volume->persistent_volume_claim->claim_name, BV_REASON_REQUIRED, index,
                     ".persistentVolumeClaim.claimName", claim);
  if (volume->memory_dump != NULL && volume->memory_dump->claim_name != NULL)
    admit_reference (self, volume->memory_dump->claim_name, BV_REASON_REQUIRED, index,
                     ".memoryDump.claimName", claim);
  if (volume->data_volume != NULL && volume->data_volume->name != NULL)
    admit_reference (self, volume->data_volume->name, BV_REASON_REQUIRED, index, ".dataVolume.name",
                     "DataVolume");
  if (volume->ephemeral == NULL)
    return;
  if (volume->ephemeral->persistent_volume_claim == NULL)
    bv_admission_refuse (self, BV_REASON_REQUIRED,
                         at (self, index, ".ephemeral.persistentVolumeClaim"),
                         _ ("An ephemeral volume is the copy of a claim; name it in "
                            "persistentVolumeClaim."));
  else if (volume->ephemeral->persistent_volume_claim->claim_name != NULL)
    admit_reference (self, volume->ephemeral->persistent_volume_claim->claim_name,
                     BV_REASON_REQUIRED, index, ".ephemeral.persistentVolumeClaim.claimName",
                     claim);
}

static void
admit_sysprep (BvAdmission *self, const BvApiSysprepSource *sysprep, guint index)
{
  if ((sysprep->config_map == NULL) == (sysprep->secret == NULL))
    bv_admission_refuse (
        self, BV_REASON_INVALID, at (self, index, ".sysprep"),
        sysprep->secret == NULL
            ? _ ("There are no answer files; name the configMap or the secret that holds them.")
            : _ ("The answer files come from two places; keep one of configMap and secret."));
  if (sysprep->config_map != NULL)
    admit_reference (self, sysprep->config_map->name, BV_REASON_INVALID, index,
                     ".sysprep.configMap.name", "ConfigMap");
  if (sysprep->secret != NULL)
    admit_reference (self, sysprep->secret->name, BV_REASON_INVALID, index, ".sysprep.secret.name",
                     "Secret");
}

static void
admit_objects (BvAdmission *self, const BvApiVolume *volume, guint index)
{
  if (volume->config_map != NULL)
    {
      admit_reference (self, volume->config_map->name, BV_REASON_INVALID, index, ".configMap.name",
                       "ConfigMap");
      admit_label (self, volume->config_map->volume_label, index, ".configMap.volumeLabel");
    }
  if (volume->secret != NULL)
    {
      admit_reference (self, volume->secret->secret_name, BV_REASON_INVALID, index,
                       ".secret.secretName", "Secret");
      admit_label (self, volume->secret->volume_label, index, ".secret.volumeLabel");
    }
  if (volume->service_account != NULL)
    admit_reference (self, volume->service_account->service_account_name, BV_REASON_INVALID, index,
                     ".serviceAccount.serviceAccountName", "ServiceAccount");
  if (volume->sysprep != NULL)
    admit_sysprep (self, volume->sysprep, index);
  if (volume->downward_api != NULL)
    admit_label (self, volume->downward_api->volume_label, index, ".downwardAPI.volumeLabel");
}

/* An absolute path without detours; FALSE and a cause where it is none. */
static gboolean
admit_path (BvAdmission *self, const char *path, guint index, const char *below)
{
  if (bv_text_is_clean_path (path))
    return TRUE;
  bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, below),
                       g_str_equal (path, "/")
                           ? _ ("“%s” is the root; give the path of what is below it.")
                           : _ ("“%s” is no absolute path without “.”, “..” and “//” in it."),
                       path);
  return FALSE;
}

static void
admit_host_disk (BvAdmission *self, const BvApiHostDisk *disk, guint index)
{
  bv_admission_require_gate (self, "HostDisk", at (self, index, ".hostDisk"),
                             _ ("A hostDisk volume"));
  if (disk->path != NULL && disk->path[0] == '\0')
    bv_admission_refuse (self, BV_REASON_NOT_FOUND, at (self, index, ".hostDisk.path"),
                         _ ("The path is empty; give that of the image file."));
  else if (disk->path != NULL && admit_path (self, disk->path, index, ".hostDisk.path") &&
           g_str_has_suffix (disk->path, "/"))
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, ".hostDisk.path"),
                         _ ("“%s” is a folder; give the path of the image file in it."),
                         disk->path);
  if (disk->type != NULL && disk->type[0] == '\0')
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, ".hostDisk.type"),
                         _ ("The type is empty; write Disk or DiskOrCreate."));
  if (bv_quantity_sign (&disk->capacity) < 0)
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, ".hostDisk.capacity"),
                         _ ("The capacity %s is negative."), disk->capacity.text);
  else if (!bv_quantity_is_zero (&disk->capacity) && g_strcmp0 (disk->type, "Disk") == 0)
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, ".hostDisk.capacity"),
                         _ ("An image that is there already has its size; remove the capacity, or "
                            "write type: DiskOrCreate."));
}

static void
admit_container_path (BvAdmission *self, const BvApiContainerPathVolumeSource *source, guint index)
{
  bv_admission_require_gate (self, "ContainerPathVolumes", at (self, index, ".containerPath"),
                             _ ("A containerPath volume"));
  if (bv_api_container_path_volume_source_has_read_only (source) && !source->read_only)
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, ".containerPath.readOnly"),
                         _ ("A containerPath volume is always read-only; remove readOnly: "
                            "false."));
  if (source->path == NULL || !admit_path (self, source->path, index, ".containerPath.path"))
    return;
  if (strlen (source->path) > LONGEST_CONTAINER_PATH)
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, ".containerPath.path"),
                         _ ("The path is too long; at most %d bytes can be."),
                         LONGEST_CONTAINER_PATH);
}

static void
admit_images (BvAdmission *self, const BvApiVolume *volume, guint index)
{
  const BvApiContainerDiskSource *container = volume->container_disk;

  if (container != NULL && container->image != NULL && container->image[0] == '\0')
    bv_admission_refuse (self, BV_REASON_REQUIRED, at (self, index, ".containerDisk.image"),
                         _ ("The image is empty; name it with its registry and its tag or "
                            "digest."));
  if (container != NULL && bv_text_is_given (container->path))
    admit_path (self, container->path, index, ".containerDisk.path");
  if (volume->empty_disk != NULL && bv_quantity_is_given (&volume->empty_disk->capacity) &&
      bv_quantity_sign (&volume->empty_disk->capacity) <= 0)
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, ".emptyDisk.capacity"),
                         _ ("A disk of %s has no room at all; give a capacity like 2Gi."),
                         volume->empty_disk->capacity.text);
  if (volume->host_disk != NULL)
    admit_host_disk (self, volume->host_disk, index);
  if (volume->container_path != NULL)
    admit_container_path (self, volume->container_path, index);
  if (volume->downward_metrics != NULL)
    bv_admission_require_gate (self, "DownwardMetrics", at (self, index, ".downwardMetrics"),
                               _ ("A downwardMetrics volume"));
}

/* Sources of which a guest has at most one. */
static const struct
{
  gsize offset;
  const char *name;
} singles[] = {
  { G_STRUCT_OFFSET (BvApiVolume, service_account), "serviceAccount" },
  { G_STRUCT_OFFSET (BvApiVolume, downward_metrics), "downwardMetrics" },
  { G_STRUCT_OFFSET (BvApiVolume, memory_dump), "memoryDump" },
};

static void
admit_singles (BvAdmission *self, const BvApiVolume *volume, guint index, int *firsts)
{
  for (gsize i = 0; i < G_N_ELEMENTS (singles); i++)
    {
      if (G_STRUCT_MEMBER (gpointer, volume, singles[i].offset) == NULL)
        continue;
      if (firsts[i] < 0)
        {
          firsts[i] = index;
          continue;
        }
      bv_admission_refuse (self, BV_REASON_INVALID,
                           bv_admission_path (self, "volumes[%u].%s", index, singles[i].name),
                           _ ("volumes[%d] is a %s volume already; a guest has at most one."),
                           firsts[i], singles[i].name);
    }
}

static void
admit_utility_volumes (BvAdmission *self)
{
  if (self->spec->n_utility_volumes > 0)
    bv_admission_refuse (self, BV_REASON_INVALID, bv_admission_path (self, "utilityVolumes"),
                         _ ("Utility volumes are attached to a guest that runs; remove them from "
                            "the manifest."));
}

void
bv_admit_volumes (BvAdmission *self)
{
  const BvApiDevices *devices = self->spec->domain->devices;
  g_auto (BvNameSet) names = { 0 };
  g_auto (BvNameSet) disks = { 0 };
  int firsts[G_N_ELEMENTS (singles)] = { -1, -1, -1 };

  for (guint i = 0; i < devices->n_disks; i++)
    bv_name_set_add (&disks, devices->disks[i]->name, i);
  for (guint i = 0; i < self->spec->n_volumes; i++)
    {
      const BvApiVolume *volume = self->spec->volumes[i];

      admit_name (self, volume, i, &names, &disks);
      admit_one_source (self, volume, i);
      admit_claims (self, volume, i);
      admit_objects (self, volume, i);
      admit_images (self, volume, i);
      admit_singles (self, volume, i, firsts);
      bv_admit_volume_data (self, volume, i);
    }
  admit_utility_volumes (self);
}
