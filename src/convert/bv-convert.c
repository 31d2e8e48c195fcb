/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-convert.h"

#include "convert/bv-context-private.h"
#include "convert/bv-conversion.h"
#include "model/bv-vmi-private.h"

#include <glib/gi18n-lib.h>

/* clang-format off */
static const BvConvertStep steps[] = {
  bv_convert_metadata,
  bv_convert_network,
  bv_convert_tpm,
  bv_convert_vsock,
  bv_convert_launch_security,
  bv_convert_channels,
  bv_convert_clock,
  bv_convert_rng,
  bv_convert_input,
  bv_convert_balloon,
  bv_convert_graphics,
  bv_convert_sound,
  bv_convert_host_devices,
  bv_convert_watchdog,
  bv_convert_console,
  bv_convert_panic,
  bv_convert_features,
  bv_convert_sysinfo,
  bv_convert_os,
  bv_convert_filesystems,
  bv_convert_disks,
  bv_convert_usb_redirection,
  bv_convert_controllers,
  bv_convert_qemu_command_line,
  bv_convert_cpu,
  bv_convert_io_threads,
  bv_convert_memory,
  bv_convert_memory_backing,
  bv_convert_reboot_policy,
  bv_convert_hypervisor,
  bv_convert_pinning,
  bv_convert_pci_placement,
};
/* clang-format on */

/* Secure Execution encrypts too, but is asked for by an empty launchSecurity. */
static gboolean
encrypts_memory (const BvApiLaunchSecurity *security, const BvArch *arch)
{
  if (security == NULL)
    return FALSE;
  return security->sev != NULL || security->snp != NULL || g_str_equal (arch->name, "s390x");
}

/* A socket or log of this VMI; where the facts name no folder, KubeVirt's. */
const char *
bv_conversion_get_runtime_path (BvConversion *self, const char *name)
{
  const char *folder = self->facts->runtime_directory;
  const char *uid = self->vmi->metadata->uid;

  if (folder != NULL)
    return bv_arena_printf (self->arena, "%s/%s", folder, name);
  return bv_arena_printf (self->arena, "/var/run/kubevirt-private/%s/%s", uid != NULL ? uid : "",
                          name);
}

static gboolean
prepare (BvConversion *self, GError **error)
{
  const char *wanted = self->spec->architecture;
  gboolean transitional;

  if (wanted == NULL || wanted[0] == '\0')
    wanted = self->facts->architecture != NULL ? self->facts->architecture : "amd64";
  self->arch = bv_arch_find (wanted);
  if (self->arch == NULL)
    {
      g_set_error (
          error, BV_ERROR, BV_ERROR_NOT_SUPPORTED,
          _ ("VMI %s asks for the architecture “%s”; Barevirt knows amd64, arm64 and s390x."),
          self->vmi->metadata->name, wanted);
      return FALSE;
    }
  transitional = self->device_spec->use_virtio_transitional;
  self->virtio_model =
      transitional ? self->arch->virtio_transitional : self->arch->virtio_non_transitional;
  self->iommu = encrypts_memory (self->domain_spec->launch_security, self->arch);
  self->domain = gvir_config_domain_new ();
  self->root = bv_xml_of (GVIR_CONFIG_OBJECT (self->domain));
  self->devices = bv_xml_add (self->root, "devices");
  return TRUE;
}

static GVirConfigDomain *
run_steps (BvVmi *self, BvContext *context, const BvConvertStep *first, gsize n_steps,
           GError **error)
{
  const BvApiVirtualMachineInstance *vmi = bv_vmi_get_record (self);
  BvConversion conversion = {
    .vmi = vmi,
    .spec = vmi->spec,
    .domain_spec = vmi->spec->domain,
    .device_spec = vmi->spec->domain->devices,
    .facts = bv_context_get_facts (context),
  };
  g_autoptr (BvArena) arena = bv_arena_new ();
  g_autoptr (GVirConfigDomain) domain = NULL;

  conversion.arena = arena;
  if (!prepare (&conversion, error))
    return NULL;
  domain = conversion.domain;
  for (gsize i = 0; i < n_steps; i++)
    if (!first[i](&conversion, error))
      return NULL;
  /* Where people look for them: after what the domain is as a whole. */
  bv_xml_move_to_end (conversion.devices);
  return g_steal_pointer (&domain);
}

/**
 * bv_vmi_convert:
 * @self: a VMI, defaulted and admitted
 * @context: the facts about the host
 * @error: return location
 *
 * Makes the libvirt domain that KubeVirt would make of @self on a host with these facts. It is
 * KubeVirt's domain, for its libvirt: adapt it before you define it on an older one. Nothing is
 * touched but memory.
 *
 * Errors: [error@Barevirt.Error.UNSCHEDULABLE] where the host lacks what the VMI asks for, other
 * codes where the VMI and the facts do not go together
 *
 * Returns: (transfer full): the domain, or %NULL on error
 *
 * Since: 1.0
 */
GVirConfigDomain *
bv_vmi_convert (BvVmi *self, BvContext *context, GError **error)
{
  return run_steps (self, context, steps, G_N_ELEMENTS (steps), error);
}

GVirConfigDomain *
bv_vmi_convert_interfaces (BvVmi *self, BvContext *context, GError **error)
{
  static const BvConvertStep step = bv_convert_network;

  return run_steps (self, context, &step, 1, error);
}

GVirConfigDomain *
bv_vmi_convert_host_devices (BvVmi *self, BvContext *context, GError **error)
{
  static const BvConvertStep step = bv_convert_host_devices;

  return run_steps (self, context, &step, 1, error);
}

GVirConfigDomain *
bv_vmi_convert_disks (BvVmi *self, BvContext *context, GError **error)
{
  static const BvConvertStep step = bv_convert_disks;

  return run_steps (self, context, &step, 1, error);
}

/**
 * bv_vmi_convert_to_xml:
 * @self: a VMI, defaulted and admitted
 * @context: the facts about the host
 * @error: return location
 *
 * Like [method@Barevirt.Vmi.convert], as text.
 *
 * Returns: (transfer full): the domain's XML, or %NULL on error
 *
 * Since: 1.0
 */
char *
bv_vmi_convert_to_xml (BvVmi *self, BvContext *context, GError **error)
{
  g_autoptr (GVirConfigDomain) domain = bv_vmi_convert (self, context, error);

  return domain == NULL ? NULL : gvir_config_object_to_xml (GVIR_CONFIG_OBJECT (domain));
}
