/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-admit.h"

#include "admit/bv-admit-metadata.h"
#include "admit/bv-areas.h"
#include "admit/bv-default.h"
#include "admit/bv-kinds.h"
#include "model/bv-object-private.h"
#include "model/bv-virtual-machine.h"
#include "model/bv-vmi-private.h"

static const BvAdmitArea areas[] = {
  bv_admit_annotations,     bv_admit_architecture, bv_admit_guest,
  bv_admit_memory,          bv_admit_cpu,          bv_admit_dedicated_cpus,
  bv_admit_hyperv,          bv_admit_firmware,     bv_admit_launch_security,
  bv_admit_networks,        bv_admit_interfaces,   bv_admit_pci_addresses,
  bv_admit_claims,          bv_admit_disks,        bv_admit_volumes,
  bv_admit_live_update,     bv_admit_disk_volumes, bv_admit_devices,
  bv_admit_aliases,         bv_admit_credentials,  bv_admit_dns,
  bv_admit_service_account, bv_admit_scheduling,   bv_admit_characters,
};

/* The spec of VMI, as written and then with its defaults, which ARENA gets. */
static void
admit_spec (BvAdmission *self, BvApiVirtualMachineInstance *vmi, BvArena *arena)
{
  self->spec = vmi->spec;
  bv_admit_as_written (self);
  bv_default_vmi (vmi, self->policy, arena);
  self->architecture = self->spec->architecture;
  for (gsize i = 0; i < G_N_ELEMENTS (areas); i++)
    areas[i](self);
}

/* A record that decoding refused has its causes already; without these members there is nothing to
 * look at. */
static gboolean
is_whole (const BvApiVirtualMachineInstanceSpec *spec)
{
  return spec != NULL && spec->domain != NULL && spec->domain->devices != NULL;
}

static void
admit_vmi (BvObject *object, BvAdmission *self)
{
  BvApiVirtualMachineInstance *vmi = bv_vmi_get_record (BV_VMI (object));

  if (!is_whole (vmi->spec))
    return;
  self->prefix = "spec";
  self->metadata_prefix = "metadata";
  self->metadata = vmi->metadata;
  admit_spec (self, vmi, bv_object_get_arena (object));
}

/* A VM's template is validated as the VMI that it makes, in a copy: the VM itself stays as its
 * owner wrote it. */
static void
admit_virtual_machine (BvObject *object, BvAdmission *self)
{
  BvApiVirtualMachine *vm = bv_object_get_record (object);
  BvApiVirtualMachineInstance vmi = { 0 };

  /* One that is going away is not judged any more. */
  if (vm->metadata->deletion_timestamp != NULL)
    return;
  bv_admit_virtual_machine (self, vm);
  if (vm->spec == NULL || vm->spec->template == NULL || !is_whole (vm->spec->template->spec))
    return;
  vmi.spec = bv_record_copy (&bv_api_virtual_machine_instance_spec_type, vm->spec->template->spec,
                             self->arena);
  self->prefix = "spec.template.spec";
  self->metadata_prefix = "spec.template.metadata";
  self->is_template = TRUE;
  self->metadata = vm->spec->template->metadata;
  admit_spec (self, &vmi, self->arena);
}

/* Kinds whose rules look at their record alone. */
static const struct
{
  const BvRecordType *type;
  void (*admit) (BvAdmission *self, gconstpointer record);
} kinds[] = {
  { &bv_api_config_map_type, bv_admit_config_map },
  { &bv_api_data_volume_type, bv_admit_data_volume },
  { &bv_api_network_attachment_definition_type, bv_admit_network_definition },
  { &bv_api_persistent_volume_claim_type, bv_admit_persistent_volume_claim },
  { &bv_api_secret_type, bv_admit_secret },
  { &bv_api_virtual_machine_instance_migration_type, bv_admit_migration },
};

static void
admit_by_kind (BvObject *object, BvAdmission *self)
{
  const BvRecordType *type = bv_object_get_kind_type (object)->record;

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (kinds[i].type == type)
      kinds[i].admit (self, bv_object_get_record (object));
}

/**
 * bv_object_admit:
 * @self: an object
 * @policy: what is decided for all VMs of the host
 *
 * Does what KubeVirt's webhooks do when an object is created: fills in the defaults (into a VMI
 * itself; of a VM, into a copy) and applies every rule, those of one pass together. Rules about the
 * text itself are told by the manifest.
 *
 * Returns: (transfer container) (element-type BvCause): what is wrong with the object, in the order
 * of its text
 *
 * Since: 1.0
 */
GPtrArray *
bv_object_admit (BvObject *self, BvPolicy *policy)
{
  GPtrArray *causes = g_ptr_array_new_with_free_func ((GDestroyNotify)bv_cause_unref);
  BvCauseList list = { causes, bv_object_get_file (self), bv_object_get_document (self),
                       bv_object_get_root (self) };
  g_autoptr (BvArena) scratch = bv_arena_new ();
  BvAdmission admission = { .causes = &list, .policy = policy, .arena = scratch };

  bv_admit_names (&list, bv_object_get_metadata (self));
  if (BV_IS_VMI (self) || BV_IS_VIRTUAL_MACHINE (self))
    bv_admit_domain_name (&list, bv_object_get_metadata (self));
  if (BV_IS_VMI (self))
    admit_vmi (self, &admission);
  else if (BV_IS_VIRTUAL_MACHINE (self))
    admit_virtual_machine (self, &admission);
  else
    admit_by_kind (self, &admission);
  bv_causes_sort (causes);
  return causes;
}
