/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-conversion.h"

#include <glib/gi18n-lib.h>

#define VIRTIOFS_QUEUE_SIZE 1024

static gboolean
add_virtiofs (BvConversion *self, const char *name, GError **error)
{
  const BvFactsContext *facts = self->facts;
  const BvFactsVolume *volume = NULL;
  BvXml *filesystem, *driver;

  if (name != NULL)
    volume = bv_record_map_get (facts->volumes, facts->n_volumes, name);
  if (volume == NULL || volume->socket == NULL)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
                   _ ("The host's facts name no socket for the filesystem %s; give "
                      "“volumes.%s.socket”."),
                   name, name);
      return FALSE;
    }
  filesystem = bv_xml_add (self->devices, "filesystem");
  bv_xml_set (filesystem, "type", "mount");
  bv_xml_set (filesystem, "accessMode", "passthrough");
  driver = bv_xml_add (filesystem, "driver");
  bv_xml_set (driver, "type", "virtiofs");
  bv_xml_set_uint (driver, "queue", VIRTIOFS_QUEUE_SIZE);
  bv_xml_set (bv_xml_add (filesystem, "source"), "socket", volume->socket);
  bv_xml_set (bv_xml_add (filesystem, "target"), "dir", name);
  return TRUE;
}

/* Folders that a virtiofs daemon of the host shares with the guest. */
gboolean
bv_convert_filesystems (BvConversion *self, GError **error)
{
  for (guint i = 0; i < self->device_spec->n_filesystems; i++)
    {
      const BvApiFilesystem *record = self->device_spec->filesystems[i];

      if (record->virtiofs != NULL && !add_virtiofs (self, record->name, error))
        return FALSE;
    }
  return TRUE;
}
