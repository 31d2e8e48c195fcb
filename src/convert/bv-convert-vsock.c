/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-conversion.h"

/* The transitional model cannot be used: QEMU has vhost-vsock-pci as a modern device only. */
#define VSOCK_MODEL "virtio-non-transitional"

/* Only a running VMI has a context id, which is the facts' to tell. */
gboolean
bv_convert_vsock (BvConversion *self, GError **error)
{
  BvXml *vsock, *cid;

  if (!self->device_spec->autoattach_vsock || !bv_facts_context_has_vsock_cid (self->facts))
    return TRUE;
  vsock = bv_xml_add (self->devices, "vsock");
  bv_xml_set (vsock, "model", VSOCK_MODEL);
  cid = bv_xml_add (vsock, "cid");
  bv_xml_set_yes (cid, "auto", FALSE);
  bv_xml_set_uint (cid, "address", (guint64)self->facts->vsock_cid);
  return TRUE;
}
