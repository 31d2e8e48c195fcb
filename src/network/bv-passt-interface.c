/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "network/bv-passt-interface.h"

/* The guest shares the addresses of the host by passt, which needs no privileges. */
struct _BvPasstInterface
{
  BvInterface parent_instance;
};

G_DEFINE_FINAL_TYPE (BvPasstInterface, bv_passt_interface, BV_TYPE_INTERFACE)

static gboolean
matches (const BvApiInterface *record)
{
  return record->passt_binding != NULL;
}

static const char *const protocols[] = { "tcp", "udp" };

/* Whether connections of PROTOCOL to the host's PORT go to the guest; an interface that says no
 * protocol means tcp. */
static gboolean
is_of (const BvApiPort *port, const char *protocol)
{
  const char *wanted = port->protocol;

  if (wanted == NULL || wanted[0] == '\0')
    wanted = "tcp";
  return g_ascii_strcasecmp (wanted, protocol) == 0;
}

/* Forwards the ports that the interface names for PROTOCOL; whether there are any. */
static gboolean
add_forward (const BvApiInterface *record, const char *protocol, BvXml *node)
{
  BvXml *forward = NULL;

  for (guint i = 0; i < record->n_ports; i++)
    {
      if (!is_of (record->ports[i], protocol))
        continue;
      if (forward == NULL)
        {
          forward = bv_xml_add (node, "portForward");
          bv_xml_set (forward, "proto", protocol);
        }
      bv_xml_set_uint (bv_xml_add (forward, "range"), "start", (guint64)record->ports[i]->port);
    }
  return forward != NULL;
}

/* passt forwards nothing by itself: either the ports that the interface names, or all. */
static void
fill (const BvApiInterface *record, const BvAttachment *attachment, BvXml *node)
{
  gboolean any = FALSE;

  if (!g_str_equal (attachment->name, "passt"))
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (protocols); i++)
    any |= add_forward (record, protocols[i], node);
  if (any)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (protocols); i++)
    bv_xml_set (bv_xml_add (node, "portForward"), "proto", protocols[i]);
}

static gboolean
can_migrate (const BvApiInterface *record, const BvApiVirtualMachineInstance *vmi)
{
  return TRUE;
}

static void
bv_passt_interface_class_init (BvPasstInterfaceClass *class)
{
  BvInterfaceClass *interface_class = BV_INTERFACE_CLASS (class);

  interface_class->binding = "passtBinding";
  interface_class->attachment = "passt";
  interface_class->matches = matches;
  interface_class->fill = fill;
  interface_class->can_migrate = can_migrate;
}

static void
bv_passt_interface_init (BvPasstInterface *self)
{
}
