/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-conversion.h"

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
