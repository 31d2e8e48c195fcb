/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-conversion.h"

#include "convert/bv-device-xml.h"

#define SERIAL_SOCKET "virt-serial0"
#define SERIAL_LOG "virt-serial0-log"

/* The facts know the host's settings too; without them the manifest decides. */
static gboolean
wants_log (BvConversion *self)
{
  if (bv_facts_context_has_serial_console_log (self->facts))
    return self->facts->serial_console_log;
  return !bv_api_devices_has_log_serial_console (self->device_spec) ||
         self->device_spec->log_serial_console;
}

static void
add_serial (BvConversion *self)
{
  BvXml *serial = bv_xml_add (self->devices, "serial");
  BvXml *log;

  bv_xml_set (serial, "type", "unix");
  bv_device_xml_add_socket (serial, bv_conversion_get_runtime_path (self, SERIAL_SOCKET));
  bv_xml_set_uint (bv_xml_add (serial, "target"), "port", 0);
  if (!wants_log (self))
    return;
  log = bv_xml_add (serial, "log");
  bv_xml_set (log, "file", bv_conversion_get_runtime_path (self, SERIAL_LOG));
  bv_xml_set_on (log, "append", TRUE);
}

/* The guest's console: a serial port behind a socket in the VMI's folder. */
gboolean
bv_convert_console (BvConversion *self, GError **error)
{
  const BvApiDevices *devices = self->device_spec;
  BvXml *console, *target;

  if (bv_api_devices_has_autoattach_serial_console (devices) && !devices->autoattach_serial_console)
    return TRUE;
  add_serial (self);
  console = bv_xml_add (self->devices, "console");
  bv_xml_set (console, "type", "pty");
  target = bv_xml_add (console, "target");
  bv_xml_set (target, "type", "serial");
  bv_xml_set_uint (target, "port", 0);
  return TRUE;
}
