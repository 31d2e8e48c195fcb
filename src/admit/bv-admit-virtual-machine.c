/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-kinds.h"
#include "admit/bv-name-set.h"
#include "admit/bv-text-rules.h"

#include <glib/gi18n-lib.h>

/* A VirtualMachine, but for the template of its instances. */

static void
admit_run_strategy (BvAdmission *self, const BvApiVirtualMachineSpec *spec)
{
  gboolean has_running = bv_api_virtual_machine_spec_has_running (spec);

  if (spec->run_strategy != NULL && has_running)
    bv_admission_refuse (self, BV_REASON_INVALID, "spec.running",
                         _ ("running and runStrategy are both given; keep runStrategy."));
  else if (spec->run_strategy == NULL && !has_running &&
           !bv_admission_is_written (self, "spec.runStrategy"))
    bv_admission_refuse (self, BV_REASON_INVALID, "spec.runStrategy",
                         _ ("Nothing says when the machine should run; add runStrategy: Always, or "
                            "Halted to start it by hand."));
  if (spec->run_strategy != NULL && spec->run_strategy[0] == '\0')
    bv_admission_refuse (self, BV_REASON_INVALID, "spec.runStrategy",
                         _ ("The run strategy is empty; write Always, Halted, Manual, "
                            "RerunOnFailure or Once."));
  else if (g_strcmp0 (spec->run_strategy, "WaitAsReceiver") == 0)
    bv_admission_require_gate (self, "DecentralizedLiveMigration", "spec.runStrategy",
                               _ ("The run strategy WaitAsReceiver"));
}

/* Instance types and preferences are objects of a cluster; a cluster's tools can write what they
 * mean into the machine. */
static void
admit_matchers (BvAdmission *self, const BvApiVirtualMachineSpec *spec)
{
  const struct
  {
    gconstpointer matcher;
    const char *path;
    const char *name;
  } matchers[] = {
    { spec->instancetype, "spec.instancetype", "instancetype" },
    { spec->preference, "spec.preference", "preference" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (matchers); i++)
    if (matchers[i].matcher != NULL)
      bv_admission_refuse (
          self, BV_REASON_NOT_SUPPORTED, matchers[i].path,
          _ ("A host has no instance types and no preferences; write what this one stands for into "
             "the template (in the cluster, “virtctl expand --file FILE” does it) and remove %s."),
          matchers[i].name);
}

static void
add_references (BvNameSet *names, const BvApiVirtualMachineInstanceSpec *spec)
{
  for (guint i = 0; i < spec->n_volumes; i++)
    {
      const BvApiVolume *volume = spec->volumes[i];

      if (volume->persistent_volume_claim != NULL)
        bv_name_set_add (names, volume->persistent_volume_claim->claim_name, i);
      if (volume->data_volume != NULL)
        bv_name_set_add (names, volume->data_volume->name, i);
    }
}

static void
admit_template_name (BvAdmission *self, const BvApiDataVolumeTemplateSpec *template,
                     const char *path, guint index, BvNameSet *names, const BvNameSet *references)
{
  const char *name = template->metadata == NULL ? NULL : template->metadata->name;
  const char *below = bv_arena_printf (self->arena, "%s.metadata.name", path);
  int earlier = bv_name_set_add (names, name, index);

  if (!bv_text_is_given (name))
    bv_admission_refuse (self, BV_REASON_REQUIRED, below,
                         _ ("The data volume has no name; give it one, and name it in a volume of "
                            "the template."));
  else if (!bv_text_is_subdomain (name))
    bv_admission_refuse (self, BV_REASON_INVALID, below,
                         _ ("“%s” cannot be the name of an object; use lower-case letters, digits, "
                            "dashes and dots."),
                         name);
  else if (earlier >= 0)
    bv_admission_refuse (self, BV_REASON_DUPLICATE, below,
                         _ ("dataVolumeTemplates[%d] is called “%s” already; give each its own "
                            "name."),
                         earlier, name);
  else if (bv_name_set_find (references, name) < 0)
    bv_admission_refuse (self, BV_REASON_REQUIRED, below,
                         _ ("No volume of the template uses the data volume “%s”; add one with "
                            "dataVolume: {name: %s}, or remove this."),
                         name, name);
}

static void
admit_template_namespace (BvAdmission *self, const BvApiDataVolumeTemplateSpec *template,
                          const char *path, const BvApiObjectMeta *machine)
{
  const char *own =
      machine == NULL || !bv_text_is_given (machine->namespace) ? "default" : machine->namespace;

  if (template->metadata == NULL || !bv_text_is_given (template->metadata->namespace) ||
      g_str_equal (template->metadata->namespace, own))
    return;
  bv_admission_refuse (self, BV_REASON_INVALID,
                       bv_arena_printf (self->arena, "%s.metadata.namespace", path),
                       _ ("The data volume would be in the namespace “%s” and its machine in “%s”; "
                          "remove the namespace here."),
                       template->metadata->namespace, own);
}

static void
admit_data_volume_templates (BvAdmission *self, const BvApiVirtualMachine *vm)
{
  const BvApiVirtualMachineSpec *spec = vm->spec;
  g_auto (BvNameSet) names = { 0 };
  g_auto (BvNameSet) references = { 0 };

  if (spec->template != NULL && spec->template->spec != NULL)
    add_references (&references, spec->template->spec);
  for (guint i = 0; i < spec->n_data_volume_templates; i++)
    {
      const BvApiDataVolumeTemplateSpec *template = spec->data_volume_templates[i];
      const char *path = bv_arena_printf (self->arena, "spec.dataVolumeTemplates[%u]", i);

      admit_template_name (self, template, path, i, &names, &references);
      admit_template_namespace (self, template, path, vm->metadata);
      if (template->spec != NULL)
        bv_admit_data_volume_spec (self, template->spec,
                                   bv_arena_printf (self->arena, "%s.spec", path));
    }
}

void
bv_admit_virtual_machine (BvAdmission *self, gconstpointer record)
{
  const BvApiVirtualMachine *vm = record;

  if (vm->spec == NULL)
    return;
  admit_run_strategy (self, vm->spec);
  admit_matchers (self, vm->spec);
  admit_data_volume_templates (self, vm);
  if (vm->spec->template != NULL && vm->spec->template->spec == NULL &&
      !bv_admission_is_written (self, "spec.template.spec"))
    bv_admission_refuse (self, BV_REASON_REQUIRED, "spec.template.spec",
                         _ ("The template has no spec; add one with the domain of the guest."));
}
