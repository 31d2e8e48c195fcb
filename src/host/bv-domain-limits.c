/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/bv-domain-limits.h"

#include "convert/bv-context-private.h"
#include "convert/bv-xml.h"
#include "host/machine/bv-cpu-list.h"
#include "host/schedule/bv-guest-needs.h"
#include "model/bv-vmi-private.h"

#define PERIOD_US 100000
#define LEAST_QUOTA_US 1000
#define SHARES_OF_CPU 1024
#define LEAST_SHARES 2
#define MOST_SHARES 262144
#define MOST_WEIGHT 10000
#define REALTIME_PRIORITY 1

/* Weights of control groups, version 2, for shares of version 1, as Kubernetes maps them. */
static guint64
weight_of (guint64 shares)
{
  return 1 + (shares - LEAST_SHARES) * (MOST_WEIGHT - 1) / (MOST_SHARES - LEAST_SHARES);
}

/* What control groups of this host take for the CPU time that is asked for. */
guint64
bv_domain_limits_get_shares (const BvGuestNeeds *needs, const BvHostFacts *facts)
{
  guint64 shares = CLAMP (needs->cpu_millis * SHARES_OF_CPU / 1000, LEAST_SHARES, MOST_SHARES);

  return facts->cgroups.unified ? weight_of (shares) : shares;
}

static void
add_cpu_limits (BvXml *root, const BvGuestNeeds *needs, const BvHostFacts *facts)
{
  BvXml *tune;

  /* Nobody else runs on CPUs of one's own. */
  if (!facts->cgroups.cpu || needs->dedicated)
    return;
  tune = bv_xml_ensure (root, "cputune");
  bv_xml_add_uint (tune, "shares", bv_domain_limits_get_shares (needs, facts));
  if (needs->cpu_limit == 0)
    return;
  bv_xml_add_uint (tune, "global_period", PERIOD_US);
  bv_xml_add_uint (tune, "global_quota", MAX (needs->cpu_limit * PERIOD_US / 1000, LEAST_QUOTA_US));
}

/* Rounded up: a limit in the middle of a KiB means all of it. */
guint64
bv_domain_limits_get_memory_kib (const BvGuestNeeds *needs)
{
  return (needs->memory_limit + 1023) / 1024;
}

static void
add_memory_limit (BvXml *root, const BvGuestNeeds *needs, const BvHostFacts *facts)
{
  BvXml *limit;

  if (!facts->cgroups.memory || needs->memory_limit == 0)
    return;
  limit = bv_xml_add_uint (bv_xml_ensure (root, "memtune"), "hard_limit",
                           bv_domain_limits_get_memory_kib (needs));
  bv_xml_set (limit, "unit", "KiB");
}

static void
add_partition (BvXml *root, const BvHostFacts *facts, const BvConfig *config)
{
  const char *partition = bv_config_get_string (config, "cgroup", "partition");

  if (partition == NULL || partition[0] == '\0' || (!facts->cgroups.cpu && !facts->cgroups.memory))
    return;
  bv_xml_add_text (bv_xml_ensure (root, "resource"), "partition", partition);
}

static char *
list_context_cpus (BvContext *context)
{
  const BvFactsContext *record = bv_context_get_facts (context);
  g_autoptr (GArray) cpus = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (guint i = 0; i < record->n_cpu_set; i++)
    {
      guint32 cpu = (guint32)record->cpu_set[i];

      g_array_append_val (cpus, cpu);
    }
  return bv_cpu_list_to_string (cpus);
}

/* The emulator of a guest with CPUs of its own stays on them, as the pod's CPU set has it there. */
static void
confine_emulator (BvXml *root, BvContext *context)
{
  BvXml *tune = bv_xml_ensure (root, "cputune");
  g_autofree char *cpus = list_context_cpus (context);

  if (cpus[0] != '\0' && bv_xml_find (tune, "emulatorpin") == NULL)
    bv_xml_set (bv_xml_add (tune, "emulatorpin"), "cpuset", cpus);
}

/* Other guests keep off the CPUs that are set aside; NULL: nothing to keep off, or nothing left. */
static char *
list_shared_cpus (const BvHostFacts *facts, const BvConfig *config)
{
  g_autoptr (GArray) pinning = bv_config_get_cpus (config, "cpu", "pinning");
  g_autoptr (GArray) shared = g_array_new (FALSE, FALSE, sizeof (guint32));
  guint n = bv_host_topology_count_cpus (facts->topology);

  for (guint32 cpu = 0; shared->len < n && cpu < G_MAXUINT16; cpu++)
    if (bv_host_topology_find_cpu (facts->topology, cpu) != NULL && !bv_cpu_list_has (pinning, cpu))
      g_array_append_val (shared, cpu);
  return shared->len > 0 && shared->len < n ? bv_cpu_list_to_string (shared) : NULL;
}

static void
keep_off (BvXml *root, const BvHostFacts *facts, const BvConfig *config)
{
  BvXml *vcpu = bv_xml_find (root, "vcpu");
  g_autofree char *cpus = list_shared_cpus (facts, config);

  if (cpus != NULL && vcpu != NULL)
    bv_xml_set (vcpu, "cpuset", cpus);
}

/* The vCPUs of the mask, or all, are realtime threads. */
static void
add_realtime (BvXml *root, const BvApiCPU *cpu, guint n_vcpus)
{
  g_autofree char *all = g_strdup_printf ("0-%u", n_vcpus - 1);
  BvXml *scheduler;

  if (cpu == NULL || cpu->realtime == NULL)
    return;
  scheduler = bv_xml_add (bv_xml_ensure (root, "cputune"), "vcpusched");
  bv_xml_set (scheduler, "vcpus",
              cpu->realtime->mask != NULL && cpu->realtime->mask[0] != '\0' ? cpu->realtime->mask
                                                                            : all);
  bv_xml_set (scheduler, "scheduler", "fifo");
  bv_xml_set_uint (scheduler, "priority", REALTIME_PRIORITY);
}

void
bv_domain_limits_add (GVirConfigDomain *domain, BvVmi *vmi, BvContext *context,
                      const BvHostFacts *facts, const BvConfig *config)
{
  const BvApiVirtualMachineInstance *record = bv_vmi_get_record (vmi);
  BvGuestNeeds needs = bv_guest_needs_of (record, facts->architecture, config);
  BvXml *root = bv_xml_of (GVIR_CONFIG_OBJECT (domain));

  if (bv_config_get_boolean (config, "cgroup", "limits"))
    {
      add_cpu_limits (root, &needs, facts);
      add_memory_limit (root, &needs, facts);
    }
  add_partition (root, facts, config);
  if (needs.dedicated)
    confine_emulator (root, context);
  else
    keep_off (root, facts, config);
  add_realtime (root, record->spec->domain->cpu, needs.n_cores * needs.n_threads);
}
