/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-areas.h"
#include "admit/bv-resources.h"

#include <glib/gi18n-lib.h>

#define DEDICATED "domain.cpu.dedicatedCpuPlacement"
#define MAPPING "domain.cpu.numa.guestMappingPassthrough"
#define HIGHEST_VCPU 65535

static void G_GNUC_PRINTF (4, 5)
    refuse (BvAdmission *self, const char *reason, const char *below, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  bv_admission_refuse (self, reason, bv_admission_path (self, "%s", below), "%s", message);
}

static gboolean
is_whole_number (const BvQuantity *amount)
{
  return bv_quantity_value (amount) <= 0 || amount->nanos == 0;
}

/* Zeros count as one; too many are refused elsewhere. */
static gint64
count_vcpus (const BvApiCPU *cpu, gint64 sockets)
{
  gint64 vcpus;

  if (__builtin_mul_overflow (MAX (sockets, 1), MAX (cpu->cores, 1), &vcpus) ||
      __builtin_mul_overflow (vcpus, MAX (cpu->threads, 1), &vcpus))
    return G_MAXINT64;
  return vcpus;
}

static void
admit_memory (BvAdmission *self, const BvApiDomainSpec *domain)
{
  const BvQuantity *request = bv_resources_get_request (domain, "memory");
  const BvQuantity *limit = bv_resources_get_limit (domain, "memory");

  if (bv_quantity_value (request) > 0 && bv_quantity_value (limit) > 0 &&
      bv_quantity_value (request) < bv_quantity_value (limit))
    refuse (
        self, BV_REASON_INVALID, "domain.resources.requests.memory",
        _ ("With dedicated CPUs the request for memory must be the same as the limit, but %s is "
           "not %s."),
        request->text, limit->text);
}

static void
admit_counts (BvAdmission *self, const BvApiDomainSpec *domain)
{
  const BvApiCPU *cpu = domain->cpu;
  gint64 request = bv_quantity_value (bv_resources_get_request (domain, "cpu"));
  gint64 limit = bv_quantity_value (bv_resources_get_limit (domain, "cpu"));
  gint64 vcpus = count_vcpus (cpu, cpu->sockets);

  if (request > 0 && limit > 0 && request != limit)
    refuse (self, BV_REASON_INVALID, DEDICATED,
            _ ("With dedicated CPUs the request for CPUs (%" G_GINT64_FORMAT
               ") must be the same as the limit (%" G_GINT64_FORMAT ")."),
            request, limit);
  else if ((request > 0 || limit > 0) && request != vcpus && limit != vcpus)
    refuse (self, BV_REASON_INVALID, DEDICATED,
            _ ("With dedicated CPUs each vCPU has a CPU of its own, but the guest has "
               "%" G_GINT64_FORMAT " vCPUs (sockets × cores × threads) and resources say "
               "%" G_GINT64_FORMAT "; make them the same, or leave one of them out."),
            vcpus, MAX (request, limit));
}

static void
admit_dedicated (BvAdmission *self, const BvApiDomainSpec *domain)
{
  if (!is_whole_number (bv_resources_get_request (domain, "cpu")))
    refuse (self, BV_REASON_INVALID, "domain.resources.requests.cpu",
            _ ("Dedicated CPUs are whole ones; %s is none."),
            bv_resources_get_request (domain, "cpu")->text);
  if (!is_whole_number (bv_resources_get_limit (domain, "cpu")))
    refuse (self, BV_REASON_INVALID, "domain.resources.limits.cpu",
            _ ("Dedicated CPUs are whole ones; %s is none."),
            bv_resources_get_limit (domain, "cpu")->text);
  admit_memory (self, domain);
  admit_counts (self, domain);
  if (domain->cpu->threads > 1 && g_strcmp0 (self->architecture, "arm64") == 0)
    refuse (self, BV_REASON_INVALID, "architecture",
            _ ("A guest of arm64 with dedicated CPUs has one thread in each core."));
  else if (domain->cpu->threads > 2)
    refuse (self, BV_REASON_INVALID, "domain.cpu.threads",
            _ ("With dedicated CPUs each core has at most 2 threads, not %" G_GINT64_FORMAT "."),
            domain->cpu->threads);
}

static gboolean
has_mapping (const BvApiCPU *cpu)
{
  return cpu->numa != NULL && cpu->numa->guest_mapping_passthrough != NULL;
}

