/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/live/bv-live-interfaces.h"

#include <glib/gi18n-lib.h>
#include <libvirt/libvirt.h>

#include "host/bv-libvirt-error.h"
#include "host/bv-resolve.h"
#include "host/network/bv-networks.h"
#include "model/bv-error.h"
#include "runtime/live/bv-live-asked.h"
#include "runtime/live/bv-live-room.h"

/* What libvirt is asked to do so that a guest gets, loses or changes its interfaces. */

#define ALIAS "ua-"
#define FUNCTION_ALIAS "ua-sriov-" /* of a virtual function */
#define LIVE_AND_CONFIG (VIR_DOMAIN_DEVICE_MODIFY_LIVE | VIR_DOMAIN_DEVICE_MODIFY_CONFIG)

/* The name in the manifest, or NULL for one that is not of it. */
static const char *
get_name (BvXml *interface)
{
  const char *prefix = bv_xml_is (interface, "interface") ? ALIAS
                       : bv_xml_is (interface, "hostdev") ? FUNCTION_ALIAS
                                                          : NULL;
  BvXml *alias = prefix != NULL ? bv_xml_find (interface, "alias") : NULL;
  const char *name = alias != NULL ? bv_xml_get (alias, "name") : NULL;

  return name != NULL && g_str_has_prefix (name, prefix) ? name + strlen (prefix) : NULL;
}

static BvXml *
get_first (BvLiveChange *self)
{
  BvXml *devices = bv_xml_find (self->domain, "devices");

  return devices != NULL ? bv_xml_first (devices) : NULL;
}

static BvXml *
find (BvLiveChange *self, const char *name)
{
  for (BvXml *node = get_first (self); node != NULL; node = bv_xml_next (node))
    if (g_strcmp0 (get_name (node), name) == 0)
      return node;
  return NULL;
}

static const char *
get_attribute (BvXml *interface, const char *element, const char *key)
{
  BvXml *child = bv_xml_find (interface, element);

  return child != NULL ? bv_xml_get (child, key) : NULL;
}

typedef int (*DeviceFunc) (virDomainPtr domain, const char *xml, unsigned int flags);

typedef struct
{
  DeviceFunc func;
  const char *xml;
  const char *failure;
} Device;

static gboolean
call_device (virDomainPtr domain, gpointer data, GError **error)
{
  const Device *device = data;

  if (device->func (domain, device->xml, LIVE_AND_CONFIG) == 0)
    return TRUE;
  bv_set_error_from_libvirt (error, "%s", device->failure);
  return FALSE;
}

static void G_GNUC_PRINTF (3, 4)
    tell (BvLiveChange *self, const char *reason, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  bv_live_change_tell (self, "Normal", reason, message);
}

/* Plugging in. */

static gboolean
attach (BvLiveChange *self, gconstpointer data, GError **error)
{
  const BvApiInterface *record = data;
  g_autofree char *failure =
      g_strdup_printf (_ ("The interface %s cannot be plugged in"), record->name);
  g_autofree char *xml = bv_resolve_interface (self->work, record->name, error);
  Device device = { virDomainAttachDeviceFlags, xml, failure };

  if (xml == NULL)
    return FALSE;
  if (!bv_live_change_call (self, call_device, &device, error))
    {
      bv_resolve_leave_network (self->work, record->name);
      return FALSE;
    }
  return TRUE;
}

/* A virtual function is a device of the host, of which no other guest has any use then. */
static gboolean
plug (BvLiveChange *self, const BvApiInterface *record, GError **error)
{
  BvApiInterface *interface = (BvApiInterface *)record;
  const BvApiDevices devices = { .interfaces = &interface, .n_interfaces = 1 };
  gboolean plugged = record->sriov != NULL
                         ? bv_live_room_run (self, &devices, attach, record, error)
                         : attach (self, record, error);

  if (!plugged)
    return FALSE;
  tell (self, "InterfacePlugged", _ ("The interface %s was plugged into the guest."), record->name);
  return bv_live_change_look_again (self, error);
}

/* Unplugging: libvirt waits for a while until the guest lets go of it. */

