/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether guests have a USB controller. */
typedef enum
{
  BV_ARCH_USB_NEVER,
  BV_ARCH_USB_WHERE_NEEDED,
  BV_ARCH_USB_ALWAYS,
} BvArchUsb;

/* What differs between the architectures that KubeVirt knows. */
typedef struct
{
  const char *name;         /* KubeVirt's */
  const char *libvirt_name; /* of <type arch> */
  const char *machine;
  const char *virtio_transitional;
  const char *virtio_non_transitional;
  const char *scsi_controller; /* NULL: as virtio devices */
  BvArchUsb usb;
  gboolean smbios;
  gboolean pflash_secure_boot; /* the variables of firmware with secure boot are in a flash image */
  gboolean cpu_hotplug;
  gboolean rom_tuning;
  gboolean vm_port;
  gboolean pcie;
  gboolean memfd;
  gboolean verbose_firmware_log;
  gboolean pci_hole64;
  gboolean mpx_validation;
} BvArch;

const BvArch *bv_arch_find (const char *name);

G_END_DECLS
