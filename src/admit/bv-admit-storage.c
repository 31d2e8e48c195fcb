/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-kinds.h"
#include "admit/bv-text-rules.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* DataVolumes and PersistentVolumeClaims: what is asked for, and where the data come from. */

static const char *
below (BvAdmission *self, const char *path, const char *name)
{
  return bv_arena_printf (self->arena, "%s.%s", path, name);
}

static void
admit_storage_size (BvAdmission *self, const BvApiVolumeResourceRequirements *resources,
                    gboolean required, const char *path)
{
  const BvQuantity *size = NULL;
  const BvQuantity *limit = NULL;

  if (resources != NULL)
    {
      size = bv_quantity_map_get (resources->requests, resources->n_requests, "storage");
      limit = bv_quantity_map_get (resources->limits, resources->n_limits, "storage");
    }
  if (size != NULL && bv_quantity_sign (size) <= 0)
    bv_admission_refuse (self, BV_REASON_INVALID, below (self, path, "resources.requests.storage"),
                         _ ("Storage of %s has no room at all; ask for a size like 10Gi."),
                         size->text);
  else if (size == NULL && required &&
           !bv_admission_is_written (self, below (self, path, "resources.requests.storage")))
    bv_admission_refuse (self, BV_REASON_REQUIRED, below (self, path, "resources.requests.storage"),
                         _ ("Nothing says how much storage it is; ask for a size like 10Gi."));
  if (size != NULL && limit != NULL && bv_quantity_compare (size, limit) > 0)
    bv_admission_refuse (self, BV_REASON_INVALID, below (self, path, "resources.limits.storage"),
                         _ ("The limit %s is below the size that is asked for, %s."), limit->text,
                         size->text);
}

static void
admit_modes (BvAdmission *self, const char *const *modes, guint n_modes, const char *path)
{
  gboolean single = FALSE;

  for (guint i = 0; i < n_modes; i++)
    {
      if (modes[i][0] == '\0')
        bv_admission_refuse (self, BV_REASON_INVALID,
                             bv_arena_printf (self->arena, "%s.accessModes[%u]", path, i),
                             _ ("The mode is empty; write ReadWriteOnce, ReadOnlyMany or "
                                "ReadWriteMany."));
      single |= g_str_equal (modes[i], "ReadWriteOncePod");
    }
  if (single && n_modes > 1)
    bv_admission_refuse (self, BV_REASON_INVALID, below (self, path, "accessModes"),
                         _ ("ReadWriteOncePod cannot stand beside other modes."));
}

static void
admit_object_name (BvAdmission *self, const char *name, const char *path, const char *field)
{
  if (bv_text_is_given (name) && !bv_text_is_subdomain (name))
    bv_admission_refuse (self, BV_REASON_INVALID, below (self, path, field),
                         _ ("“%s” cannot be the name of an object; use lower-case letters, digits, "
                            "dashes and dots."),
                         name);
}

static void
admit_claim_spec (BvAdmission *self, const BvApiPersistentVolumeClaimSpec *spec, const char *path)
{
  admit_storage_size (self, spec->resources, TRUE, path);
  admit_modes (self, spec->access_modes, spec->n_access_modes, path);
  admit_object_name (self, spec->storage_class_name, path, "storageClassName");
  if (spec->n_access_modes == 0)
    bv_admission_warn (self, below (self, path, "accessModes"),
                       _ ("A cluster takes no claim without access modes; add ReadWriteOnce or "
                          "another one."));
}

static void
admit_storage_spec (BvAdmission *self, const BvApiStorageSpec *spec, gboolean sized,
                    const char *path)
{
  admit_storage_size (self, spec->resources, sized, path);
  admit_modes (self, spec->access_modes, spec->n_access_modes, path);
  admit_object_name (self, spec->storage_class_name, path, "storageClassName");
}

/* One of SCHEMES, each with a colon and two slashes after it. */
static void
admit_url (BvAdmission *self, const char *url, const char *const *schemes, const char *path)
{
  g_autofree char *list = NULL;

  if (url == NULL)
    return;
  for (gsize i = 0; schemes[i] != NULL; i++)
    if (g_str_has_prefix (url, schemes[i]) && url[strlen (schemes[i])] != '\0')
      return;
  list = g_strjoinv (", ", (char **)schemes);
  bv_admission_refuse (self, BV_REASON_INVALID, path,
                       _ ("“%s” is no address that data can come from; begin it with one of %s."),
                       url, list);
}

static void
admit_registry (BvAdmission *self, const BvApiDataVolumeSourceRegistry *registry, const char *path)
{
  static const char *const schemes[] = { "docker://", "oci-archive://", NULL };

  if ((registry->url == NULL) == (registry->image_stream == NULL))
    bv_admission_refuse (self, BV_REASON_INVALID, path,
                         registry->url == NULL
                             ? _ ("Nothing says which image it is; add url: docker://IMAGE.")
                             : _ ("The image is given twice; keep one of url and imageStream."));
  admit_url (self, registry->url, schemes, below (self, path, "url"));
}

