/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/claim/bv-data-source.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "host/volume/bv-volume-kinds.h"
#include "model/bv-manifest.h"
#include "model/bv-object-private.h"
#include "runtime/claim/bv-claim-runtime.h"
#include "runtime/claim/bv-claim-users.h"

typedef struct
{
  BvRegistry *registry;
  const char *namespace;
} Lookup;

static gboolean refuse (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
refuse (GError **error, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED, message);
  return FALSE;
}

static gboolean
check_claim (const BvApiDataVolumeSourcePVC *source, const char *namespace, GError **error)
{
  if (source->namespace == NULL || g_str_equal (source->namespace, namespace))
    return TRUE;
  return refuse (error,
                 _ ("A claim of the namespace %s is not copied into another one on a host. Apply "
                    "the DataVolume in that namespace."),
                 source->namespace);
}

static gboolean
get_kind_of_source (const BvApiCdiDataVolumeSource *source, const char *namespace, BvDataKind *kind,
                    GError **error)
{
  if (source->http != NULL)
    *kind = BV_DATA_HTTP;
  else if (source->registry != NULL)
    *kind = BV_DATA_REGISTRY;
  else if (source->pvc != NULL)
    *kind = BV_DATA_CLAIM;
  else if (source->upload != NULL)
    *kind = BV_DATA_UPLOAD;
  else if (source->blank != NULL)
    *kind = BV_DATA_BLANK;
  else if (source->snapshot != NULL)
    return refuse (error,
                   _ ("There are no volume snapshots on a host, so that %s cannot be copied. Copy "
                      "the claim itself, with the source pvc."),
                   source->snapshot->name);
  else
    return refuse (error, _ ("Such a source cannot be fetched on a host; use %s."),
                   "http, registry, pvc, upload, blank");
  return source->pvc == NULL || check_claim (source->pvc, namespace, error);
}

gboolean
bv_data_source_get_kind (const BvApiDataVolumeSpec *spec, const char *namespace, BvDataKind *kind,
                         GError **error)
{
  if (spec->content_type != NULL && !g_str_equal (spec->content_type, "kubevirt") &&
      spec->content_type[0] != '\0')
    return refuse (error,
                   _ ("The content type “%s” cannot be had on a host, where claims hold disk "
                      "images; use kubevirt."),
                   spec->content_type);
  if (spec->source == NULL)
    return refuse (error, _ ("There are no DataSources on a host; give the %s itself."), "source");
  return get_kind_of_source (spec->source, namespace, kind, error);
}

/* NULL with an error where it is not there. */
static gconstpointer
find_record (const Lookup *self, const char *kind, const char *name, GError **error)
{
  BvEntry *entry = bv_registry_find (self->registry, kind, self->namespace, name);

  if (entry != NULL)
    return bv_object_get_record (bv_entry_get_object (entry));
  g_set_error (error, BV_ERROR, BV_ERROR_NOT_FOUND, _ ("The %s %s/%s is not there; apply it."),
               kind, self->namespace, name);
  return NULL;
}

static char *
get_secret_text (const BvApiSecret *secret, const char *key)
{
  g_autoptr (GBytes) value = bv_secret_get_value (secret, key);

  return value != NULL ? g_strndup (g_bytes_get_data (value, NULL), g_bytes_get_size (value))
                       : NULL;
}

static gboolean
add_credentials (const Lookup *self, const char *name, BvDataImport *import, GError **error)
{
  const BvApiSecret *secret;

  if (name == NULL || name[0] == '\0')
    return TRUE;
  secret = find_record (self, "Secret", name, error);
  if (secret == NULL)
    return FALSE;
  import->user = get_secret_text (secret, "accessKeyId");
  import->password = get_secret_text (secret, "secretKey");
  if (import->user != NULL && import->password != NULL)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_NOT_FOUND,
               _ ("The Secret %s/%s needs the keys accessKeyId and secretKey."), self->namespace,
               name);
  return FALSE;
}

