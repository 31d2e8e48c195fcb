/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-conversion.h"

/* Devices by which the guest tells that it crashed; without a model libvirt picks the machine's. */
gboolean
bv_convert_panic (BvConversion *self, GError **error)
{
  for (guint i = 0; i < self->device_spec->n_panic_devices; i++)
    bv_xml_set (bv_xml_add (self->devices, "panic"), "model",
                self->device_spec->panic_devices[i]->model);
  return TRUE;
}
