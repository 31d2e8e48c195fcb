/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/bv-memory-device.h"

#include "convert/bv-xml.h"

#define VERSION(major, minor) ((major)*1000000UL + (minor)*1000UL)

/* The first that have virtio-mem. */
#define LIBVIRT VERSION (7, 9)
#define QEMU VERSION (5, 1)

/* As many times may a guest grow. */
#define SLOTS 16

gboolean
bv_memory_device_is_dimm (const BvConfig *config, const BvHostFacts *facts)
{
  return !bv_config_get_boolean (config, "hypervisor", "virtio-mem") ||
         (facts->libvirt_version != 0 && facts->libvirt_version < LIBVIRT) ||
         (facts->hypervisor_version != 0 && facts->hypervisor_version < QEMU);
}

void
bv_memory_device_add_slots (GVirConfigDomain *domain)
{
  BvXml *limit = bv_xml_find (bv_xml_of (GVIR_CONFIG_OBJECT (domain)), "maxMemory");

  if (limit != NULL)
    bv_xml_set_uint (limit, "slots", SLOTS);
}
