/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vmi/bv-vmi-migratable.h"

#include <glib/gi18n-lib.h>

#include "host/volume/bv-volume-facts.h"
#include "model/bv-error.h"
#include "network/bv-interface-private.h"
#include "volume/bv-volume-migration.h"

/* Which of the two conditions an obstacle counts for. */
typedef enum
{
  LIVE = 1 << 0,
  STORAGE = 1 << 1,
} Scope;

typedef struct
{
  const BvMigratableInput *input;
  BvMigratable *found;
} Search;

static void
obstacle_free (BvObstacle *self)
{
  g_free (self->message);
  g_free (self);
}

/* Takes MESSAGE. */
static void
add_to (GPtrArray *list, const char *reason, char *message)
{
  BvObstacle *obstacle = g_new0 (BvObstacle, 1);

  obstacle->reason = reason;
  obstacle->message = message;
  g_ptr_array_add (list, obstacle);
}

static void
add (Search *self, Scope scope, const char *reason, const char *message)
{
  if (scope & LIVE)
    add_to (self->found->live, reason, g_strdup (message));
  if (scope & STORAGE)
    add_to (self->found->storage, reason, g_strdup (message));
}

static void
find_interfaces (Search *self)
{
  const BvApiVirtualMachineInstance *vmi = self->input->vmi;
  const BvApiDevices *devices = vmi->spec->domain->devices;

  for (guint i = 0; i < devices->n_interfaces; i++)
    {
      g_autofree char *message = NULL;

      if (bv_interface_record_can_migrate (devices->interfaces[i], vmi))
        continue;
      message = g_strdup_printf (_ ("The interface %s would lose its address on another host; use "
                                    "masquerade, or a bridge on a network of its own."),
                                 devices->interfaces[i]->name);
      add (self, LIVE | STORAGE, "InterfaceNotLiveMigratable", message);
    }
}

static void
find_cpu_model (Search *self)
{
  const BvApiCPU *cpu = self->input->vmi->spec->domain->cpu;
  const BvDomainCapabilities *host = self->input->host->capabilities;

  if (cpu != NULL && g_strcmp0 (cpu->model, "host-model") == 0 && host->known && !host->host_model)
    add (self, LIVE | STORAGE, "CPUModeLiveMigratable",
         _ ("This host has no CPU model that stands for its own, so a guest with host-model cannot "
            "move."));
}

static void
find_copies (Search *self)
{
  if (self->input->copying)
    add (self, LIVE | STORAGE, "DisksNotLiveMigratable",
         _ ("Volumes of the guest are copied to other claims; it can move when that is done."));
}

static gboolean
is_mediated (Search *self, const BvApiGPU *gpu)
{
  const BvPermittedDevice *device =
      gpu->device_name != NULL ? bv_config_find_device (self->input->config, gpu->device_name)
                               : NULL;

  return device != NULL && g_strcmp0 (device->kind, "mdev") == 0;
}

static const char *
find_fault_of_gpus (Search *self, const BvApiDevices *devices)
{
  BvPolicy *policy = bv_config_get_policy (self->input->config);

  if (devices->n_gpus > 1)
    return _ ("A guest with more than one GPU cannot move.");
  if (devices->n_gpus == 1 && !bv_policy_has_feature_gate (policy, "VGPULiveMigration"))
    return _ ("A guest with a GPU moves only with the feature gate VGPULiveMigration.");
  if (devices->n_gpus == 1 && !is_mediated (self, devices->gpus[0]))
    return _ ("Only a mediated GPU can move with its guest.");
  return NULL;
}

static void
find_host_devices (Search *self)
{
  const BvApiDevices *devices = self->input->vmi->spec->domain->devices;
  const char *fault = find_fault_of_gpus (self, devices);

  if (devices->n_host_devices > 0)
    add (self, LIVE | STORAGE, "HostDeviceNotLiveMigratable",
         _ ("The guest has devices of this host (hostDevices), which cannot move."));
  if (fault != NULL)
    add (self, LIVE | STORAGE, "HostDeviceNotLiveMigratable", fault);
}

static void
find_launch_security (Search *self)
{
  const BvApiVirtualMachineInstanceSpec *spec = self->input->vmi->spec;
  const BvApiLaunchSecurity *security = spec->domain->launch_security;

  if (security == NULL)
    return;
  if (security->sev != NULL || security->snp != NULL)
    add (self, LIVE | STORAGE, "SEVNotLiveMigratable", _ ("The guest's memory is sealed by SEV."));
  else if (security->tdx != NULL)
    add (self, LIVE | STORAGE, "TDXNotLiveMigratable", _ ("The guest's memory is sealed by TDX."));
  else if (g_strcmp0 (spec->architecture, "s390x") == 0)
    add (self, LIVE, "SecureExecutionNotLiveMigratable",
         _ ("The guest's memory is sealed by Secure Execution."));
}

static gboolean
has_invariant_tsc (const BvApiCPU *cpu)
{
  for (guint i = 0; cpu != NULL && i < cpu->n_features; i++)
    if (g_strcmp0 (cpu->features[i]->name, "invtsc") == 0 &&
        (cpu->features[i]->policy == NULL || g_strcmp0 (cpu->features[i]->policy, "require") == 0 ||
         g_strcmp0 (cpu->features[i]->policy, "force") == 0))
      return TRUE;
  return FALSE;
}

