/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-conversion.h"

#include <glib/gi18n-lib.h>

#define METADATA_NAMESPACE "http://kubevirt.io"
#define QEMU_NAMESPACE "http://libvirt.org/schemas/domain/qemu/1.0"

/* The domain is called NAMESPACE_NAME, and says which VMI it is. */
gboolean
bv_convert_metadata (BvConversion *self, GError **error)
{
  const BvApiObjectMeta *metadata = self->vmi->metadata;
  const char *namespace = metadata->namespace != NULL ? metadata->namespace : "default";
  g_autofree char *name = g_strdup_printf ("%s_%s", namespace, metadata->name);
  BvXml *kubevirt;

  gvir_config_domain_set_name (self->domain, name);
  bv_xml_declare (self->root, "qemu", QEMU_NAMESPACE);
  kubevirt = bv_xml_add (bv_xml_add (self->root, "metadata"), "kubevirt");
  bv_xml_declare (kubevirt, NULL, METADATA_NAMESPACE);
  bv_xml_add_text (kubevirt, "uid", metadata->uid);
  return TRUE;
}

/* KVM where the host has it, else QEMU's own emulation where that is allowed. */
gboolean
bv_convert_hypervisor (BvConversion *self, GError **error)
{
  if (self->facts->hypervisor_device_available)
    {
      gvir_config_domain_set_virt_type (self->domain, GVIR_CONFIG_DOMAIN_VIRT_KVM);
      return TRUE;
    }
  if (!self->facts->allow_emulation)
    {
      g_set_error (
          error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
          _ ("VMI %s cannot run: this host has no usable KVM, and emulation is not allowed."),
          self->vmi->metadata->name);
      return FALSE;
    }
  gvir_config_domain_set_virt_type (self->domain, GVIR_CONFIG_DOMAIN_VIRT_QEMU);
  return TRUE;
}
