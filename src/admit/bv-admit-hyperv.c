/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-areas.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* libvirt's limits. */
#define LEAST_SPINLOCKS 4095
#define LONGEST_VENDOR_ID 12

/* Both are records whose first field says whether they are on. */
typedef struct
{
  const char *name;
  gsize offset;
  const BvRecordType *type;
  const char *needed;
  gsize needed_offset;
} Need;

static const Need needs[] = {
  { "evmcs", G_STRUCT_OFFSET (BvApiFeatureHyperv, evmcs), &bv_api_feature_state_type, "vapic",
    G_STRUCT_OFFSET (BvApiFeatureHyperv, vapic) },
  { "ipi", G_STRUCT_OFFSET (BvApiFeatureHyperv, ipi), &bv_api_feature_state_type, "vpindex",
    G_STRUCT_OFFSET (BvApiFeatureHyperv, vpindex) },
  { "tlbflush", G_STRUCT_OFFSET (BvApiFeatureHyperv, tlbflush), &bv_api_tlb_flush_type, "vpindex",
    G_STRUCT_OFFSET (BvApiFeatureHyperv, vpindex) },
  { "synictimer", G_STRUCT_OFFSET (BvApiFeatureHyperv, synictimer), &bv_api_sy_nic_timer_type,
    "synic", G_STRUCT_OFFSET (BvApiFeatureHyperv, synic) },
  { "synic", G_STRUCT_OFFSET (BvApiFeatureHyperv, synic), &bv_api_feature_state_type, "vpindex",
    G_STRUCT_OFFSET (BvApiFeatureHyperv, vpindex) },
};

static gboolean
is_on (const BvApiFeatureHyperv *hyperv, gsize offset, const BvRecordType *type)
{
  gpointer record = *(gpointer *)(gpointer)((char *)hyperv + offset);

  return record != NULL && *BV_FIELD_AT (gboolean, record, &type->fields[0]);
}

/* What is needed and not mentioned has been switched on. */
static void
admit_needs (BvAdmission *self, const BvApiFeatureHyperv *hyperv)
{
  for (gsize i = 0; i < G_N_ELEMENTS (needs); i++)
    {
      const Need *need = &needs[i];

      if (is_on (hyperv, need->offset, need->type) &&
          !is_on (hyperv, need->needed_offset, &bv_api_feature_state_type))
        bv_admission_refuse (
            self, BV_REASON_INVALID,
            bv_admission_path (self, "domain.features.hyperv.%s", need->name),
            _ ("The enlightenment %s needs %s, which is switched off; remove “%s” or switch it "
               "on."),
            need->name, need->needed, need->needed);
    }
}

static void
admit_values (BvAdmission *self, const BvApiFeatureHyperv *hyperv)
{
  const BvApiFeatureSpinlocks *spinlocks = hyperv->spinlocks;
  const BvApiFeatureVendorID *vendor = hyperv->vendorid;

  if (spinlocks != NULL && spinlocks->enabled && spinlocks->spinlocks < LEAST_SPINLOCKS)
    bv_admission_refuse (
        self, BV_REASON_INVALID,
        bv_admission_path (self, "domain.features.hyperv.spinlocks.spinlocks"),
        _ ("A guest must try a spinlock at least %d times before it tells the hypervisor, not "
           "%" G_GINT64_FORMAT " times."),
        LEAST_SPINLOCKS, spinlocks->spinlocks);
  if (vendor == NULL || !vendor->enabled)
    return;
  if (vendor->vendorid != NULL &&
      (strlen (vendor->vendorid) > LONGEST_VENDOR_ID || strchr (vendor->vendorid, ',') != NULL))
    bv_admission_refuse (self, BV_REASON_INVALID,
                         bv_admission_path (self, "domain.features.hyperv.vendorid.vendorid"),
                         _ ("“%s” cannot be a vendor ID; write at most %d characters without a "
                            "comma."),
                         vendor->vendorid, LONGEST_VENDOR_ID);
}

void
bv_admit_hyperv (BvAdmission *self)
{
  const BvApiFeatures *features = self->spec->domain->features;

  if (features->hyperv == NULL)
    return;
  if (features->hyperv_passthrough != NULL)
    bv_admission_refuse (self, BV_REASON_INVALID,
                         bv_admission_path (self, "domain.features.hypervPassthrough"),
                         _ ("hypervPassthrough turns on all that the host has, so that hyperv "
                            "cannot choose; keep one of the two."));
  admit_needs (self, features->hyperv);
  admit_values (self, features->hyperv);
}