/* All of the config map: CDI takes every file of it. */
static gboolean
add_certificates (const Lookup *self, const char *name, BvDataImport *import, GError **error)
{
  g_autoptr (GString) all = g_string_new (NULL);
  const BvApiConfigMap *map;

  if (name == NULL || name[0] == '\0')
    return TRUE;
  map = find_record (self, "ConfigMap", name, error);
  if (map == NULL)
    return FALSE;
  for (guint i = 0; i < map->n_data; i++)
    g_string_append_printf (all, "%s\n", map->data[i].value);
  import->certificates = g_strdup (all->str);
  return TRUE;
}

static gboolean
add_secret_headers (const Lookup *self, const BvApiDataVolumeSourceHTTP *http,
                    GStrvBuilder *headers, GError **error)
{
  for (guint i = 0; i < http->n_secret_extra_headers; i++)
    {
      const BvApiSecret *secret =
          find_record (self, "Secret", http->secret_extra_headers[i], error);

      if (secret == NULL)
        return FALSE;
      for (guint j = 0; j < secret->n_data; j++)
        {
          g_autofree char *text = get_secret_text (secret, secret->data[j].key);

          g_strv_builder_add (headers, text);
        }
      for (guint j = 0; j < secret->n_string_data; j++)
        g_strv_builder_add (headers, secret->string_data[j].value);
    }
  return TRUE;
}

static gboolean
resolve_http (const Lookup *self, const BvApiDataVolumeSourceHTTP *http, BvDataImport *import,
              GError **error)
{
  g_autoptr (GStrvBuilder) headers = g_strv_builder_new ();

  import->url = g_strdup (http->url);
  import->checksum = g_strdup (http->checksum);
  for (guint i = 0; i < http->n_extra_headers; i++)
    g_strv_builder_add (headers, http->extra_headers[i]);
  if (!add_secret_headers (self, http, headers, error))
    return FALSE;
  import->headers = g_strv_builder_end (headers);
  return add_credentials (self, http->secret_ref, import, error) &&
         add_certificates (self, http->cert_config_map, import, error);
}

/* The names of CDI and of containers differ in how they begin. */
static char *
make_reference (const char *url)
{
  if (g_str_has_prefix (url, "docker://"))
    return g_strdup (url + strlen ("docker://"));
  if (g_str_has_prefix (url, "oci-archive://"))
    return g_strconcat ("oci-archive:", url + strlen ("oci-archive://"), NULL);
  return g_strdup (url);
}

/* The registry of an image's name; without one it is Docker's. */
static char *
get_registry_host (const char *reference)
{
  const char *slash = strchr (reference, '/');
  g_autofree char *first = slash != NULL ? g_strndup (reference, slash - reference) : g_strdup ("");

  if (strpbrk (first, ".:") != NULL || g_str_equal (first, "localhost"))
    return g_steal_pointer (&first);
  return g_strdup ("docker.io");
}

/* CDI's credentials as those of a registry. */
static BvObject *
make_pull_secret (const char *reference, const char *user, const char *password)
{
  g_autofree char *plain = g_strdup_printf ("%s:%s", user, password);
  g_autofree char *encoded = g_base64_encode ((const guchar *)plain, strlen (plain));
  g_autofree char *host = get_registry_host (reference);
  g_autofree char *config =
      g_strdup_printf ("{\"auths\": {\"%s\": {\"auth\": \"%s\"}}}", host, encoded);
  g_autofree char *data = g_base64_encode ((const guchar *)config, strlen (config));
  g_autofree char *json = g_strdup_printf (
      "{\"apiVersion\": \"v1\", \"kind\": \"Secret\", \"metadata\": {\"name\": \"registry\"}, "
      "\"type\": \"kubernetes.io/dockerconfigjson\", \"data\": {\".dockerconfigjson\": \"%s\"}}",
      data);
  g_autoptr (GBytes) bytes = g_bytes_new_static (json, strlen (json));
  g_autoptr (BvManifest) manifest = bv_manifest_new_from_bytes (bytes, "made", BV_MANIFEST_NONE);

  return g_list_model_get_item (bv_manifest_get_objects (manifest), 0);
}

