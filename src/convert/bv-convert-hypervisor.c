/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-conversion.h"

#include <glib/gi18n-lib.h>

/* The guest is of another architecture than the host; libvirt finds the emulator by it. */
gboolean
bv_conversion_is_foreign (const BvConversion *self)
{
  const char *host = self->facts->architecture;

  return host != NULL && !g_str_equal (host, self->arch->name);
}

static gboolean
refuse (BvConversion *self, GError **error)
{
  if (bv_conversion_is_foreign (self))
    g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
                 _ ("VMI %s cannot run: it is made for %s, this host is of %s, and emulation is "
                    "not allowed."),
                 self->vmi->metadata->name, self->arch->name, self->facts->architecture);
  else
    g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
                 _ ("VMI %s cannot run: this host has no usable KVM, and emulation is not "
                    "allowed."),
                 self->vmi->metadata->name);
  return FALSE;
}

/* KVM where the host has it, else QEMU's own emulation where that is allowed. */
gboolean
bv_convert_hypervisor (BvConversion *self, GError **error)
{
  gboolean kvm = self->facts->hypervisor_device_available && !bv_conversion_is_foreign (self);

  if (!kvm && !self->facts->allow_emulation)
    return refuse (self, error);
  gvir_config_domain_set_virt_type (self->domain, kvm ? GVIR_CONFIG_DOMAIN_VIRT_KVM
                                                      : GVIR_CONFIG_DOMAIN_VIRT_QEMU);
  return TRUE;
}

/* Without a word the guest reboots, as libvirt has it. */
gboolean
bv_convert_reboot_policy (BvConversion *self, GError **error)
{
  const char *policy = self->domain_spec->reboot_policy;

  if (g_strcmp0 (policy, "Terminate") == 0)
    gvir_config_domain_set_lifecycle (self->domain, GVIR_CONFIG_DOMAIN_LIFECYCLE_ON_REBOOT,
                                      GVIR_CONFIG_DOMAIN_LIFECYCLE_DESTROY);
  else if (g_strcmp0 (policy, "Reboot") == 0)
    gvir_config_domain_set_lifecycle (self->domain, GVIR_CONFIG_DOMAIN_LIFECYCLE_ON_REBOOT,
                                      GVIR_CONFIG_DOMAIN_LIFECYCLE_RESTART);
  return TRUE;
}
