/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/schedule/bv-memory-overhead.h"

#include "admit/bv-resources.h"
#include "convert/bv-cpu-topology.h"

#define MIB (G_GUINT64_CONSTANT (1) << 20)

/* KubeVirt's processes in the pod. Few of them run here, but who sizes a limit for a cluster gets
 * the same here. */
#define LAUNCHER_MIB (100 + 25 + 25 + 40 + 50)
#define VCPU_MIB 8
#define IO_THREAD_MIB 8
#define GRAPHICS_MIB 32
#define ARM64_FLASH_MIB 128
#define VFIO_MIB 1024
#define DOWNWARD_METRICS_MIB 1
#define PROBE_MIB 10
#define PROBES_MIB 100
#define ENCRYPTION_MIB 256
#define TPM_MIB 53
#define GUARANTEED_MIB 100
#define PASST_MIB 250
#define PAGE_TABLE_SHARE 512

static gboolean
has_vfio (const BvApiDevices *devices)
{
  gboolean found = devices->n_host_devices > 0 || devices->n_gpus > 0;

  for (guint i = 0; i < devices->n_interfaces; i++)
    found |= devices->interfaces[i]->sriov != NULL;
  return found;
}

static gboolean
has_passt (const BvApiDevices *devices)
{
  gboolean found = FALSE;

  for (guint i = 0; i < devices->n_interfaces; i++)
    found |= devices->interfaces[i]->passt_binding != NULL;
  return found;
}

static gboolean
has_downward_metrics (const BvApiVirtualMachineInstanceSpec *spec)
{
  gboolean found = FALSE;

  for (guint i = 0; i < spec->n_volumes; i++)
    found |= spec->volumes[i]->downward_metrics != NULL;
  return found;
}

static gboolean
has_graphics (const BvApiDevices *devices)
{
  return !bv_api_devices_has_autoattach_graphics_device (devices) ||
         devices->autoattach_graphics_device;
}

static gboolean
has_tpm (const BvApiDevices *devices)
{
  const BvApiTPMDevice *tpm = devices->tpm;

  return tpm != NULL && (!bv_api_tpm_device_has_enabled (tpm) || tpm->enabled);
}

/* Asks for as much as it may use, of both memory and CPU. */
static gboolean
is_guaranteed (const BvApiDomainSpec *domain)
{
  const BvQuantity *memory = bv_resources_get_request (domain, "memory");
  const BvQuantity *memory_limit = bv_resources_get_limit (domain, "memory");
  const BvQuantity *cpu = bv_resources_get_request (domain, "cpu");
  gboolean wants_memory = bv_quantity_is_zero (memory)
                              ? !bv_quantity_is_zero (memory_limit)
                              : bv_quantity_compare (memory, memory_limit) == 0;

  return wants_memory && !bv_quantity_is_zero (cpu) &&
         bv_quantity_compare (cpu, bv_resources_get_limit (domain, "cpu")) == 0;
}

static guint
count_probes (const BvApiVirtualMachineInstanceSpec *spec)
{
  const BvApiProbe *const probes[] = { spec->liveness_probe, spec->readiness_probe };
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (probes); i++)
    n += probes[i] != NULL && probes[i]->exec != NULL;
  return n;
}

static guint64
sum_devices (const BvApiVirtualMachineInstanceSpec *spec)
{
  const BvApiDevices *devices = spec->domain->devices;
  guint n_probes = count_probes (spec);
  guint64 mib = has_downward_metrics (spec) ? DOWNWARD_METRICS_MIB : 0;

  if (n_probes > 0)
    mib += PROBES_MIB + (guint64)n_probes * PROBE_MIB;
  if (devices == NULL)
    return mib + GRAPHICS_MIB;
  mib += has_graphics (devices) ? GRAPHICS_MIB : 0;
  mib += has_vfio (devices) ? VFIO_MIB : 0;
  mib += has_tpm (devices) ? TPM_MIB : 0;
  mib += has_passt (devices) ? PASST_MIB : 0;
  return mib;
}

static guint64
sum_domain (const BvApiDomainSpec *domain, const char *architecture)
{
  const BvApiLaunchSecurity *security = domain->launch_security;
  guint64 mib = LAUNCHER_MIB + IO_THREAD_MIB + (guint64)VCPU_MIB * bv_vcpu_count (domain);

  if (g_strcmp0 (architecture, "arm64") == 0)
    mib += ARM64_FLASH_MIB;
  if (security != NULL && (security->sev != NULL || security->snp != NULL))
    mib += ENCRYPTION_MIB;
  if (bv_cpu_is_dedicated (domain) || is_guaranteed (domain))
    mib += GUARANTEED_MIB;
  return mib;
}

guint64
bv_memory_overhead_of (const BvApiVirtualMachineInstanceSpec *spec, const char *architecture,
                       double ratio)
{
  const BvApiDomainSpec *domain = spec->domain;
  const BvApiMemory *memory = domain->memory;
  guint64 requested =
      (guint64)MAX (bv_quantity_value (bv_resources_get_request (domain, "memory")), 0);
  guint64 bytes = requested / PAGE_TABLE_SHARE;

  bytes += (sum_domain (domain, architecture) + sum_devices (spec)) * MIB;
  if (memory != NULL && memory->reserved_overhead != NULL &&
      bv_quantity_is_given (&memory->reserved_overhead->added_overhead))
    bytes += (guint64)bv_quantity_value (&memory->reserved_overhead->added_overhead);
  return (guint64)((double)bytes * ratio);
}
