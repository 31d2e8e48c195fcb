/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/schedule/bv-host-check.h"

#include <glib/gi18n-lib.h>

#define REALTIME_SETTING "/proc/sys/kernel/sched_rt_runtime_us"

G_GNUC_PRINTF (2, 3)
static void
lack (GPtrArray *lacks, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_ptr_array_add (lacks, g_strdup_vprintf (format, arguments));
  va_end (arguments);
}

/* Whether the guest is made for another architecture than the host's. */
static gboolean
is_foreign (const BvApiVirtualMachineInstanceSpec *spec, const BvHostFacts *facts)
{
  return spec->architecture != NULL && spec->architecture[0] != '\0' &&
         !g_str_equal (spec->architecture, facts->architecture);
}

static void
check_kvm (const BvApiVirtualMachineInstanceSpec *spec, const BvHostFacts *facts,
           const BvConfig *config, GPtrArray *lacks)
{
  gboolean foreign = is_foreign (spec, facts);

  if ((facts->kvm_usable && !foreign) ||
      bv_config_get_boolean (config, "hypervisor", "allow-emulation"))
    return;
  if (foreign)
    lack (
        lacks,
        _ ("It is made for %s, this host is of %s, and emulation is not allowed (allow-emulation= "
           "in [hypervisor] of barevirt.conf)."),
        spec->architecture, facts->architecture);
  else
    lack (lacks,
          _ ("This host has no usable KVM, and emulation is not allowed (allow-emulation= in "
             "[hypervisor] of barevirt.conf)."));
}

/* Without KVM the host's CPU cannot be passed on, and adaptation gives all that QEMU can emulate.
 */
static void
check_model (const char *model, const BvDomainCapabilities *capabilities, GPtrArray *lacks)
{
  if (model == NULL || g_str_equal (model, "host-passthrough") ||
      g_str_equal (model, "host-model") || g_str_equal (model, "maximum"))
    return;
  if (!bv_domain_capabilities_has_model (capabilities, model))
    lack (lacks, _ ("This host cannot give its guests the CPU model %s."), model);
}

static void
check_security (const BvApiLaunchSecurity *security, const BvDomainCapabilities *capabilities,
                GPtrArray *lacks)
{
  gboolean es = security->sev != NULL && security->sev->policy != NULL &&
                security->sev->policy->encrypted_state;

  if (security->sev != NULL && !capabilities->sev)
    lack (lacks, _ ("It wants its memory encrypted by AMD SEV, which this host cannot do."));
  else if (es && !capabilities->sev_es)
    lack (lacks,
          _ ("It wants its CPUs' state encrypted by AMD SEV-ES, which this host cannot do."));
  if (security->snp != NULL && !capabilities->sev_snp)
    lack (lacks, _ ("It wants to be isolated by AMD SEV-SNP, which this host cannot do."));
  if (security->tdx != NULL && !capabilities->tdx)
    lack (lacks, _ ("It wants to be isolated by Intel TDX, which this host cannot do."));
}

static gboolean
wants_tpm (const BvApiDevices *devices)
{
  const BvApiTPMDevice *tpm = devices != NULL ? devices->tpm : NULL;

  return tpm != NULL && (!bv_api_tpm_device_has_enabled (tpm) || tpm->enabled);
}

static void
check_capabilities (const BvApiDomainSpec *domain, const BvDomainCapabilities *capabilities,
                    GPtrArray *lacks)
{
  if (domain->machine != NULL && domain->machine->type != NULL &&
      !bv_domain_capabilities_has_machine (capabilities, domain->machine->type))
    lack (lacks, _ ("This host's QEMU has no machine type %s."), domain->machine->type);
  if (domain->cpu != NULL)
    check_model (domain->cpu->model, capabilities, lacks);
  if (wants_tpm (domain->devices) && !capabilities->tpm)
    lack (lacks, _ ("It wants a TPM, and this host has no emulator of one; install swtpm and "
                    "swtpm-tools."));
  if (domain->launch_security != NULL)
    check_security (domain->launch_security, capabilities, lacks);
}

static void
check_realtime (const BvApiCPU *cpu, GPtrArray *lacks)
{
  g_autofree char *text = NULL;

  if (cpu == NULL || cpu->realtime == NULL ||
      !g_file_get_contents (REALTIME_SETTING, &text, NULL, NULL) ||
      g_strcmp0 (g_strstrip (text), "-1") == 0)
    return;
  lack (lacks, _ ("It wants realtime, and this host's kernel limits realtime threads; set "
                  "kernel.sched_rt_runtime_us to -1 by sysctl."));
}

gboolean
bv_host_check_get_wish (const BvApiVirtualMachineInstanceSpec *spec, BvFirmwareWish *wish)
{
  const BvApiDomainSpec *domain = spec->domain;
  const BvApiBootloader *bootloader =
      domain->firmware != NULL ? domain->firmware->bootloader : NULL;
  const BvApiLaunchSecurity *security = domain->launch_security;
  const BvApiEFI *efi = bootloader != NULL ? bootloader->efi : NULL;

  if (efi == NULL)
    return FALSE;
  *wish = (BvFirmwareWish){
    .architecture = g_strcmp0 (spec->architecture, "arm64") == 0 ? "aarch64" : "x86_64",
    .machine = domain->machine != NULL ? domain->machine->type : "q35",
    .secure_boot = !bv_api_efi_has_secure_boot (efi) || efi->secure_boot,
    .sev = security != NULL && security->sev != NULL,
    .sev_es = security != NULL && security->sev != NULL && security->sev->policy != NULL &&
              security->sev->policy->encrypted_state,
    .sev_snp = security != NULL && security->snp != NULL,
    .tdx = security != NULL && security->tdx != NULL,
  };
  return TRUE;
}

void
bv_host_check_run (const BvApiVirtualMachineInstanceSpec *spec, const BvHostFacts *facts,
                   const BvConfig *config, GPtrArray *lacks)
{
  check_kvm (spec, facts, config, lacks);
  /* libvirt was asked about guests of its own architecture only. */
  if (facts->capabilities->known && !is_foreign (spec, facts))
    check_capabilities (spec->domain, facts->capabilities, lacks);
  if (facts->is_local)
    check_realtime (spec->domain->cpu, lacks);
}
