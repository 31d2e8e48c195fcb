/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "host/bv-resolve-private.h"
#include "model/bv-error.h"

/* What the machine itself gives the guest: its architecture, KVM, firmware, what it boots. */

static gboolean
check_firmware (const BvApiFirmware *firmware, GError **error)
{
  if (firmware == NULL || firmware->kernel_boot == NULL || firmware->kernel_boot->container == NULL)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED,
               _ ("This version of Barevirt cannot fetch the kernel boot container %s yet; let the "
                  "guest boot from a disk."),
               firmware->kernel_boot->container->image);
  return FALSE;
}

gboolean
bv_resolve_machine (BvResolver *self, GError **error)
{
  const BvVolumeWork *work = self->work;

  bv_resolver_add_string (self, "architecture", work->facts->architecture);
  bv_resolver_add_boolean (self, "hypervisorDeviceAvailable", work->facts->kvm_usable);
  bv_resolver_add_boolean (self, "allowEmulation",
                           bv_config_get_boolean (work->config, "hypervisor", "allow-emulation"));
  bv_resolver_add_string (self, "runtimeDirectory", work->runtime_directory);
  return check_firmware (self->spec->domain->firmware, error);
}
