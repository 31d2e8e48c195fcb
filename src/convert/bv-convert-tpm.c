/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-conversion.h"

/* An emulated TPM 2.0. One whose state outlives the VMI has the newer interface. */
gboolean
bv_convert_tpm (BvConversion *self, GError **error)
{
  const BvApiTPMDevice *record = self->device_spec->tpm;
  BvXml *tpm, *backend;

  if (record == NULL || (bv_api_tpm_device_has_enabled (record) && !record->enabled))
    return TRUE;
  tpm = bv_xml_add (self->devices, "tpm");
  bv_xml_set (tpm, "model", record->persistent ? "tpm-crb" : "tpm-tis");
  backend = bv_xml_add (tpm, "backend");
  bv_xml_set (backend, "type", "emulator");
  bv_xml_set (backend, "version", "2.0");
  if (record->persistent)
    bv_xml_set_yes (backend, "persistent_state", TRUE);
  return TRUE;
}
