/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "network/bv-passt-interface.h"

#include "network/bv-publication.h"

#define MESH_ANNOTATION "sidecar.istio.io/inject"

/* What a service mesh's proxy listens on beside the guest, which must not get there. */
static const guint mesh_ports[] = {
  15000, 15001, 15004, 15006, 15008, 15009, 15020, 15021, 15053, 15090,
};

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

/* Adds a range of one port to FORWARD, which is made with the first. */
static BvXml *
add_port (BvXml *node, BvXml **forward, const char *protocol, guint port)
{
  BvXml *range;

  if (*forward == NULL)
    {
      *forward = bv_xml_add (node, "portForward");
      bv_xml_set (*forward, "proto", protocol);
    }
  range = bv_xml_add (*forward, "range");
  bv_xml_set_uint (range, "start", port);
  return range;
}

/* Whether a service mesh takes the guest's TCP connections. */
static gboolean
has_mesh (const BvApiObjectMeta *metadata)
{
  const char *value =
      bv_string_map_get (metadata->annotations, metadata->n_annotations, MESH_ANNOTATION);

  return value != NULL && g_ascii_strcasecmp (value, "true") == 0;
}

/* Forwards the ports that the interface names for PROTOCOL; whether there are any. */
static gboolean
add_forward (const BvApiInterface *record, const char *protocol, gboolean mesh, BvXml *node)
{
  BvXml *forward = NULL;

  for (gsize i = 0; mesh && i < G_N_ELEMENTS (mesh_ports); i++)
    bv_xml_set_yes (add_port (node, &forward, protocol, mesh_ports[i]), "exclude", TRUE);
  for (guint i = 0; i < record->n_ports; i++)
    if (bv_port_is_of (record->ports[i]->protocol, protocol))
      add_port (node, &forward, protocol, (guint)record->ports[i]->port);
  return forward != NULL;
}

/* passt forwards nothing by itself: either the ports that the interface names, or all. */
static void
fill (const BvApiInterface *record, const BvApiObjectMeta *metadata, const BvAttachment *attachment,
      BvXml *node)
{
  gboolean tcp, udp;

  if (!g_str_equal (attachment->name, "passt"))
    return;
  tcp = add_forward (record, "tcp", has_mesh (metadata), node);
  udp = add_forward (record, "udp", FALSE, node);
  if (tcp || udp)
    return;
  bv_xml_set (bv_xml_add (node, "portForward"), "proto", "tcp");
  bv_xml_set (bv_xml_add (node, "portForward"), "proto", "udp");
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
