/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-conversion.h"

#define ENTROPY_SOURCE "/dev/urandom"

gboolean
bv_convert_rng (BvConversion *self, GError **error)
{
  BvXml *rng;

  if (self->device_spec->rng == NULL)
    return TRUE;
  rng = bv_xml_add (self->devices, "rng");
  bv_xml_set (rng, "model", self->virtio_model);
  bv_xml_set (bv_xml_add_text (rng, "backend", ENTROPY_SOURCE), "model", "random");
  if (self->iommu)
    bv_xml_set_on (bv_xml_add (rng, "driver"), "iommu", TRUE);
  return TRUE;
}