static void
admit_other_claim (BvAdmission *self, const BvApiDataVolumeSourcePVC *claim, const char *path)
{
  const struct
  {
    const char *value;
    const char *name;
  } parts[] = { { claim->name, "name" }, { claim->namespace, "namespace" } };

  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    if (parts[i].value != NULL && parts[i].value[0] == '\0')
      bv_admission_refuse (self, BV_REASON_REQUIRED, below (self, path, parts[i].name),
                           _ ("This is empty; name the claim that is copied and its namespace."));
    else
      admit_object_name (self, parts[i].value, path, parts[i].name);
}

/* Sources that take a cluster's or a cloud's own programs to read. */
static void
warn_foreign (BvAdmission *self, const BvApiCdiDataVolumeSource *source, const char *path)
{
  const struct
  {
    gconstpointer record;
    const char *name;
  } foreign[] = {
    { source->snapshot, "snapshot" }, { source->s3, "s3" },     { source->gcs, "gcs" },
    { source->imageio, "imageio" },   { source->vddk, "vddk" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (foreign); i++)
    if (foreign[i].record != NULL)
      bv_admission_warn (self, below (self, path, foreign[i].name),
                         _ ("This host cannot fetch data from %s; use http, registry, pvc, upload "
                            "or blank."),
                         foreign[i].name);
}

static void
admit_source (BvAdmission *self, const BvApiCdiDataVolumeSource *source, const char *path)
{
  static const char *const web[] = { "http://", "https://", NULL };
  const BvRecordType *type = &bv_api_cdi_data_volume_source_type;
  guint n = 0;

  for (guint i = 0; i < type->n_fields; i++)
    n += *BV_FIELD_AT (gpointer, source, &type->fields[i]) != NULL;
  if (n != 1)
    bv_admission_refuse (
        self, BV_REASON_INVALID, path,
        n == 0 ? _ ("The source is empty; add one of http, registry, pvc, upload and blank.")
               : _ ("The data come from several places; keep one of them."));
  if (source->http != NULL)
    admit_url (self, source->http->url, web, below (self, path, "http.url"));
  if (source->registry != NULL)
    admit_registry (self, source->registry, below (self, path, "registry"));
  if (source->pvc != NULL)
    admit_other_claim (self, source->pvc, below (self, path, "pvc"));
  warn_foreign (self, source, path);
}

static void
admit_where_from (BvAdmission *self, const BvApiDataVolumeSpec *spec, const char *path)
{
  gboolean populated = (spec->pvc != NULL &&
                        (spec->pvc->data_source != NULL || spec->pvc->data_source_ref != NULL)) ||
                       (spec->storage != NULL && (spec->storage->data_source != NULL ||
                                                  spec->storage->data_source_ref != NULL));

  if (populated && (spec->source != NULL || spec->source_ref != NULL))
    bv_admission_refuse (self, BV_REASON_INVALID,
                         below (self, path, spec->source != NULL ? "source" : "sourceRef"),
                         _ ("The data come from dataSource already; remove one of the two."));
  else if (spec->source != NULL && spec->source_ref != NULL)
    bv_admission_refuse (self, BV_REASON_INVALID, below (self, path, "sourceRef"),
                         _ ("The data come from source already; remove one of the two."));
  else if (!populated && spec->source == NULL && spec->source_ref == NULL)
    bv_admission_refuse (self, BV_REASON_INVALID, below (self, path, "source"),
                         _ ("Nothing says where the data come from; add source, with blank: {} for "
                            "an empty disk."));
  if (spec->source != NULL)
    admit_source (self, spec->source, below (self, path, "source"));
  if (spec->source_ref != NULL)
    bv_admission_warn (self, below (self, path, "sourceRef"),
                       _ ("A host has no DataSource objects; write the source itself here, or the "
                          "volume stays empty."));
}

void
bv_admit_data_volume_spec (BvAdmission *self, const BvApiDataVolumeSpec *spec, const char *path)
{
  /* Other sources have a size that can be found out. */
  gboolean sized =
      spec->source != NULL && (spec->source->blank != NULL || spec->source->upload != NULL);

  if (spec->pvc == NULL && spec->storage == NULL)
    bv_admission_refuse (self, BV_REASON_INVALID, below (self, path, "storage"),
                         _ ("Nothing says what storage it is; add storage, with the size that is "
                            "needed."));
  else if (spec->pvc != NULL && spec->storage != NULL)
    bv_admission_refuse (self, BV_REASON_INVALID, below (self, path, "pvc"),
                         _ ("The storage is given twice; keep one of storage and pvc."));
  if (spec->pvc != NULL)
    admit_claim_spec (self, spec->pvc, below (self, path, "pvc"));
  if (spec->storage != NULL)
    admit_storage_spec (self, spec->storage, sized, below (self, path, "storage"));
  admit_where_from (self, spec, path);
}

void
bv_admit_data_volume (BvAdmission *self, gconstpointer record)
{
  const BvApiDataVolume *volume = record;

  if (volume->spec != NULL)
    bv_admit_data_volume_spec (self, volume->spec, "spec");
}

void
bv_admit_persistent_volume_claim (BvAdmission *self, gconstpointer record)
{
  const BvApiPersistentVolumeClaim *claim = record;

  if (claim->spec != NULL)
    admit_claim_spec (self, claim->spec, "spec");
  else if (!bv_admission_is_written (self, "spec"))
    bv_admission_refuse (self, BV_REASON_REQUIRED, "spec",
                         _ ("Nothing says what storage it is; add a spec with the size that is "
                            "needed."));
}
