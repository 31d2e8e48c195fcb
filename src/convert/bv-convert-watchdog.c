/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-conversion.h"

#include "convert/bv-device-xml.h"

#include <glib/gi18n-lib.h>

#define DEFAULT_ACTION "reset"

/* Which model a guest has depends on its architecture; arm64 has none. */
static gboolean
find_model (BvConversion *self, const BvApiWatchdog *watchdog, const char **model,
            const char **action)
{
  if (g_str_equal (self->arch->name, "amd64") && watchdog->i6300esb != NULL)
    {
      *model = "i6300esb";
      *action = watchdog->i6300esb->action;
      return TRUE;
    }
  if (g_str_equal (self->arch->name, "s390x") && watchdog->diag288 != NULL)
    {
      *model = "diag288";
      *action = watchdog->diag288->action;
      return TRUE;
    }
  return FALSE;
}

gboolean
bv_convert_watchdog (BvConversion *self, GError **error)
{
  const BvApiWatchdog *watchdog = self->device_spec->watchdog;
  const char *model, *action;
  BvXml *node;

  if (watchdog == NULL)
    return TRUE;
  if (!find_model (self, watchdog, &model, &action))
    {
      g_set_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED,
                   _ ("The watchdog %s of VMI %s cannot be made: it names no model that %s guests "
                      "have. Use i6300esb on amd64 or diag288 on s390x."),
                   watchdog->name, self->vmi->metadata->name, self->arch->name);
      return FALSE;
    }
  node = bv_xml_add (self->devices, "watchdog");
  bv_xml_set (node, "model", model);
  bv_xml_set (node, "action", action != NULL ? action : DEFAULT_ACTION);
  bv_device_xml_add_alias (node, "", watchdog->name);
  return TRUE;
}
