/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-areas.h"
#include "admit/bv-name-set.h"
#include "admit/bv-resources.h"
#include "admit/bv-text-rules.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* More than any machine of QEMU has; keeps what a domain costs near the size of its manifest. */
#define MOST_VCPUS 4096

static void
admit_amount (BvAdmission *self, const char *which, const BvQuantity *amount)
{
  if (bv_quantity_milli_value (amount) < 0)
    bv_admission_refuse (
        self, BV_REASON_INVALID, bv_admission_path (self, "domain.resources.%s.cpu", which),
        _ ("%s CPUs are below 0; write a number such as 2 or 500m."), amount->text);
}

static void
admit_requests (BvAdmission *self)
{
  const BvApiDomainSpec *domain = self->spec->domain;
  const BvQuantity *request = bv_resources_get_request (domain, "cpu");
  const BvQuantity *limit = bv_resources_get_limit (domain, "cpu");

  admit_amount (self, "requests", request);
  admit_amount (self, "limits", limit);
  if (bv_quantity_milli_value (limit) > 0 &&
      bv_quantity_milli_value (request) > bv_quantity_milli_value (limit))
    bv_admission_refuse (self, BV_REASON_INVALID,
                         bv_admission_path (self, "domain.resources.requests.cpu"),
                         _ ("The request %s is above the limit %s; lower it, or raise "
                            "resources.limits.cpu."),
                         request->text, limit->text);
}

/* Letters, digits and the marks that occur in libvirt's names. */
static gboolean
is_cpu_name (const char *text)
{
  return text[0] != '\0' &&
         strspn (text, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._+-") == strlen (text);
}

static void
admit_model (BvAdmission *self, const char *model)
{
  static const char *const modes[] = { "host-model", "host-passthrough", NULL };
  const char *meant;

  if (g_strv_contains (modes, model))
    return;
  if (!is_cpu_name (model))
    {
      bv_admission_refuse (self, BV_REASON_INVALID, bv_admission_path (self, "domain.cpu.model"),
                           _ ("“%s” cannot be a CPU model; write host-model, host-passthrough or a "
                              "name that “virsh cpu-models x86_64” prints."),
                           model);
      return;
    }
  /* No model of libvirt is called so: a slip, which QEMU would tell only at the start. */
  if (g_ascii_strncasecmp (model, "host", 4) != 0)
    return;
  meant = bv_suggest (model, modes);
  bv_admission_refuse (self, BV_REASON_INVALID, bv_admission_path (self, "domain.cpu.model"),
                       _ ("There is no CPU model “%s”; did you mean “%s”?"), model,
                       meant == NULL ? modes[0] : meant);
}

static void
admit_features (BvAdmission *self, const BvApiCPU *cpu)
{
  g_auto (BvNameSet) names = { 0 };

  for (guint i = 0; i < cpu->n_features; i++)
    {
      const char *name = cpu->features[i]->name;
      int earlier;

      if (name == NULL)
        continue;
      earlier = bv_name_set_add (&names, name, i);
      if (!is_cpu_name (name))
        bv_admission_refuse (self, name[0] == '\0' ? BV_REASON_REQUIRED : BV_REASON_INVALID,
                             bv_admission_path (self, "domain.cpu.features[%u].name", i),
                             _ ("“%s” cannot be a CPU feature; write a name as libvirt has it, "
                                "such as vmx."),
                             name);
      else if (earlier >= 0)
        bv_admission_refuse (
            self, BV_REASON_DUPLICATE, bv_admission_path (self, "domain.cpu.features[%u].name", i),
            _ ("features[%d] is about “%s” already; keep one of the two."), earlier, name);
    }
}

/* vCPUs with SOCKETS; what is not given counts as one. */
static guint64
count_vcpus (const BvApiCPU *cpu, gint64 sockets)
{
  guint64 vcpus = (guint64)MAX (sockets, 1) * (guint64)MAX (cpu->cores, 1);

  return g_uint64_checked_mul (&vcpus, vcpus, (guint64)MAX (cpu->threads, 1)) ? vcpus : G_MAXUINT64;
}

static void
admit_topology (BvAdmission *self, const BvApiCPU *cpu)
{
  guint64 vcpus = count_vcpus (cpu, MAX (cpu->sockets, cpu->max_sockets));

  if (cpu->max_sockets != 0 && cpu->sockets > cpu->max_sockets)
    bv_admission_refuse (self, BV_REASON_INVALID, bv_admission_path (self, "domain.cpu.sockets"),
                         _ ("%" G_GINT64_FORMAT " sockets are more than maxSockets allows, which "
                            "is %" G_GINT64_FORMAT "."),
                         cpu->sockets, cpu->max_sockets);
  if (vcpus > MOST_VCPUS)
    bv_admission_refuse (self, BV_REASON_INVALID, bv_admission_path (self, "domain.cpu"),
                         _ ("The guest would have up to %" G_GUINT64_FORMAT
                            " vCPUs (sockets or maxSockets × cores × threads); at most %d can be."),
                         vcpus, MOST_VCPUS);
}

void
bv_admit_cpu (BvAdmission *self)
{
  const BvApiCPU *cpu = self->spec->domain->cpu;

  admit_requests (self);
  admit_topology (self, cpu);
  admit_features (self, cpu);
  /* On arm64 there is one model, which is told elsewhere. */
  if (g_strcmp0 (self->architecture, "arm64") != 0)
    admit_model (self, cpu->model);
}
