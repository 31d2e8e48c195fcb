/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-conversion.h"

/* The enlightenments that are on or off and nothing more. */
static const struct
{
  const char *name;
  gsize offset;
} switches[] = {
  { "relaxed", G_STRUCT_OFFSET (BvApiFeatureHyperv, relaxed) },
  { "vapic", G_STRUCT_OFFSET (BvApiFeatureHyperv, vapic) },
  { "vpindex", G_STRUCT_OFFSET (BvApiFeatureHyperv, vpindex) },
  { "runtime", G_STRUCT_OFFSET (BvApiFeatureHyperv, runtime) },
  { "synic", G_STRUCT_OFFSET (BvApiFeatureHyperv, synic) },
  { "reset", G_STRUCT_OFFSET (BvApiFeatureHyperv, reset) },
  { "frequencies", G_STRUCT_OFFSET (BvApiFeatureHyperv, frequencies) },
  { "reenlightenment", G_STRUCT_OFFSET (BvApiFeatureHyperv, reenlightenment) },
  { "ipi", G_STRUCT_OFFSET (BvApiFeatureHyperv, ipi) },
  { "evmcs", G_STRUCT_OFFSET (BvApiFeatureHyperv, evmcs) },
};

static gboolean
is_on (const BvApiFeatureState *state)
{
  return !bv_api_feature_state_has_enabled (state) || state->enabled;
}

static BvXml *
add_state (BvXml *parent, const char *name, gboolean on)
{
  BvXml *element = bv_xml_add (parent, name);

  bv_xml_set_on (element, "state", on);
  return element;
}

static void
add_switch (BvXml *parent, const char *name, const BvApiFeatureState *state)
{
  if (state != NULL)
    add_state (parent, name, is_on (state));
}

static void
add_spinlocks (BvXml *hyperv, const BvApiFeatureSpinlocks *spinlocks)
{
  gboolean on = !bv_api_feature_spinlocks_has_enabled (spinlocks) || spinlocks->enabled;
  BvXml *element = add_state (hyperv, "spinlocks", on);

  if (bv_api_feature_spinlocks_has_spinlocks (spinlocks))
    bv_xml_set_uint (element, "retries", (guint64)spinlocks->spinlocks);
}

static void
add_timers (BvXml *hyperv, const BvApiSyNICTimer *timers)
{
  gboolean on = !bv_api_sy_nic_timer_has_enabled (timers) || timers->enabled;

  add_switch (add_state (hyperv, "stimer", on), "direct", timers->direct);
}

static void
add_vendor (BvXml *hyperv, const BvApiFeatureVendorID *vendor)
{
  gboolean on = !bv_api_feature_vendor_id_has_enabled (vendor) || vendor->enabled;

  bv_xml_set (add_state (hyperv, "vendor_id", on), "value", vendor->vendorid);
}

static void
add_tlb_flush (BvXml *hyperv, const BvApiTLBFlush *flush)
{
  gboolean on = !bv_api_tlb_flush_has_enabled (flush) || flush->enabled;
  BvXml *element = add_state (hyperv, "tlbflush", on);

  add_switch (element, "direct", flush->direct);
  add_switch (element, "extended", flush->extended);
}

static void
add_hyperv (BvXml *features, const BvApiFeatureHyperv *hyperv)
{
  BvXml *element = bv_xml_add (features, "hyperv");

  for (gsize i = 0; i < G_N_ELEMENTS (switches); i++)
    add_switch (element, switches[i].name,
                G_STRUCT_MEMBER (const BvApiFeatureState *, hyperv, switches[i].offset));
  if (hyperv->spinlocks != NULL)
    add_spinlocks (element, hyperv->spinlocks);
  if (hyperv->synictimer != NULL)
    add_timers (element, hyperv->synictimer);
  if (hyperv->vendorid != NULL)
    add_vendor (element, hyperv->vendorid);
  if (hyperv->tlbflush != NULL)
    add_tlb_flush (element, hyperv->tlbflush);
}

static gboolean
passes_hyperv_through (const BvApiFeatures *features)
{
  const BvApiHyperVPassthrough *passthrough = features->hyperv_passthrough;

  return passthrough != NULL &&
         (!bv_api_hyper_v_passthrough_has_enabled (passthrough) || passthrough->enabled);
}

static gboolean
has_apic (const BvApiFeatures *features)
{
  const BvApiFeatureAPIC *apic = features->apic;

  return apic != NULL && (!bv_api_feature_apic_has_enabled (apic) || apic->enabled);
}

static void
add_features (BvConversion *self, BvXml *element, const BvApiFeatures *features)
{
  const BvApiLaunchSecurity *security = self->domain_spec->launch_security;

  if (is_on (features->acpi))
    bv_xml_add (element, "acpi");
  if (has_apic (features))
    bv_xml_add (element, "apic");
  if (features->hyperv != NULL)
    add_hyperv (element, features->hyperv);
  else if (passes_hyperv_through (features))
    bv_xml_set (bv_xml_add (element, "hyperv"), "mode", "passthrough");
  if (features->smm != NULL && is_on (features->smm))
    bv_xml_add (element, "smm");
  if (features->kvm != NULL)
    add_state (bv_xml_add (element, "kvm"), "hidden", features->kvm->hidden);
  add_switch (element, "pvspinlock", features->pvspinlock);
  /* TDX guests cannot have one. */
  if (security != NULL && security->tdx != NULL)
    add_state (element, "pmu", FALSE);
  if (self->arch->vm_port)
    add_state (element, "vmport", FALSE);
}

gboolean
bv_convert_features (BvConversion *self, GError **error)
{
  BvXml *element = bv_xml_add (self->root, "features");

  if (self->domain_spec->features != NULL)
    add_features (self, element, self->domain_spec->features);
  return TRUE;
}
