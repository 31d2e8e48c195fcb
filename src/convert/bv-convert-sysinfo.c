/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-conversion.h"

static void
add_entry (BvXml *table, const char *name, const char *value)
{
  bv_xml_set (bv_xml_add_text (table, "entry", value), "name", name);
}

static void
add_system (BvConversion *self, BvXml *sysinfo)
{
  const BvApiFirmware *firmware = self->domain_spec->firmware;
  const BvFactsSmbios *smbios = self->facts->smbios;
  BvXml *table;

  if (firmware == NULL && smbios == NULL)
    return;
  table = bv_xml_add (sysinfo, "system");
  if (firmware != NULL)
    add_entry (table, "uuid", firmware->uuid);
  if (firmware != NULL && firmware->serial != NULL && firmware->serial[0] != '\0')
    add_entry (table, "serial", firmware->serial);
  if (smbios == NULL)
    return;
  add_entry (table, "manufacturer", smbios->manufacturer);
  add_entry (table, "family", smbios->family);
  add_entry (table, "product", smbios->product);
  add_entry (table, "sku", smbios->sku);
  add_entry (table, "version", smbios->version);
}

static void
add_chassis (BvXml *sysinfo, const BvApiChassis *chassis)
{
  BvXml *table;

  if (chassis == NULL)
    return;
  table = bv_xml_add (sysinfo, "chassis");
  add_entry (table, "manufacturer", chassis->manufacturer);
  add_entry (table, "version", chassis->version);
  add_entry (table, "serial", chassis->serial);
  add_entry (table, "asset", chassis->asset);
  add_entry (table, "sku", chassis->sku);
}

/* What the guest's firmware tables tell of the machine. */
gboolean
bv_convert_sysinfo (BvConversion *self, GError **error)
{
  BvXml *sysinfo = bv_xml_add (self->root, "sysinfo");

  bv_xml_set (sysinfo, "type", "smbios");
  add_system (self, sysinfo);
  add_chassis (sysinfo, self->domain_spec->chassis);
  return TRUE;
}
