/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/domain/bv-domain-size.h"

#include "host/machine/bv-xml-document.h"

/* libvirt tells all sizes in KiB. */
static guint64
read_bytes (BvXml *parent, const char *name)
{
  const char *text = parent != NULL ? bv_xml_get_child_text (parent, name) : NULL;

  return text != NULL ? g_ascii_strtoull (text, NULL, 10) * 1024 : 0;
}

static void
read_vcpus (BvDomainSize *self, BvXml *domain)
{
  BvXml *vcpu = bv_xml_find (domain, "vcpu");

  if (vcpu == NULL)
    return;
  self->most_vcpus = (guint)g_ascii_strtoull (bv_xml_get_text (vcpu), NULL, 10);
  self->vcpus = (guint)bv_xml_get_uint (vcpu, "current", self->most_vcpus);
}

typedef struct
{
  guint64 most;  /* what they can be */
  guint64 taken; /* what the guest has of them */
  gboolean any_varies;
} Devices;

static Devices
read_devices (BvDomainSize *self, BvXml *domain)
{
  Devices all = { 0 };

  for (BvXml *memory = bv_xml_find_path (domain, "devices/memory"); memory != NULL;
       memory = bv_xml_next_same (memory))
    {
      BvXml *target = bv_xml_find (memory, "target");
      guint64 size = read_bytes (target, "size");
      gboolean varies = target != NULL && bv_xml_find (target, "requested") != NULL;

      all.most += size;
      all.taken += varies ? read_bytes (target, "current") : size;
      all.any_varies = all.any_varies || varies;
      self->guest_requested += varies ? read_bytes (target, "requested") : size;
      self->has_device = TRUE;
    }
  return all;
}

/* What libvirt calls the domain's memory counts a memory device as what it can be at most. What a
 * guest takes while it moves is missing in libvirt 9.0's sum of what it has, but not in its
 * devices. */
void
bv_domain_size_read (BvDomainSize *self, BvXml *domain)
{
  guint64 memory = read_bytes (domain, "memory");
  Devices devices;

  *self = (BvDomainSize){ 0 };
  read_vcpus (self, domain);
  devices = read_devices (self, domain);
  self->guest_at_boot = memory > devices.most ? memory - devices.most : 0;
  self->guest_requested += self->guest_at_boot;
  self->guest_current = devices.any_varies ? self->guest_at_boot + devices.taken
                                           : read_bytes (domain, "currentMemory");
}

gboolean
bv_domain_size_equal (const BvDomainSize *self, const BvDomainSize *other)
{
  return self->vcpus == other->vcpus && self->most_vcpus == other->most_vcpus &&
         self->guest_at_boot == other->guest_at_boot &&
         self->guest_requested == other->guest_requested &&
         self->guest_current == other->guest_current && self->has_device == other->has_device;
}
