/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/volume/bv-volume-objects.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "host/hook/bv-hook.h"
#include "model/bv-error.h"
#include "model/bv-vmi-private.h"

struct _BvVolumeObjects
{
  char *namespace;
  GHashTable *by_key; /* "Kind/name" -> BvObject */
  GHashTable *claims; /* name -> BvVolumeClaim */
};

typedef struct
{
  BvVolumeObjects *objects;
  BvObjectLookup lookup;
  gpointer user_data;
} Collector;

static BvObject *
collect (Collector *self, const char *kind, const char *name)
{
  BvObject *object;

  if (name == NULL || name[0] == '\0')
    return NULL;
  object = self->lookup (kind, self->objects->namespace, name, self->user_data);
  if (object != NULL)
    g_hash_table_insert (self->objects->by_key, g_strconcat (kind, "/", name, NULL),
                         g_object_ref (object));
  return object;
}

static void
collect_reference (Collector *self, const char *kind, const BvApiLocalObjectReference *reference)
{
  if (reference != NULL)
    collect (self, kind, reference->name);
}

static void
collect_service_account (Collector *self, const char *name)
{
  BvObject *object = collect (self, "ServiceAccount", name);
  const BvApiServiceAccount *account = object != NULL ? bv_object_get_record (object) : NULL;

  for (guint i = 0; account != NULL && i < account->n_secrets; i++)
    collect (self, "Secret", account->secrets[i]->name);
}

static void
collect_of_volume (Collector *self, const BvApiVolume *volume)
{
  const BvApiCloudInitNoCloudSource *no_cloud = volume->cloud_init_no_cloud;
  const BvApiCloudInitConfigDriveSource *drive = volume->cloud_init_config_drive;

  if (no_cloud != NULL)
    {
      collect_reference (self, "Secret", no_cloud->secret_ref);
      collect_reference (self, "Secret", no_cloud->network_data_secret_ref);
    }
  if (drive != NULL)
    {
      collect_reference (self, "Secret", drive->secret_ref);
      collect_reference (self, "Secret", drive->network_data_secret_ref);
    }
  if (volume->container_disk != NULL)
    collect (self, "Secret", volume->container_disk->image_pull_secret);
  if (volume->config_map != NULL)
    collect (self, "ConfigMap", volume->config_map->name);
  if (volume->secret != NULL)
    collect (self, "Secret", volume->secret->secret_name);
  if (volume->sysprep != NULL)
    {
      collect_reference (self, "ConfigMap", volume->sysprep->config_map);
      collect_reference (self, "Secret", volume->sysprep->secret);
    }
  if (volume->service_account != NULL)
    collect_service_account (self, volume->service_account->service_account_name);
}

static void
collect_of_credential (Collector *self, const BvApiAccessCredential *credential)
{
  const BvApiSSHPublicKeyAccessCredential *keys = credential->ssh_public_key;

  if (keys != NULL && keys->source != NULL && keys->source->secret != NULL)
    collect (self, "Secret", keys->source->secret->secret_name);
}

static void
collect_of_firmware (Collector *self, const BvApiFirmware *firmware)
{
  if (firmware != NULL && firmware->kernel_boot != NULL && firmware->kernel_boot->container != NULL)
    collect (self, "Secret", firmware->kernel_boot->container->image_pull_secret);
}

/* Definitions may be of another namespace, which is therefore part of their key here. */
static void
collect_of_network (Collector *self, const BvApiNetwork *network)
{
  const char *name = network->multus != NULL ? network->multus->network_name : NULL;
  const char *slash = name != NULL ? strchr (name, '/') : NULL;
  g_autofree char *namespace =
      slash != NULL ? g_strndup (name, slash - name) : g_strdup (self->objects->namespace);
  const char *kind = "NetworkAttachmentDefinition";
  BvObject *object;

  if (name == NULL)
    return;
  if (slash != NULL)
    name = slash + 1;
  object = self->lookup (kind, namespace, name, self->user_data);
  if (object != NULL)
    g_hash_table_insert (self->objects->by_key, g_strjoin ("/", kind, namespace, name, NULL),
                         g_object_ref (object));
}

static void
collect_of_hooks (Collector *self, BvVmi *vmi)
{
  g_auto (GStrv) names = bv_hook_list_config_maps (vmi);

  for (guint i = 0; names[i] != NULL; i++)
    collect (self, "ConfigMap", names[i]);
}

BvVolumeObjects *
bv_volume_objects_new (BvVmi *vmi, BvObjectLookup lookup, gpointer user_data)
{
  const BvApiVirtualMachineInstanceSpec *spec = bv_vmi_get_record (vmi)->spec;
  BvVolumeObjects *self = g_new0 (BvVolumeObjects, 1);
  Collector collector = { self, lookup, user_data };

  self->namespace = g_strdup (bv_object_get_namespace (BV_OBJECT (vmi)));
  self->by_key = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->claims =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)bv_volume_claim_free);
  for (guint i = 0; i < spec->n_volumes; i++)
    collect_of_volume (&collector, spec->volumes[i]);
  collect_of_firmware (&collector, spec->domain->firmware);
  for (guint i = 0; i < spec->n_networks; i++)
    collect_of_network (&collector, spec->networks[i]);
  for (guint i = 0; i < spec->n_access_credentials; i++)
    collect_of_credential (&collector, spec->access_credentials[i]);
  collect_of_hooks (&collector, vmi);
  return self;
}

void
bv_volume_objects_free (BvVolumeObjects *self)
{
  g_hash_table_unref (self->by_key);
  g_hash_table_unref (self->claims);
  g_free (self->namespace);
  g_free (self);
}

BvObject *
bv_volume_objects_find (const BvVolumeObjects *self, const char *kind, const char *name)
{
  g_autofree char *key = g_strconcat (kind, "/", name, NULL);

  return g_hash_table_lookup (self->by_key, key);
}

void
bv_volume_objects_add_claim (BvVolumeObjects *self, const char *name, BvVolumeClaim *claim)
{
  g_hash_table_replace (self->claims, g_strdup (name), claim);
}

const BvVolumeClaim *
bv_volume_objects_find_claim (const BvVolumeObjects *self, const char *name)
{
  return g_hash_table_lookup (self->claims, name);
}

gconstpointer
bv_volume_objects_get_record (const BvVolumeObjects *self, const char *kind, const char *name,
                              GError **error)
{
  BvObject *object = bv_volume_objects_find (self, kind, name);

  if (object != NULL)
    return bv_object_get_record (object);
  g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE, _ ("The %s %s/%s is not there; apply it."),
               kind, self->namespace, name);
  return NULL;
}
