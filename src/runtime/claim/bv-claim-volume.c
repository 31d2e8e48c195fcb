/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/claim/bv-claim-volume.h"

#include "model/bv-api.h"
#include "model/bv-object-private.h"
#include "runtime/claim/bv-claim-spec.h"
#include "runtime/connection/bv-connection-wait.h"

char *
bv_claim_volume_make_name (BvEntry *claim)
{
  return g_strconcat ("pvc-", bv_object_get_uid (bv_entry_get_object (claim)), NULL);
}

/* The pool of a volume that is there stays, whatever the settings say later. */
static const char *
get_pool (BvEnvironment *environment, const BvApiPersistentVolumeClaimSpec *spec,
          const BvPoolVolume *volume)
{
  const char *named = spec->storage_class_name;

  if (volume != NULL)
    return volume->pool;
  return named != NULL && named[0] != '\0'
             ? named
             : bv_config_get_string (environment->config, "storage", "pool");
}

static char *
get_own_folder (BvEnvironment *environment)
{
  const char *folder = bv_config_get_string (environment->config, "storage", "folder");

  return folder != NULL && folder[0] != '\0'
             ? g_strdup (folder)
             : g_build_filename (environment->state_directory, "pool", NULL);
}

BvDataImport *
bv_claim_volume_new_import (BvEnvironment *environment, BvEntry *claim, const BvPoolVolume *volume,
                            BvDataKind kind)
{
  BvObject *object = bv_entry_get_object (claim);
  const BvApiPersistentVolumeClaim *record = bv_object_get_record (object);
  BvConfig *config = environment->config;
  BvDataImport *import = bv_data_import_new (kind);

  import->pool = g_strdup (get_pool (environment, record->spec, volume));
  import->own_pool = g_strdup (bv_config_get_string (config, "storage", "pool"));
  import->own_folder = get_own_folder (environment);
  import->partition_folder = g_build_filename (environment->state_directory, "partitions", NULL);
  import->name = bv_claim_volume_make_name (claim);
  import->size = bv_claim_spec_get_request (record->spec);
  import->must_be_block = bv_claim_spec_is_block (record->spec);
  import->scratch =
      g_build_filename (environment->state_directory, "imports", bv_object_get_uid (object), NULL);
  import->most = bv_config_get_integer (config, "storage", "import-bytes");
  import->libvirt = bv_connection_get_caller (environment->connection);
  import->config = bv_config_ref (config);
  import->images = bv_image_store_ref (environment->images);
  import->architecture = g_strdup (bv_host_get_facts (environment->host)->architecture);
  return import;
}

typedef struct
{
  BvDataImport *names; /* what the volume is called, and how large it is to be */
  BvPoolRequest request;
} Call;

static Call *
call_new (BvDataImport *names)
{
  Call *call = g_new0 (Call, 1);

  call->names = names;
  call->request = (BvPoolRequest){ .pool = names->pool,
                                   .own_pool = names->own_pool,
                                   .own_folder = names->own_folder,
                                   .partition_folder = names->partition_folder,
                                   .name = names->name,
                                   .size = bv_pool_round_size (names->size) };
  return call;
}

static void
call_free (Call *self)
{
  bv_data_import_free (self->names);
  g_free (self);
}

static gpointer
look (virConnectPtr handle, gpointer data, GCancellable *cancellable, GError **error)
{
  return bv_pool_volume_find (handle, &((const Call *)data)->request, error);
}

static gpointer
grow (virConnectPtr handle, gpointer data, GCancellable *cancellable, GError **error)
{
  return bv_pool_volume_grow (handle, &((const Call *)data)->request, error);
}

/* The result is the volume as it was named: something that is not NULL. */
static gpointer delete (virConnectPtr handle, gpointer data, GCancellable *cancellable,
                        GError **error)
{
  const Call *call = data;
  BvPoolVolume *volume;

  if (!bv_pool_volume_delete (handle, &call->request, error))
    return NULL;
  volume = g_new0 (BvPoolVolume, 1);
  volume->name = g_strdup (call->request.name);
  return volume;
}

static const BvCallFunc call_functions[] = {
  [BV_CLAIM_VOLUME_LOOK] = look,
  [BV_CLAIM_VOLUME_GROW] = grow,
  [BV_CLAIM_VOLUME_DELETE] = delete,
};

void
bv_claim_volume_call_async (BvEnvironment *environment, BvEntry *claim, const BvPoolVolume *volume,
                            BvClaimVolumeCall call, GAsyncReadyCallback callback,
                            gpointer user_data)
{
  BvDataImport *names = bv_claim_volume_new_import (environment, claim, volume, BV_DATA_BLANK);

  bv_connection_call_async (environment->connection, BV_LANE_CONTROL,
                            bv_object_get_uid (bv_entry_get_object (claim)), call_functions[call],
                            call_new (names), (GDestroyNotify)call_free,
                            (GDestroyNotify)bv_pool_volume_free, NULL, callback, user_data);
}
