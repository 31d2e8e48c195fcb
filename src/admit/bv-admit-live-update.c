/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-areas.h"
#include "admit/bv-policy-default.h"
#include "admit/bv-text-rules.h"

#include <glib/gi18n-lib.h>

/* What a VM needs whose memory is to grow while its guest runs: one with memory.maxGuest. */

#define BLOCK (G_GINT64_CONSTANT (2) << 20)
#define HUGE_BLOCK (G_GINT64_CONSTANT (1) << 30)
#define LEAST_GUEST (G_GINT64_CONSTANT (1) << 30)

static void
refuse (BvAdmission *self, const char *message)
{
  bv_admission_refuse (self, BV_REASON_INVALID, bv_admission_path (self, "domain.memory.maxGuest"),
                       "%s", message);
}

/* What stands against it as such. */
static void
admit_company (BvAdmission *self)
{
  const BvApiDomainSpec *domain = self->spec->domain;
  const BvApiCPU *cpu = domain->cpu;

  if (cpu != NULL && cpu->realtime != NULL)
    refuse (self, _ ("The memory of a realtime guest cannot grow; remove maxGuest."));
  if (cpu != NULL && cpu->numa != NULL && cpu->numa->guest_mapping_passthrough != NULL)
    refuse (self, _ ("The memory of a guest whose NUMA nodes follow the host's cannot grow; remove "
                     "maxGuest."));
  if (domain->launch_security != NULL)
    refuse (self, _ ("The memory of a guest that is protected from its host cannot grow; remove "
                     "maxGuest."));
  if (g_strcmp0 (self->architecture, "amd64") != 0)
    refuse (self, _ ("Only the memory of amd64 guests can grow; remove maxGuest."));
}

static void
admit_sizes (BvAdmission *self, const BvApiMemory *memory)
{
  gboolean huge = memory->hugepages != NULL && g_strcmp0 (memory->hugepages->page_size, "1Gi") == 0;
  const struct
  {
    const BvQuantity *size;
    const char *below;
  } sizes[] = {
    { &memory->guest, "domain.memory.guest" },
    { &memory->max_guest, "domain.memory.maxGuest" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    if (bv_quantity_value (sizes[i].size) % (huge ? HUGE_BLOCK : BLOCK) != 0)
      bv_admission_refuse (self, BV_REASON_INVALID, bv_admission_path (self, "%s", sizes[i].below),
                           _ ("Memory that can grow comes in blocks of %s, of which %s is no "
                              "multiple."),
                           huge ? "1Gi" : "2Mi", sizes[i].size->text);
  if (bv_quantity_value (&memory->guest) < LEAST_GUEST &&
      bv_quantity_value (&memory->guest) % (huge ? HUGE_BLOCK : BLOCK) == 0)
    bv_admission_refuse (self, BV_REASON_INVALID, bv_admission_path (self, "domain.memory.guest"),
                         _ ("Only a guest with 1Gi or more can grow, and this one has %s; give it "
                            "more, or remove maxGuest."),
                         memory->guest.text);
}

void
bv_admit_live_update (BvAdmission *self)
{
  const BvApiMemory *memory = self->spec->domain->memory;

  if (!self->is_template || memory == NULL || !bv_quantity_is_given (&memory->max_guest) ||
      !bv_policy_is_live_update (self->policy))
    return;
  admit_company (self);
  if (bv_quantity_is_given (&memory->guest))
    admit_sizes (self, memory);
}
