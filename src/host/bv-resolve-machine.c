/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/bv-kernel-boot.h"
#include "host/bv-resolve-private.h"

/* What the machine itself gives the guest: its architecture, KVM, firmware, what it boots. */

gboolean
bv_resolve_machine (BvResolver *self, GError **error)
{
  const BvVolumeWork *work = self->work;

  bv_resolver_add_string (self, "architecture", work->facts->architecture);
  bv_resolver_add_boolean (self, "hypervisorDeviceAvailable", work->facts->kvm_usable);
  bv_resolver_add_boolean (self, "allowEmulation",
                           bv_config_get_boolean (work->config, "hypervisor", "allow-emulation"));
  bv_resolver_add_string (self, "runtimeDirectory", work->runtime_directory);
  return bv_kernel_boot_resolve (self, error);
}
