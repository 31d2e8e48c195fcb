/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-device-xml.h"

#include "model/bv-error.h"

#include <glib/gi18n-lib.h>

/* libvirt keeps an alias of the user's only where it begins so. */
#define USER_PREFIX "ua-"

/* Names the device after the part of the manifest that it comes from; PREFIX keeps kinds apart. */
void
bv_device_xml_add_alias (BvXml *device, const char *prefix, const char *name)
{
  g_autofree char *alias = g_strconcat (USER_PREFIX, prefix, name, NULL);

  bv_xml_set (bv_xml_add (device, "alias"), "name", alias);
}

void
bv_device_xml_add_boot_order (BvXml *device, gint64 order)
{
  bv_xml_set_uint (bv_xml_add (device, "boot"), "order", (guint64)order);
}

/* Takes LENGTH hexadecimal digits and the separator after them; TO gets 0x and the digits. */
static const char *
take_hex (const char *text, gsize length, char separator, char *to)
{
  if (text == NULL)
    return NULL;
  to[0] = '0';
  to[1] = 'x';
  for (gsize i = 0; i < length; i++)
    {
      if (!g_ascii_isxdigit (text[i]))
        return NULL;
      to[i + 2] = text[i];
    }
  to[length + 2] = '\0';
  if (text[length] != separator)
    return NULL;
  return text + length + 1;
}

/* ADDRESS is DOMAIN:BUS:SLOT.FUNCTION, as lspci prints it. */
gboolean
bv_device_xml_add_pci_address (BvXml *device, const char *address, GError **error)
{
  char domain[8], bus[8], slot[8], function[8];
  const char *rest = address;
  BvXml *node;

  rest = take_hex (rest, 4, ':', domain);
  rest = take_hex (rest, 2, ':', bus);
  rest = take_hex (rest, 2, '.', slot);
  rest = take_hex (rest, 1, '\0', function);
  if (rest == NULL || function[2] > '7')
    {
      g_set_error (error, BV_ERROR, BV_ERROR_INVALID_MANIFEST,
                   _ ("“%s” is no PCI address; write it as in 0000:81:01.0."),
                   address != NULL ? address : "");
      return FALSE;
    }
  node = bv_xml_add (device, "address");
  bv_xml_set (node, "type", "pci");
  bv_xml_set (node, "domain", domain);
  bv_xml_set (node, "bus", bus);
  bv_xml_set (node, "slot", slot);
  bv_xml_set (node, "function", function);
  return TRUE;
}

/* The <source> of a character device whose socket QEMU makes. */
BvXml *
bv_device_xml_add_socket (BvXml *device, const char *path)
{
  BvXml *source = bv_xml_add (device, "source");

  bv_xml_set (source, "mode", "bind");
  bv_xml_set (source, "path", path);
  return source;
}