static void
admit_mapping (BvAdmission *self, const BvApiDomainSpec *domain)
{
  if (!has_mapping (domain->cpu))
    return;
  if (!domain->cpu->dedicated_cpu_placement && domain->memory->hugepages == NULL)
    refuse (self, BV_REASON_INVALID, MAPPING,
            _ ("The host's NUMA layout is passed through with dedicated CPUs and huge pages only; "
               "add dedicatedCpuPlacement: true and memory.hugepages."));
  else if (!domain->cpu->dedicated_cpu_placement)
    refuse (self, BV_REASON_INVALID, MAPPING,
            _ ("The host's NUMA layout is passed through with dedicated CPUs only; add "
               "dedicatedCpuPlacement: true."));
  else if (domain->memory->hugepages == NULL)
    refuse (self, BV_REASON_INVALID, MAPPING,
            _ ("The host's NUMA layout is passed through with huge pages only; add "
               "memory.hugepages."));
}

static gboolean
read_number (const char **at, guint64 *number)
{
  char *end;

  if (!g_ascii_isdigit (**at))
    return FALSE;
  *number = g_ascii_strtoull (*at, &end, 10);
  *at = end;
  return *number <= HIGHEST_VCPU;
}

/* `3`, `0-3` or `^2`; LAST is the highest vCPU that it names. */
static gboolean
read_part_of_mask (const char *at, guint64 *last)
{
  guint64 first;
  gboolean excluded = *at == '^';

  at += excluded;
  if (!read_number (&at, &first))
    return FALSE;
  *last = first;
  if (*at == '\0')
    return TRUE;
  if (*at != '-' || excluded)
    return FALSE;
  at++;
  return read_number (&at, last) && *at == '\0' && first <= *last;
}

static void
admit_mask (BvAdmission *self, const BvApiCPU *cpu, const char *mask)
{
  g_auto (GStrv) parts = g_strsplit (mask, ",", -1);
  gint64 vcpus = count_vcpus (cpu, MAX (cpu->sockets, cpu->max_sockets));
  guint64 highest = 0;

  for (guint i = 0; parts[i] != NULL; i++)
    {
      guint64 last;

      if (!read_part_of_mask (g_strstrip (parts[i]), &last))
        {
          refuse (self, BV_REASON_INVALID, "domain.cpu.realtime.mask",
                  _ ("“%s” is no list of vCPUs; write one such as 0-3,^1."), mask);
          return;
        }
      highest = MAX (highest, last);
    }
  if (highest >= (guint64)vcpus)
    bv_admission_warn (self, bv_admission_path (self, "domain.cpu.realtime.mask"),
                       _ ("The mask names vCPU %" G_GUINT64_FORMAT
                          ", but the guest has only 0 to %" G_GINT64_FORMAT "."),
                       highest, vcpus - 1);
}

static void
admit_realtime (BvAdmission *self, const BvApiCPU *cpu)
{
  if (cpu->realtime == NULL)
    return;
  if (!cpu->dedicated_cpu_placement)
    refuse (self, BV_REASON_REQUIRED, DEDICATED,
            _ ("A realtime guest needs dedicated CPUs; add dedicatedCpuPlacement: true."));
  if (!has_mapping (cpu))
    refuse (self, BV_REASON_REQUIRED, MAPPING,
            _ ("A realtime guest needs the host's NUMA layout; add numa: "
               "{guestMappingPassthrough: {}}."));
  if (cpu->realtime->mask != NULL && cpu->realtime->mask[0] != '\0')
    admit_mask (self, cpu, cpu->realtime->mask);
}

/* CPUs that the guest has to itself, and what builds on them. */
void
bv_admit_dedicated_cpus (BvAdmission *self)
{
  const BvApiDomainSpec *domain = self->spec->domain;
  const BvApiCPU *cpu = domain->cpu;

  if (cpu->dedicated_cpu_placement)
    admit_dedicated (self, domain);
  else if (cpu->isolate_emulator_thread)
    refuse (self, BV_REASON_INVALID, "domain.cpu.isolateEmulatorThread",
            _ ("The emulator's thread is isolated beside dedicated CPUs only; add "
               "dedicatedCpuPlacement: true."));
  admit_mapping (self, domain);
  admit_realtime (self, cpu);
}