static gboolean
resolve_registry (const Lookup *self, const BvApiDataVolumeSourceRegistry *registry,
                  BvDataImport *import, GError **error)
{
  if (registry->url == NULL)
    return refuse (error, _ ("There are no image streams on a host; name the image itself in %s."),
                   "url");
  if (registry->cert_config_map != NULL && registry->cert_config_map[0] != '\0')
    return refuse (error, _ ("certConfigMap is not used for registries on a host; put the "
                             "certificates below /etc/containers/certs.d."));
  import->url = make_reference (registry->url);
  if (registry->platform != NULL && registry->platform->architecture != NULL)
    {
      g_free (import->architecture);
      import->architecture = g_strdup (registry->platform->architecture);
    }
  if (!add_credentials (self, registry->secret_ref, import, error))
    return FALSE;
  if (import->user != NULL)
    import->secret = make_pull_secret (import->url, import->user, import->password);
  return TRUE;
}

static const BvApiDataVolumeSpec *
get_spec (BvEntry *data_volume)
{
  const BvApiDataVolume *record = bv_object_get_record (bv_entry_get_object (data_volume));

  return record->spec;
}

BvEntry *
bv_data_source_find_claim (BvRegistry *registry, BvEntry *data_volume)
{
  const BvApiCdiDataVolumeSource *source = get_spec (data_volume)->source;

  if (source == NULL || source->pvc == NULL)
    return NULL;
  return bv_registry_find (registry, "PersistentVolumeClaim",
                           bv_object_get_namespace (bv_entry_get_object (data_volume)),
                           source->pvc->name);
}

static gboolean
resolve_claim (const Lookup *self, BvEntry *data_volume, BvDataImport *import, GError **error)
{
  BvEntry *claim = bv_data_source_find_claim (self->registry, data_volume);
  const char *name = get_spec (data_volume)->source->pvc->name;
  const BvClaimStatus *status;

  if (claim == NULL || bv_entry_get_deleted (claim) != 0)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_NOT_FOUND,
                   _ ("The claim %s/%s that is to be copied is not there."), self->namespace, name);
      return FALSE;
    }
  status = bv_claim_runtime_get_status (bv_entry_get_runtime (claim));
  if (bv_claim_status_is (status, "Bound") && status->volume != NULL)
    {
      import->source = bv_pool_volume_copy (status->volume);
      return TRUE;
    }
  g_set_error (error, BV_ERROR, BV_ERROR_NOT_FOUND,
               _ ("The claim %s/%s that is to be copied is not ready: it is %s."), self->namespace,
               name, status->phase);
  return FALSE;
}

gboolean
bv_data_source_resolve (BvRegistry *registry, BvEntry *data_volume, BvDataImport *import,
                        GError **error)
{
  const BvApiDataVolumeSpec *spec = get_spec (data_volume);
  const BvApiCdiDataVolumeSource *source = spec->source;
  Lookup lookup = { registry, bv_object_get_namespace (bv_entry_get_object (data_volume)) };

  import->preallocate = spec->preallocation;
  if (source->http != NULL)
    return resolve_http (&lookup, source->http, import, error);
  if (source->pvc != NULL)
    return resolve_claim (&lookup, data_volume, import, error);
  return source->registry == NULL || resolve_registry (&lookup, source->registry, import, error);
}

gboolean
bv_data_source_check (BvRegistry *registry, BvEntry *data_volume, GError **error)
{
  BvEntry *claim = bv_data_source_find_claim (registry, data_volume);
  BvEntry *writer = claim != NULL ? bv_claim_users_find_writer (registry, claim) : NULL;
  g_autofree char *what = writer != NULL ? bv_entry_describe (writer) : NULL;

  if (writer == NULL)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_BUSY,
               _ ("%s writes to the claim %s, which is copied when it has ended."), what,
               bv_object_get_name (bv_entry_get_object (claim)));
  return FALSE;
}