/* KubeVirt knows the frequency of each node; here nobody knows another host's. */
static void
find_time_stamps (Search *self)
{
  const BvApiDomainSpec *domain = self->input->vmi->spec->domain;
  const BvApiFeatureHyperv *hyperv = domain->features != NULL ? domain->features->hyperv : NULL;

  if (has_invariant_tsc (domain->cpu))
    add (self, LIVE | STORAGE, "NoTSCFrequencyNotLiveMigratable",
         _ ("The guest counts on the frequency of this host's time stamp counter (invtsc)."));
  else if (hyperv != NULL && hyperv->reenlightenment != NULL && hyperv->reenlightenment->enabled)
    add (self, LIVE | STORAGE, "NoTSCFrequencyNotLiveMigratable",
         _ ("The guest counts on the frequency of this host's time stamp counter "
            "(hyperv.reenlightenment), and its timers could be wrong elsewhere."));
}

static void
find_passthrough (Search *self)
{
  const BvApiFeatures *features = self->input->vmi->spec->domain->features;
  const BvApiHyperVPassthrough *passthrough =
      features != NULL ? features->hyperv_passthrough : NULL;

  if (passthrough != NULL &&
      (!bv_api_hyper_v_passthrough_has_enabled (passthrough) || passthrough->enabled))
    add (self, LIVE | STORAGE, "HypervPassthroughNotLiveMigratable",
         _ ("The guest has whatever of Hyper-V this host can do (hypervPassthrough)."));
}

static void
find_folders (Search *self)
{
  const BvApiDevices *devices = self->input->vmi->spec->domain->devices;

  if (devices->n_filesystems > 0)
    add (self, LIVE | STORAGE, "VirtIOFSNotLiveMigratable",
         _ ("The guest has folders of this host (filesystems), which cannot move with it."));
}

static void
find_reservations (Search *self)
{
  const BvApiDevices *devices = self->input->vmi->spec->domain->devices;

  for (guint i = 0; i < devices->n_disks; i++)
    if (devices->disks[i]->lun != NULL && devices->disks[i]->lun->reservation)
      {
        add (self, STORAGE, "PersistentReservationNotLiveMigratable",
             _ ("The guest reserves its storage for itself (reservation)."));
        return;
      }
}

/* By what the claim says of itself, as in KubeVirt. */
static BvVolumeSharing
get_sharing (const BvApiVolume *record, gpointer user_data)
{
  const Search *self = user_data;
  const BvVolumeFacts *facts = g_hash_table_lookup (self->input->volumes, record->name);

  if (facts == NULL || facts->claim.access_modes == NULL)
    return BV_VOLUME_SHARING_UNKNOWN;
  return g_strv_contains ((const char *const *)facts->claim.access_modes, "ReadWriteMany")
             ? BV_VOLUME_SHARING_ALL
             : BV_VOLUME_SHARING_NONE;
}

static void
find_volumes (Search *self)
{
  g_autoptr (GPtrArray) reasons = g_ptr_array_new_with_free_func (g_free);
  BvVolumeMigration all =
      bv_volumes_get_migration (self->input->vmi->spec, get_sharing, self, reasons);

  self->found->block = all != BV_VOLUME_MIGRATION_SHARED;
  for (guint i = 0; i < reasons->len; i++)
    add (self, LIVE, "DisksNotLiveMigratable", g_ptr_array_index (reasons, i));
}

/* In KubeVirt's order. */
static void (*const searches[]) (Search *self) = {
  find_interfaces,  find_copies,      find_cpu_model, find_host_devices, find_launch_security,
  find_time_stamps, find_passthrough, find_folders,   find_reservations, find_volumes,
};

BvMigratable *
bv_migratable_new (const BvMigratableInput *input)
{
  BvMigratable *self = g_new0 (BvMigratable, 1);
  Search search = { input, self };

  self->live = g_ptr_array_new_with_free_func ((GDestroyNotify)obstacle_free);
  self->storage = g_ptr_array_new_with_free_func ((GDestroyNotify)obstacle_free);
  for (guint i = 0; i < G_N_ELEMENTS (searches); i++)
    searches[i](&search);
  return self;
}

void
bv_migratable_free (BvMigratable *self)
{
  g_ptr_array_unref (self->live);
  g_ptr_array_unref (self->storage);
  g_free (self);
}

/* All of them: who removes one wants to know what else there is. */
static char *
describe (GPtrArray *obstacles)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < obstacles->len; i++)
    {
      const BvObstacle *obstacle = g_ptr_array_index (obstacles, i);

      if (i > 0)
        g_string_append_c (text, ' ');
      g_string_append_printf (text, "%s: %s", obstacle->reason, obstacle->message);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

gboolean
bv_migratable_check (const BvMigratable *self, const char *name, GError **error)
{
  g_autofree char *text = NULL;

  if (self->live->len == 0 || self->storage->len == 0)
    return TRUE;
  text = describe (self->storage);
  g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT, _ ("%s cannot move to another host. %s"), name,
               text);
  return FALSE;
}

/* KubeVirt's word for status.migrationMethod. */
const char *
bv_migratable_get_method (const BvMigratable *self)
{
  return self->block ? "BlockMigration" : "LiveMigration";
}

static gboolean
set_condition (BvConditions *conditions, const char *type, GPtrArray *obstacles, const char *reason)
{
  g_autofree char *text = NULL;

  if (obstacles->len == 0)
    return bv_conditions_set (conditions, type, TRUE, NULL, NULL);
  text = describe (obstacles);
  return bv_conditions_set (conditions, type, FALSE, reason, text);
}

gboolean
bv_migratable_set_conditions (const BvMigratable *self, BvConditions *conditions)
{
  const BvObstacle *first = self->live->len > 0 ? g_ptr_array_index (self->live, 0) : NULL;
  gboolean changed = set_condition (conditions, "LiveMigratable", self->live,
                                    first != NULL ? first->reason : NULL);

  return set_condition (conditions, "StorageLiveMigratable", self->storage, "NotMigratable") ||
         changed;
}
