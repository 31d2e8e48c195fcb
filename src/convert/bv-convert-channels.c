/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-conversion.h"

#include "convert/bv-device-xml.h"

#define AGENT_CHANNEL "org.qemu.guest_agent.0"
#define METRICS_CHANNEL "org.github.vhostmd.1"

/* KubeVirt's, for facts that name none. */
#define METRICS_SOCKET "/var/run/kubevirt-private/downwardmetrics-channel/downwardmetrics.sock"

/* Without SOCKET libvirt picks the path. */
static void
add_channel (BvConversion *self, const char *name, const char *socket)
{
  BvXml *channel = bv_xml_add (self->devices, "channel");
  BvXml *target;

  bv_xml_set (channel, "type", "unix");
  if (socket != NULL)
    bv_device_xml_add_socket (channel, socket);
  target = bv_xml_add (channel, "target");
  bv_xml_set (target, "type", "virtio");
  bv_xml_set (target, "name", name);
}

/* Serial ports by which programs of the guest talk to the host: always the guest agent's. */
gboolean
bv_convert_channels (BvConversion *self, GError **error)
{
  const char *socket = self->facts->downward_metrics_socket;

  add_channel (self, AGENT_CHANNEL, NULL);
  if (self->device_spec->downward_metrics != NULL)
    add_channel (self, METRICS_CHANNEL, socket != NULL ? socket : METRICS_SOCKET);
  return TRUE;
}
