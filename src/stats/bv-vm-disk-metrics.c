/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "stats/bv-vm-disk-metrics.h"

#include "model/bv-object-private.h"
#include "runtime/claim/bv-claim-runtime.h"
#include "stats/bv-metric-families.h"

static const char *
get_claim_name (const BvApiVolume *volume)
{
  if (volume->persistent_volume_claim != NULL)
    return volume->persistent_volume_claim->claim_name;
  return volume->data_volume != NULL ? volume->data_volume->name : NULL;
}

static const BvApiVolumeResourceRequirements *
get_template_resources (const BvApiDataVolumeSpec *spec)
{
  if (spec->pvc != NULL)
    return spec->pvc->resources;
  return spec->storage != NULL ? spec->storage->resources : NULL;
}

/* What the VM itself asks of a data volume, or NULL. */
static const BvApiVolumeResourceRequirements *
find_template (const BvApiVirtualMachineSpec *spec, const char *name)
{
  for (guint i = 0; i < spec->n_data_volume_templates; i++)
    {
      const BvApiDataVolumeTemplateSpec *template = spec->data_volume_templates[i];

      if (template->metadata != NULL && template->spec != NULL &&
          g_strcmp0 (template->metadata->name, name) == 0)
        return get_template_resources (template->spec);
    }
  return NULL;
}

static void
add_claim (BvExposition *exposition, const BvApiVolume *volume, const BvApiVirtualMachineSpec *vm,
           const BvApiPersistentVolumeClaimSpec *claim, const char *labels)
{
  const char *name = get_claim_name (volume);
  const BvApiVolumeResourceRequirements *resources =
      volume->data_volume != NULL ? find_template (vm, name) : NULL;
  const BvQuantity *size = NULL;
  g_autoptr (GString) more = g_string_new (NULL);

  if (resources == NULL)
    resources = claim->resources;
  if (resources != NULL)
    size = bv_quantity_map_get (resources->requests, resources->n_requests, "storage");
  bv_exposition_add_label (more, "persistentvolumeclaim", name);
  bv_exposition_add_label (more, "volume_mode",
                           claim->volume_mode != NULL ? claim->volume_mode : "Filesystem");
  bv_exposition_add_label (more, "device", volume->name);
  bv_exposition_add (exposition, BV_METRIC_VM_DISK_SIZE, labels, more->str,
                     size != NULL ? (guint64)MAX (bv_quantity_value (size), 0) : 0, BV_SCALE_ONE);
}

void
bv_vm_disk_metrics_add (BvExposition *exposition, BvRegistry *registry, BvObject *vm,
                        const char *labels)
{
  const BvApiVirtualMachine *record = bv_object_get_record (vm);
  const BvApiVirtualMachineInstanceSpec *spec = record->spec->template->spec;

  for (guint i = 0; i < spec->n_volumes; i++)
    {
      const char *name = get_claim_name (spec->volumes[i]);
      BvEntry *entry = name != NULL ? bv_registry_find (registry, "PersistentVolumeClaim",
                                                        bv_object_get_namespace (vm), name)
                                    : NULL;
      gpointer runtime = entry != NULL ? bv_entry_get_runtime (entry) : NULL;

      if (BV_IS_CLAIM_RUNTIME (runtime))
        add_claim (exposition, spec->volumes[i], record->spec, bv_claim_runtime_get_spec (runtime),
                   labels);
    }
}
