/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/bv-virtual-machine.h"

#include "model/bv-machine-uuid.h"
#include "model/bv-vmi-private.h"

/**
 * BvVirtualMachine:
 *
 * A VirtualMachine: the template of its VMIs, and whether and when one of them runs.
 *
 * Since: 1.0
 */
struct _BvVirtualMachine
{
  BvObject parent_instance;
};

G_DEFINE_FINAL_TYPE (BvVirtualMachine, bv_virtual_machine, BV_TYPE_OBJECT)

static void
bv_virtual_machine_class_init (BvVirtualMachineClass *class)
{
}

static void
bv_virtual_machine_init (BvVirtualMachine *self)
{
}

/**
 * bv_virtual_machine_get_run_strategy:
 * @self: a VM
 *
 * Returns: (nullable): `Always`, `Halted`, `Manual`, `RerunOnFailure`, `Once` or `WaitAsReceiver`;
 * the old field `running` is told as `Always` or `Halted`. %NULL where the manifest says neither,
 * which admission refuses
 *
 * Since: 1.0
 */
const char *
bv_virtual_machine_get_run_strategy (BvVirtualMachine *self)
{
  BvApiVirtualMachine *record = bv_object_get_record (BV_OBJECT (self));

  if (record->spec == NULL)
    return NULL;
  if (bv_api_virtual_machine_spec_has_running (record->spec))
    return record->spec->running ? "Always" : "Halted";
  return record->spec->run_strategy;
}

static BvApiObjectMeta *
copy_metadata (BvVirtualMachine *self, const BvApiObjectMeta *template, BvArena *arena)
{
  BvApiObjectMeta *metadata;

  metadata = template != NULL ? bv_record_copy (&bv_api_object_meta_type, template, arena)
                              : bv_arena_alloc (arena, sizeof *metadata);
  metadata->name = bv_arena_strdup (arena, bv_object_get_name (BV_OBJECT (self)));
  metadata->namespace = bv_arena_strdup (arena, bv_object_get_namespace (BV_OBJECT (self)));
  return metadata;
}

/* What belongs to the VM rather than to one of its runs: the machine's UUID stays the same from run
 * to run. */
static BvApiVirtualMachineInstanceSpec *
copy_spec (BvVirtualMachine *self, const BvApiVirtualMachineInstanceSpec *template, BvArena *arena)
{
  BvApiVirtualMachineInstanceSpec *spec =
      bv_record_copy (&bv_api_virtual_machine_instance_spec_type, template, arena);
  BvApiDomainSpec *domain = spec->domain;

  if (domain == NULL || domain->devices == NULL)
    return spec;
  if (domain->firmware == NULL)
    domain->firmware = bv_arena_alloc (arena, sizeof *domain->firmware);
  if (domain->firmware->uuid == NULL || domain->firmware->uuid[0] == '\0')
    domain->firmware->uuid = bv_machine_uuid_new (bv_object_get_metadata (BV_OBJECT (self)), arena);
  if (domain->devices->autoattach_input_device && domain->devices->n_inputs == 0)
    {
      BvApiInput *input = bv_arena_alloc (arena, sizeof *input);

      input->name = "default-0";
      domain->devices->inputs = bv_arena_alloc (arena, sizeof input);
      domain->devices->inputs[0] = input;
      domain->devices->n_inputs = 1;
    }
  return spec;
}

/**
 * bv_virtual_machine_create_vmi:
 * @self: a VM
 *
 * Makes the VMI that the template describes: the template's labels, annotations and spec, with the
 * VM's own name and namespace. It has no uid yet.
 *
 * Returns: (transfer full) (nullable): the VMI, or %NULL where the VM has no template, which
 * admission refuses
 *
 * Since: 1.0
 */
BvVmi *
bv_virtual_machine_create_vmi (BvVirtualMachine *self)
{
  BvApiVirtualMachine *record = bv_object_get_record (BV_OBJECT (self));
  g_autoptr (BvArena) arena = NULL;
  const BvApiVirtualMachineInstanceTemplateSpec *template;

  if (record->spec == NULL || record->spec->template == NULL ||
      record->spec->template->spec == NULL)
    return NULL;
  arena = bv_arena_new ();
  template = record->spec->template;
  return bv_vmi_new_for_spec (arena, copy_metadata (self, template->metadata, arena),
                              copy_spec (self, template->spec, arena), NULL, NULL, 0);
}
