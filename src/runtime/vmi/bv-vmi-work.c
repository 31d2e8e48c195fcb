/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vmi/bv-vmi-work.h"

#include <unistd.h>

#include "host/volume/bv-volume-folder.h"
#include "runtime/claim/bv-claim-users.h"
#include "runtime/connection/bv-connection-wait.h"

struct _BvVmiWork
{
  BvVolumeWork work;
  BvEnvironment *environment;
  BvConfig *config;
  BvHostFacts *facts;
  BvVolumeObjects *objects;
  BvLibvirtCaller libvirt;
  char *lasting_uid;
  char *runtime_directory;
  char *image_folder;
  char *disk_folder;
};

static BvObject *
look_up (const char *kind, const char *namespace, const char *name, gpointer user_data)
{
  BvRegistry *registry = user_data;
  BvEntry *entry = registry != NULL ? bv_registry_find (registry, kind, namespace, name) : NULL;

  return entry != NULL ? bv_entry_get_object (entry) : NULL;
}

static char *
find_lasting_uid (BvRegistry *registry, BvVmi *vmi)
{
  const char *uid = bv_object_get_uid (BV_OBJECT (vmi));
  BvEntry *entry = registry != NULL ? bv_registry_find_uid (registry, uid) : NULL;
  const char *owner = entry != NULL ? bv_entry_get_owner (entry) : "";

  return g_strdup (owner[0] != '\0' ? owner : uid);
}

static void
fill_in (BvVmiWork *self, BvVmi *vmi)
{
  self->work = (BvVolumeWork){
    .vmi = g_object_ref (vmi),
    .uid = bv_object_get_uid (BV_OBJECT (vmi)),
    .lasting_uid = self->lasting_uid,
    .objects = self->objects,
    .config = self->config,
    .facts = self->facts,
    .libvirt = &self->libvirt,
    .images = self->environment->images,
    .reservations = self->environment->reservations,
    .runtime_directory = self->runtime_directory,
    .state_directory = self->environment->state_directory,
    .image_folder = self->image_folder,
    .disk_folder = self->disk_folder,
    .networks = self->environment->networks,
    /* Only root gives files to others. */
    .group = geteuid () == 0 ? self->facts->qemu_gid : BV_NO_GROUP,
  };
}

BvVmiWork *
bv_vmi_work_new (BvEnvironment *environment, BvVmi *vmi, const char *runtime_directory,
                 BvProgress *progress, GCancellable *cancellable)
{
  return bv_vmi_work_new_for_owner (environment, vmi, NULL, runtime_directory, progress,
                                    cancellable);
}

/* PROGRESS and CANCELLABLE may be NULL. OWNER is the uid of the VM that VMI belongs to, and "" for
 * one that belongs to none; NULL: as it is stored. */
BvVmiWork *
bv_vmi_work_new_for_owner (BvEnvironment *environment, BvVmi *vmi, const char *owner,
                           const char *runtime_directory, BvProgress *progress,
                           GCancellable *cancellable)
{
  BvVmiWork *self = g_new0 (BvVmiWork, 1);

  self->environment = bv_environment_ref (environment);
  self->config = bv_config_ref (environment->config);
  self->facts = bv_host_facts_ref (bv_host_get_facts (environment->host));
  self->objects = bv_volume_objects_new (vmi, look_up, environment->registry);
  if (environment->registry != NULL)
    bv_claim_users_collect (environment->registry, vmi, self->objects);
  self->libvirt = bv_connection_get_caller (environment->connection);
  self->lasting_uid = owner != NULL && owner[0] != '\0'
                          ? g_strdup (owner)
                          : find_lasting_uid (environment->registry, vmi);
  self->runtime_directory = g_strdup (runtime_directory);
  self->image_folder = bv_environment_build_image_folder (runtime_directory);
  self->disk_folder =
      bv_environment_build_disk_folder (environment, bv_object_get_uid (BV_OBJECT (vmi)));
  fill_in (self, vmi);
  g_set_object (&self->work.progress, progress);
  g_set_object (&self->work.cancellable, cancellable);
  return self;
}

void
bv_vmi_work_add_claim (BvVmiWork *self, const char *name, BvVolumeClaim *claim)
{
  bv_volume_objects_add_claim (self->objects, name, claim);
}

void
bv_vmi_work_look_up_claim (BvVmiWork *self, const char *name)
{
  BvRegistry *registry = self->environment->registry;
  const char *namespace = bv_object_get_namespace (BV_OBJECT (self->work.vmi));
  BvEntry *entry = registry != NULL
                       ? bv_registry_find (registry, "PersistentVolumeClaim", namespace, name)
                       : NULL;
  BvClaimRuntime *runtime = entry != NULL ? bv_entry_get_runtime (entry) : NULL;

  if (runtime != NULL && bv_claim_runtime_get_status (runtime)->volume != NULL)
    bv_volume_objects_add_claim (self->objects, name, bv_claim_users_describe (registry, runtime));
}

void
bv_vmi_work_free (BvVmiWork *self)
{
  g_clear_object (&self->work.vmi);
  g_clear_object (&self->work.progress);
  g_clear_object (&self->work.cancellable);
  g_clear_pointer (&self->objects, bv_volume_objects_free);
  g_clear_pointer (&self->facts, bv_host_facts_unref);
  g_clear_pointer (&self->config, bv_config_unref);
  g_clear_pointer (&self->environment, bv_environment_unref);
  g_free (self->lasting_uid);
  g_free (self->runtime_directory);
  g_free (self->image_folder);
  g_free (self->disk_folder);
  g_free (self);
}

const BvVolumeWork *
bv_vmi_work_get (const BvVmiWork *self)
{
  return &self->work;
}
