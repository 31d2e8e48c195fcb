/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-default-private.h"

#define DEFAULT_SPINLOCKS 4096

static const BvDefaultSwitch feature_switches[] = {
  { G_STRUCT_OFFSET (BvApiFeatures, acpi), &bv_api_feature_state_type },
  { G_STRUCT_OFFSET (BvApiFeatures, apic), &bv_api_feature_apic_type },
  { G_STRUCT_OFFSET (BvApiFeatures, smm), &bv_api_feature_state_type },
  { G_STRUCT_OFFSET (BvApiFeatures, pvspinlock), &bv_api_feature_state_type },
};

static const BvDefaultSwitch hyperv_switches[] = {
  { G_STRUCT_OFFSET (BvApiFeatureHyperv, relaxed), &bv_api_feature_state_type },
  { G_STRUCT_OFFSET (BvApiFeatureHyperv, vapic), &bv_api_feature_state_type },
  { G_STRUCT_OFFSET (BvApiFeatureHyperv, spinlocks), &bv_api_feature_spinlocks_type },
  { G_STRUCT_OFFSET (BvApiFeatureHyperv, vpindex), &bv_api_feature_state_type },
  { G_STRUCT_OFFSET (BvApiFeatureHyperv, runtime), &bv_api_feature_state_type },
  { G_STRUCT_OFFSET (BvApiFeatureHyperv, synic), &bv_api_feature_state_type },
  { G_STRUCT_OFFSET (BvApiFeatureHyperv, synictimer), &bv_api_sy_nic_timer_type },
  { G_STRUCT_OFFSET (BvApiFeatureHyperv, reset), &bv_api_feature_state_type },
  { G_STRUCT_OFFSET (BvApiFeatureHyperv, vendorid), &bv_api_feature_vendor_id_type },
  { G_STRUCT_OFFSET (BvApiFeatureHyperv, frequencies), &bv_api_feature_state_type },
  { G_STRUCT_OFFSET (BvApiFeatureHyperv, reenlightenment), &bv_api_feature_state_type },
  { G_STRUCT_OFFSET (BvApiFeatureHyperv, tlbflush), &bv_api_tlb_flush_type },
  { G_STRUCT_OFFSET (BvApiFeatureHyperv, ipi), &bv_api_feature_state_type },
  { G_STRUCT_OFFSET (BvApiFeatureHyperv, evmcs), &bv_api_feature_state_type },
};

static const BvDefaultSwitch synictimer_switches[] = {
  { G_STRUCT_OFFSET (BvApiSyNICTimer, direct), &bv_api_feature_state_type },
};

static const BvDefaultSwitch tlbflush_switches[] = {
  { G_STRUCT_OFFSET (BvApiTLBFlush, direct), &bv_api_feature_state_type },
  { G_STRUCT_OFFSET (BvApiTLBFlush, extended), &bv_api_feature_state_type },
};

static void
default_hyperv (BvApiFeatureHyperv *hyperv)
{
  BvApiFeatureSpinlocks *spinlocks = hyperv->spinlocks;

  bv_default_switches (hyperv, hyperv_switches, G_N_ELEMENTS (hyperv_switches));
  if (hyperv->synictimer != NULL)
    bv_default_switches (hyperv->synictimer, synictimer_switches,
                         G_N_ELEMENTS (synictimer_switches));
  if (hyperv->tlbflush != NULL)
    bv_default_switches (hyperv->tlbflush, tlbflush_switches, G_N_ELEMENTS (tlbflush_switches));
  if (spinlocks != NULL && spinlocks->enabled &&
      !bv_api_feature_spinlocks_has_spinlocks (spinlocks))
    bv_api_feature_spinlocks_set_spinlocks (spinlocks, DEFAULT_SPINLOCKS);
}

void
bv_default_features (BvApiVirtualMachineInstanceSpec *spec, BvArena *arena)
{
  BvApiFeatures *features = spec->domain->features;

  if (features == NULL)
    features = spec->domain->features = bv_arena_alloc (arena, sizeof *features);
  if (features->acpi == NULL)
    features->acpi = bv_arena_alloc (arena, sizeof *features->acpi);
  if (bv_default_is_architecture (spec, "s390x") &&
      !bv_api_feature_state_has_enabled (features->acpi))
    bv_api_feature_state_set_enabled (features->acpi, FALSE);
  bv_default_switches (features, feature_switches, G_N_ELEMENTS (feature_switches));
  if (features->hyperv != NULL)
    default_hyperv (features->hyperv);
}

static void
need (gboolean wanted, BvApiFeatureState **state, BvArena *arena)
{
  if (!wanted || *state != NULL)
    return;
  *state = bv_arena_alloc (arena, sizeof **state);
  bv_api_feature_state_set_enabled (*state, TRUE);
}

static void
require_vmx (BvApiCPU *cpu, BvArena *arena)
{
  BvApiCPUFeature *vmx;

  for (guint i = 0; i < cpu->n_features; i++)
    if (g_strcmp0 (cpu->features[i]->name, "vmx") == 0)
      {
        cpu->features[i]->policy = "require";
        return;
      }
  vmx = bv_default_append (&cpu->features, &cpu->n_features, sizeof *vmx, arena);
  vmx->name = "vmx";
  vmx->policy = "require";
}

/* Switches on what an enlightenment needs, unless the manifest switches that off. */
void
bv_default_hyperv_needs (BvApiDomainSpec *domain, BvArena *arena)
{
  BvApiFeatureHyperv *hyperv = domain->features->hyperv;

  if (hyperv == NULL)
    return;
  need (hyperv->evmcs != NULL && hyperv->evmcs->enabled, &hyperv->vapic, arena);
  need (hyperv->synictimer != NULL && hyperv->synictimer->enabled, &hyperv->synic, arena);
  need ((hyperv->ipi != NULL && hyperv->ipi->enabled) ||
            (hyperv->tlbflush != NULL && hyperv->tlbflush->enabled) ||
            (hyperv->synic != NULL && hyperv->synic->enabled),
        &hyperv->vpindex, arena);
  if (hyperv->evmcs != NULL && hyperv->evmcs->enabled && hyperv->vapic->enabled)
    require_vmx (domain->cpu, arena);
}
