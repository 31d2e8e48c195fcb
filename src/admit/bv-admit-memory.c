/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-areas.h"
#include "admit/bv-policy-default.h"
#include "admit/bv-resources.h"

#include <glib/gi18n-lib.h>

#define LEAST_REQUEST 1000000

static void
admit_guest (BvAdmission *self, const BvApiMemory *memory)
{
  const char *path;

  if (!bv_quantity_is_given (&memory->guest))
    {
      bv_admission_refuse (
          self, BV_REASON_REQUIRED, bv_admission_path (self, "domain.memory.guest"),
          _ ("The guest has no memory; say how much it sees, such as guest: 1Gi."));
      return;
    }
  if (bv_quantity_sign (&memory->guest) > 0)
    return;
  path = bv_admission_path (self, "domain.memory.guest");
  bv_admission_refuse (self, BV_REASON_INVALID, path,
                       _ ("A guest cannot have %s of memory; write an amount such as 1Gi."),
                       memory->guest.text);
}

static void
admit_max_guest (BvAdmission *self, const BvApiMemory *memory)
{
  if (!bv_quantity_is_given (&memory->max_guest) || !bv_quantity_is_given (&memory->guest) ||
      bv_quantity_compare (&memory->max_guest, &memory->guest) >= 0)
    return;
  bv_admission_refuse (
      self, BV_REASON_INVALID, bv_admission_path (self, "domain.memory.maxGuest"),
      _ ("The guest can grow to %s, but starts with %s; maxGuest must not be below "
         "guest."),
      memory->max_guest.text, memory->guest.text);
}

/* A guest that can grow may be larger than its limit, which then follows. */
static void
admit_guest_limit (BvAdmission *self, const BvApiMemory *memory)
{
  const BvQuantity *limit = bv_resources_get_limit (self->spec->domain, "memory");

  if (bv_policy_is_live_update (self->policy) || bv_quantity_value (limit) <= 0 ||
      bv_quantity_value (&memory->guest) <= bv_quantity_value (limit))
    return;
  bv_admission_refuse (self, BV_REASON_INVALID, bv_admission_path (self, "domain.memory.guest"),
                       _ ("The guest's %s are above the limit %s; lower it, or raise "
                          "resources.limits.memory."),
                       memory->guest.text, limit->text);
}

static void
admit_requests (BvAdmission *self)
{
  const BvApiDomainSpec *domain = self->spec->domain;
  const BvQuantity *request = bv_resources_get_request (domain, "memory");
  const BvQuantity *limit = bv_resources_get_limit (domain, "memory");
  gint64 requested = bv_quantity_value (request);

  if (bv_quantity_value (limit) < 0)
    bv_admission_refuse (self, BV_REASON_INVALID,
                         bv_admission_path (self, "domain.resources.limits.memory"),
                         _ ("The limit %s is below 0; write an amount such as 2Gi."), limit->text);
  if (requested < 0)
    bv_admission_refuse (
        self, BV_REASON_INVALID, bv_admission_path (self, "domain.resources.requests.memory"),
        _ ("The request %s is below 0; write an amount such as 1Gi."), request->text);
  else if (requested > 0 && requested < LEAST_REQUEST)
    bv_admission_refuse (self, BV_REASON_INVALID,
                         bv_admission_path (self, "domain.resources.requests.memory"),
                         _ ("The request %s is below 1M, which no guest can do with; is a suffix "
                            "such as Mi or Gi missing?"),
                         request->text);
  if (bv_quantity_value (limit) > 0 && requested > bv_quantity_value (limit))
    bv_admission_refuse (self, BV_REASON_INVALID,
                         bv_admission_path (self, "domain.resources.requests.memory"),
                         _ ("The request %s is above the limit %s; lower it, or raise "
                            "resources.limits.memory."),
                         request->text, limit->text);
}

/* What huge pages must hold, and where the manifest says so. */
static gint64
find_memory (BvAdmission *self, const char **path)
{
  const BvApiDomainSpec *domain = self->spec->domain;
  gint64 memory = bv_quantity_value (bv_resources_get_request (domain, "memory"));

  *path = "domain.resources.requests.memory";
  if (memory != 0)
    return memory;
  *path = "domain.memory.guest";
  return bv_quantity_value (&domain->memory->guest);
}

static gboolean
is_power_of_two (const BvQuantity *size)
{
  return size->nanos == 0 && size->units > 0 && (size->units & (size->units - 1)) == 0;
}

static void
admit_huge_pages (BvAdmission *self, const BvApiHugepages *pages)
{
  const char *text = pages->page_size == NULL ? "" : pages->page_size;
  BvQuantity size;
  const char *path;
  gint64 memory;

  if (!bv_quantity_parse (text, &size) || !is_power_of_two (&size))
    {
      bv_admission_refuse (self, BV_REASON_INVALID,
                           bv_admission_path (self, "domain.memory.hugepages.pageSize"),
                           _ ("“%s” is no size of a page; write one that the host has, such as 2Mi "
                              "or 1Gi."),
                           text);
      return;
    }
  memory = find_memory (self, &path);
  if (memory <= 0)
    return;
  if (memory < bv_quantity_value (&size))
    bv_admission_refuse (self, BV_REASON_INVALID, bv_admission_path (self, "%s", path),
                         _ ("The memory is less than one huge page of %s; give the guest more, or "
                            "use smaller pages."),
                         text);
  else if (memory % bv_quantity_value (&size) != 0)
    bv_admission_refuse (self, BV_REASON_INVALID, bv_admission_path (self, "%s", path),
                         _ ("The memory is no multiple of the huge pages' size %s; round it up."),
                         text);
}

void
bv_admit_memory (BvAdmission *self)
{
  const BvApiMemory *memory = self->spec->domain->memory;

  admit_guest (self, memory);
  admit_max_guest (self, memory);
  admit_guest_limit (self, memory);
  admit_requests (self);
  if (memory->hugepages != NULL)
    admit_huge_pages (self, memory->hugepages);
  if (memory->reserved_overhead != NULL)
    bv_admission_require_gate (self, "ReservedOverheadMemlock",
                               bv_admission_path (self, "domain.memory.reservedOverhead"),
                               _ ("memory.reservedOverhead"));
}
