/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bv-autocleanups.h"
#include "convert/bv-arch.h"
#include "convert/bv-context.h"
#include "convert/bv-facts.h"
#include "convert/bv-xml.h"
#include "model/bv-api.h"
#include "model/bv-error.h"
#include "model/bv-vmi.h"

G_BEGIN_DECLS

/* One conversion under way: the admitted VMI and the host's facts, which no step changes, and the
 * domain that grows. Steps are pure: no connection, no clock, no file system. */
typedef struct
{
  const BvApiVirtualMachineInstance *vmi;
  const BvApiVirtualMachineInstanceSpec *spec;
  const BvApiDomainSpec *domain_spec;
  const BvApiDevices *device_spec;
  const BvFactsContext *facts;
  const BvArch *arch;
  const char *virtio_model; /* of PCI devices: virtio-non-transitional for one */
  gboolean iommu;           /* the guest's memory is encrypted: virtio goes through an IOMMU */
  BvArena *arena;           /* for what a step must compose */

  GVirConfigDomain *domain;
  BvXml *root;    /* <domain> */
  BvXml *devices; /* <devices> */
} BvConversion;

/* Adds what it is about to the domain; FALSE where the VMI and the facts do not go together. */
typedef gboolean (*BvConvertStep) (BvConversion *self, GError **error);

const char *bv_conversion_get_runtime_path (BvConversion *self, const char *name);
gboolean bv_conversion_wants_graphics (BvConversion *self);
gboolean bv_conversion_is_foreign (const BvConversion *self);

/* A domain that has nothing but the VMI's disks, its interfaces, or what it has of the host's
 * devices, virtual functions too. */
GVirConfigDomain *bv_vmi_convert_disks (BvVmi *self, BvContext *context, GError **error);
GVirConfigDomain *bv_vmi_convert_interfaces (BvVmi *self, BvContext *context, GError **error);
GVirConfigDomain *bv_vmi_convert_host_devices (BvVmi *self, BvContext *context, GError **error);

/* The steps, in KubeVirt's order; each in a file of its area. */
gboolean bv_convert_metadata (BvConversion *self, GError **error);
gboolean bv_convert_network (BvConversion *self, GError **error);
gboolean bv_convert_tpm (BvConversion *self, GError **error);
gboolean bv_convert_vsock (BvConversion *self, GError **error);
gboolean bv_convert_launch_security (BvConversion *self, GError **error);
gboolean bv_convert_channels (BvConversion *self, GError **error);
gboolean bv_convert_clock (BvConversion *self, GError **error);
gboolean bv_convert_rng (BvConversion *self, GError **error);
gboolean bv_convert_input (BvConversion *self, GError **error);
gboolean bv_convert_balloon (BvConversion *self, GError **error);
gboolean bv_convert_graphics (BvConversion *self, GError **error);
gboolean bv_convert_sound (BvConversion *self, GError **error);
gboolean bv_convert_host_devices (BvConversion *self, GError **error);
gboolean bv_convert_watchdog (BvConversion *self, GError **error);
gboolean bv_convert_console (BvConversion *self, GError **error);
gboolean bv_convert_panic (BvConversion *self, GError **error);
gboolean bv_convert_features (BvConversion *self, GError **error);
gboolean bv_convert_sysinfo (BvConversion *self, GError **error);
gboolean bv_convert_os (BvConversion *self, GError **error);
gboolean bv_convert_filesystems (BvConversion *self, GError **error);
gboolean bv_convert_disks (BvConversion *self, GError **error);
gboolean bv_convert_usb_redirection (BvConversion *self, GError **error);
gboolean bv_convert_controllers (BvConversion *self, GError **error);
gboolean bv_convert_qemu_command_line (BvConversion *self, GError **error);
gboolean bv_convert_cpu (BvConversion *self, GError **error);
gboolean bv_convert_io_threads (BvConversion *self, GError **error);
gboolean bv_convert_memory (BvConversion *self, GError **error);
gboolean bv_convert_memory_backing (BvConversion *self, GError **error);
gboolean bv_convert_reboot_policy (BvConversion *self, GError **error);
gboolean bv_convert_hypervisor (BvConversion *self, GError **error);
gboolean bv_convert_pinning (BvConversion *self, GError **error);
gboolean bv_convert_pci_placement (BvConversion *self, GError **error);

G_END_DECLS
