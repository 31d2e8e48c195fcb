/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-conversion.h"

#include "convert/bv-device-xml.h"

gboolean
bv_convert_sound (BvConversion *self, GError **error)
{
  const BvApiSoundDevice *sound = self->device_spec->sound;
  gboolean named;
  BvXml *node;

  if (sound == NULL)
    return TRUE;
  named = sound->model != NULL && sound->model[0] != '\0';
  node = bv_xml_add (self->devices, "sound");
  bv_xml_set (node, "model", named ? sound->model : "ich9");
  bv_device_xml_add_alias (node, "", sound->name);
  return TRUE;
}