static gboolean
leave (BvLiveChange *self, const char *name, const char *tap, const char *mac, GError **error)
{
  tell (self, "InterfaceUnplugged", _ ("The interface %s was unplugged from the guest."), name);
  if (bv_live_find_interface (self->spec, name) != NULL)
    bv_resolve_leave_network (self->work, name);
  else if (tap != NULL && mac != NULL)
    return bv_networks_unplug (self->work->networks, self->work->libvirt, NULL, tap, mac, error);
  return TRUE;
}

static gboolean
unplug (BvLiveChange *self, const char *wanted, GError **error)
{
  BvXml *interface = find (self, wanted);
  g_autofree char *name = g_strdup (wanted);
  g_autofree char *alias = g_strdup (get_attribute (interface, "alias", "name"));
  g_autofree char *xml = bv_xml_to_text (interface);
  g_autofree char *tap = g_strdup (get_attribute (interface, "target", "dev"));
  g_autofree char *mac = g_strdup (get_attribute (interface, "mac", "address"));
  g_autofree char *failure = g_strdup_printf (_ ("The interface %s cannot be unplugged"), name);
  Device device = { virDomainDetachDeviceFlags, xml, failure };

  if (!bv_live_change_ask (self, alias, call_device, &device, error) ||
      !bv_live_change_look_again (self, error))
    return FALSE;
  if (find (self, name) == NULL)
    return leave (self, name, tap, mac, error);
  self->pending = TRUE;
  return TRUE;
}

/* The link. */

static gboolean
set_link (BvLiveChange *self, const BvApiInterface *record, GError **error)
{
  BvXml *interface = find (self, record->name);
  const char *state = g_strcmp0 (record->state, "down") == 0 ? "down" : "up";
  g_autofree char *failure =
      g_strdup_printf (_ ("The link of the interface %s cannot be set"), record->name);
  g_autofree char *xml = NULL;
  Device device = { virDomainUpdateDeviceFlags, NULL, failure };

  bv_xml_set (bv_xml_ensure (interface, "link"), "state", state);
  xml = bv_xml_to_text (interface);
  device.xml = xml;
  if (!bv_live_change_call (self, call_device, &device, error))
    return FALSE;
  tell (self, "LinkStateChanged", _ ("The link of the interface %s is %s now."), record->name,
        state);
  return bv_live_change_look_again (self, error);
}

static gboolean
do_step (BvLiveChange *self, const BvApiInterface *record, GError **error)
{
  BvXml *interface = find (self, record->name);
  const char *link = interface != NULL ? get_attribute (interface, "link", "state") : NULL;

  switch (bv_live_interface_get_step (self->spec, record, interface != NULL, link))
    {
    case BV_LIVE_INTERFACE_PLUG:
      return plug (self, record, error);
    case BV_LIVE_INTERFACE_UNPLUG:
      return unplug (self, record->name, error);
    case BV_LIVE_INTERFACE_LINK:
      return set_link (self, record, error);
    default:
      return TRUE;
    }
}

/* Each unplugging changes the list. */
static const char *
find_forgotten (BvLiveChange *self, GHashTable *tried)
{
  for (BvXml *node = get_first (self); node != NULL; node = bv_xml_next (node))
    {
      const char *name = get_name (node);

      if (name != NULL && bv_live_find_interface (self->spec, name) == NULL &&
          !g_hash_table_contains (tried, name))
        return name;
    }
  return NULL;
}

static gboolean
unplug_forgotten (BvLiveChange *self, GError **error)
{
  g_autoptr (GHashTable) tried = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  const char *name;

  while ((name = find_forgotten (self, tried)) != NULL)
    {
      g_hash_table_add (tried, g_strdup (name));
      if (!unplug (self, name, error))
        return FALSE;
    }
  return TRUE;
}

/* What one interface cannot do holds up none of the others. */
gboolean
bv_live_interfaces_apply (BvLiveChange *change, GError **error)
{
  const BvApiDevices *devices = change->spec->domain->devices;
  g_autoptr (GError) first = NULL;

  if (devices == NULL || !unplug_forgotten (change, error))
    return devices == NULL;
  for (guint i = 0; i < devices->n_interfaces; i++)
    do_step (change, devices->interfaces[i], first == NULL ? &first : NULL);
  if (first == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&first));
  return FALSE;
}
