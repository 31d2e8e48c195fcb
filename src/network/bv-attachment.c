/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "network/bv-attachment.h"

#include "model/bv-error.h"

#include <glib/gi18n-lib.h>

static void
add_mtu (BvXml *interface, const BvFactsNetwork *facts)
{
  if (facts->mtu > 0)
    bv_xml_set_uint (bv_xml_add (interface, "mtu"), "size", (guint64)facts->mtu);
}

/* A tap device that is there already, with its other end where it belongs. */
static gboolean
fill_tap (BvXml *interface, const BvFactsNetwork *facts, GError **error)
{
  BvXml *target;

  if (facts == NULL)
    return TRUE;
  add_mtu (interface, facts);
  if (facts->target == NULL)
    return TRUE;
  target = bv_xml_add (interface, "target");
  bv_xml_set (target, "dev", facts->target);
  bv_xml_set_yes (target, "managed", FALSE);
  return TRUE;
}

static gboolean
fill_passt (BvXml *interface, const BvFactsNetwork *facts, GError **error)
{
  BvXml *backend = bv_xml_add (interface, "backend");

  bv_xml_set (backend, "type", "passt");
  if (facts == NULL)
    return TRUE;
  bv_xml_set (backend, "logFile", facts->log_file);
  if (facts->device != NULL)
    bv_xml_set (bv_xml_add (interface, "source"), "dev", facts->device);
  return TRUE;
}

/* A tap device that libvirt makes, and plugs into what KEY of <source> names. */
static gboolean
fill_managed_tap (BvXml *interface, const char *key, const char *value, const BvFactsNetwork *facts,
                  GError **error)
{
  if (value == NULL)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                   _ ("The facts about the host attach it by “%s”, but do not say to which."), key);
      return FALSE;
    }
  bv_xml_set (bv_xml_add (interface, "source"), key, value);
  add_mtu (interface, facts);
  if (facts->target != NULL)
    bv_xml_set (bv_xml_add (interface, "target"), "dev", facts->target);
  return TRUE;
}

static gboolean
fill_network (BvXml *interface, const BvFactsNetwork *facts, GError **error)
{
  return fill_managed_tap (interface, "network", facts->network, facts, error);
}

static gboolean
fill_bridge (BvXml *interface, const BvFactsNetwork *facts, GError **error)
{
  return fill_managed_tap (interface, "bridge", facts->bridge, facts, error);
}

/* A macvtap device, which libvirt makes on one of the host. */
static gboolean
fill_direct (BvXml *interface, const BvFactsNetwork *facts, GError **error)
{
  if (!fill_managed_tap (interface, "dev", facts->device, facts, error))
    return FALSE;
  bv_xml_set (bv_xml_find (interface, "source"), "mode", "bridge");
  return TRUE;
}

static const BvAttachment attachments[] = {
  { .name = "tap", .type = "ethernet", .tunable = TRUE, .fill = fill_tap },
  { .name = "passt", .type = "vhostuser", .fill = fill_passt },
  { .name = "network", .type = "network", .tunable = TRUE, .fill = fill_network },
  { .name = "bridge", .type = "bridge", .tunable = TRUE, .fill = fill_bridge },
  { .name = "direct", .type = "direct", .tunable = TRUE, .fill = fill_direct },
  { .name = "hostdev", .host_device = TRUE },
};

/* NULL where NAME is, or is no attachment's. */
const BvAttachment *
bv_attachment_find (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (attachments); i++)
    if (g_strcmp0 (attachments[i].name, name) == 0)
      return &attachments[i];
  return NULL;
}

/* Says what the interface is plugged into; FACTS may be NULL for tap and passt only. */
gboolean
bv_attachment_fill (const BvAttachment *self, BvXml *interface, const BvFactsNetwork *facts,
                    GError **error)
{
  return self->fill (interface, facts, error);
}
