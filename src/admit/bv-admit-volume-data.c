/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-areas.h"
#include "admit/bv-name-set.h"
#include "admit/bv-text-rules.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* What volumes bring along themselves: first-boot data and facts about the instance. */

#define LONGEST_INLINE_DATA 2048

/* One part of cloud-init's data, in the three forms that it can have. */
typedef struct
{
  const char *text;
  const char *base64;
  const BvApiLocalObjectReference *secret;
  const char *what;
  const char *text_name;
  const char *base64_name;
  const char *secret_name;
} Data;

typedef struct
{
  BvAdmission *admission;
  guint index;
  const char *source;
} Place;

static const char *
at (const Place *self, const char *below)
{
  return bv_admission_path (self->admission, "volumes[%u].%s%s%s", self->index, self->source,
                            below[0] == '\0' ? "" : ".", below);
}

static void
admit_length (const Place *self, const Data *data, gsize length, const char *below)
{
  if (length > LONGEST_INLINE_DATA)
    bv_admission_refuse (self->admission, BV_REASON_INVALID, at (self, below),
                         _ ("The %s has %" G_GSIZE_FORMAT " bytes; at most %d can stand in a "
                            "manifest, more in a Secret that %s names."),
                         data->what, length, LONGEST_INLINE_DATA, data->secret_name);
}

/* TRUE where the data are there. */
static gboolean
admit_data (const Place *self, const Data *data)
{
  gboolean has_text = bv_text_is_given (data->text);
  gboolean has_base64 = bv_text_is_given (data->base64);
  gboolean has_secret = data->secret != NULL && bv_text_is_given (data->secret->name);
  gsize length;

  if (has_text + has_base64 + has_secret > 1)
    bv_admission_refuse (self->admission, BV_REASON_INVALID, at (self, ""),
                         _ ("The %s is given more than once; keep one of %s, %s and %s."),
                         data->what, data->text_name, data->base64_name, data->secret_name);
  if (has_text)
    admit_length (self, data, strlen (data->text), data->text_name);
  if (has_base64 && bv_text_measure_base64 (data->base64, &length))
    admit_length (self, data, length, data->base64_name);
  else if (has_base64)
    bv_admission_refuse (self->admission, BV_REASON_INVALID, at (self, data->base64_name),
                         _ ("This is not base64; encode the data with “base64 -w0”, or give them "
                            "as %s."),
                         data->text_name);
  return has_text || has_base64 || has_secret;
}

static void
admit_cloud_init (const Place *self, const char *user, const char *user64,
                  const BvApiLocalObjectReference *user_secret, const char *network,
                  const char *network64, const BvApiLocalObjectReference *network_secret)
{
  const Data user_data = { user,       user64,           user_secret, "user data",
                           "userData", "userDataBase64", "secretRef" };
  const Data network_data = {
    network,       network64,           network_secret,        "network data",
    "networkData", "networkDataBase64", "networkDataSecretRef"
  };
  gboolean has_user = admit_data (self, &user_data);
  gboolean has_network = admit_data (self, &network_data);

  if (!has_user && !has_network)
    bv_admission_refuse (
        self->admission, BV_REASON_INVALID, at (self, ""),
        _ ("There is nothing for cloud-init to do; add userData or networkData, or "
           "remove the volume."));
}

static const char *const field_paths[] = { "metadata.name",        "metadata.namespace",
                                           "metadata.uid",         "metadata.labels",
                                           "metadata.annotations", NULL };

static const char *const resources[] = { "requests.cpu", "limits.cpu", "requests.memory",
                                         "limits.memory", NULL };

/* A label or an annotation by its key: metadata.labels['app']. */
static gboolean
has_subscript (const char *path)
{
  return (g_str_has_prefix (path, "metadata.labels['") ||
          g_str_has_prefix (path, "metadata.annotations['")) &&
         g_str_has_suffix (path, "']") && strstr (path, "['']") == NULL;
}

static void
admit_choice (const Place *self, const char *below, const char *value, const char *const *allowed)
{
  if (value == NULL)
    return;
  if (value[0] == '\0')
    bv_admission_refuse (self->admission, BV_REASON_REQUIRED, at (self, below),
                         _ ("This is empty; write one of those like %s."), allowed[0]);
  else
    bv_admission_one_of (self->admission, BV_REASON_NOT_SUPPORTED, at (self, below), value,
                         allowed);
}

static void
admit_contents (const Place *self, const BvApiDownwardAPIVolumeFile *file, guint index)
{
  g_autofree char *below = g_strdup_printf ("fields[%u]", index);
  g_autofree char *field = g_strconcat (below, ".fieldRef.fieldPath", NULL);
  g_autofree char *resource = g_strconcat (below, ".resourceFieldRef.resource", NULL);

  if ((file->field_ref == NULL) == (file->resource_field_ref == NULL))
    bv_admission_refuse (
        self->admission, BV_REASON_INVALID, at (self, below),
        file->field_ref == NULL
            ? _ ("The file has no contents; add fieldRef or resourceFieldRef.")
            : _ ("The file has two contents; keep one of fieldRef and resourceFieldRef."));
  if (file->field_ref != NULL &&
      (file->field_ref->field_path == NULL || !has_subscript (file->field_ref->field_path)))
    admit_choice (self, field, file->field_ref->field_path, field_paths);
  if (file->resource_field_ref != NULL)
    admit_choice (self, resource, file->resource_field_ref->resource, resources);
}

static void
admit_files (const Place *self, const BvApiDownwardAPIVolumeSource *source)
{
  g_auto (BvNameSet) paths = { 0 };

  for (guint i = 0; i < source->n_fields; i++)
    {
      const BvApiDownwardAPIVolumeFile *file = source->fields[i];
      g_autofree char *below = g_strdup_printf ("fields[%u].path", i);
      int earlier = bv_name_set_add (&paths, file->path, i);

      if (file->path != NULL && !bv_text_is_relative_path (file->path))
        bv_admission_refuse (self->admission, BV_REASON_INVALID, at (self, below),
                             _ ("“%s” is no relative path without “.”, “..” and “//” in it."),
                             file->path);
      else if (earlier >= 0)
        bv_admission_refuse (self->admission, BV_REASON_DUPLICATE, at (self, below),
                             _ ("fields[%d] has the path “%s” already; give each file its own."),
                             earlier, file->path);
      admit_contents (self, file, i);
    }
}

void
bv_admit_volume_data (BvAdmission *self, const BvApiVolume *volume, guint index)
{
  const BvApiCloudInitNoCloudSource *no_cloud = volume->cloud_init_no_cloud;
  const BvApiCloudInitConfigDriveSource *drive = volume->cloud_init_config_drive;
  Place place = { self, index, "cloudInitNoCloud" };

  if (no_cloud != NULL)
    admit_cloud_init (&place, no_cloud->user_data, no_cloud->user_data_base64, no_cloud->secret_ref,
                      no_cloud->network_data, no_cloud->network_data_base64,
                      no_cloud->network_data_secret_ref);
  place.source = "cloudInitConfigDrive";
  if (drive != NULL)
    admit_cloud_init (&place, drive->user_data, drive->user_data_base64, drive->secret_ref,
                      drive->network_data, drive->network_data_base64,
                      drive->network_data_secret_ref);
  place.source = "downwardAPI";
  if (volume->downward_api != NULL)
    admit_files (&place, volume->downward_api);
}
