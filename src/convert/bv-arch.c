/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-arch.h"

static const BvArch arches[] = {
  {
      .name = "amd64",
      .libvirt_name = "x86_64",
      .machine = "q35",
      .virtio_transitional = "virtio-transitional",
      .virtio_non_transitional = "virtio-non-transitional",
      .usb = BV_ARCH_USB_WHERE_NEEDED,
      .smbios = TRUE,
      .pflash_secure_boot = TRUE,
      .cpu_hotplug = TRUE,
      .rom_tuning = TRUE,
      .vm_port = TRUE,
      .pcie = TRUE,
      .memfd = TRUE,
      .verbose_firmware_log = TRUE,
      .pci_hole64 = TRUE,
      .mpx_validation = TRUE,
  },
  {
      .name = "arm64",
      .libvirt_name = "aarch64",
      .machine = "virt",
      .virtio_transitional = "virtio-transitional",
      .virtio_non_transitional = "virtio-non-transitional",
      .usb = BV_ARCH_USB_ALWAYS,
      .smbios = TRUE,
      .rom_tuning = TRUE,
      .pcie = TRUE,
      .memfd = TRUE,
  },
  {
      .name = "s390x",
      .libvirt_name = "s390x",
      .machine = "s390-ccw-virtio",
      .virtio_transitional = "virtio",
      .virtio_non_transitional = "virtio",
      .scsi_controller = "virtio-scsi",
      .pflash_secure_boot = TRUE,
      .cpu_hotplug = TRUE,
  },
};

/* By KubeVirt's name; NULL for one that it does not know. */
const BvArch *
bv_arch_find (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (arches); i++)
    if (g_strcmp0 (arches[i].name, name) == 0)
      return &arches[i];
  return NULL;
}
