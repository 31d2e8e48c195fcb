/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/live/bv-live-host-devices.h"

#include <glib/gi18n-lib.h>
#include <libvirt/libvirt.h>
#include <string.h>

#include "host/bv-libvirt-error.h"
#include "host/bv-resolve.h"
#include "runtime/live/bv-live-asked.h"
#include "runtime/live/bv-live-disk.h"
#include "runtime/live/bv-live-room.h"

/* What libvirt is asked to do so that a guest gets devices of the host, and lets go of them. A
 * device is reserved before it is plugged in, and given back once the guest has let go of it. */

/* What users' aliases begin with is left out; NULL for a device of another kind. */
static const char *
get_alias (BvXml *device)
{
  BvXml *alias = bv_xml_is (device, "hostdev") ? bv_xml_find (device, "alias") : NULL;
  const char *name = alias != NULL ? bv_xml_get (alias, "name") : NULL;

  return name != NULL && g_str_has_prefix (name, BV_LIVE_USER_ALIAS)
             ? name + strlen (BV_LIVE_USER_ALIAS)
             : NULL;
}

static BvXml *
find (BvLiveChange *self, const char *alias)
{
  BvXml *device = bv_xml_find_path (self->domain, "devices/hostdev");

  while (device != NULL && g_strcmp0 (get_alias (device), alias) != 0)
    device = bv_xml_next_same (device);
  return device;
}

static const BvHostDeviceList *
find_list (const char *alias)
{
  for (guint i = 0; i < G_N_ELEMENTS (bv_host_device_lists); i++)
    if (g_str_has_prefix (alias, bv_host_device_lists[i].alias))
      return &bv_host_device_lists[i];
  return NULL;
}

/* Plugging in. */

typedef struct
{
  const char *name;
  const BvApiDevices *devices;
} Plug;

typedef struct
{
  const char *name;
  const char *xml;
} Device;

static gboolean
call_attach (virDomainPtr domain, gpointer data, GError **error)
{
  const Device *device = data;

  if (virDomainAttachDeviceFlags (domain, device->xml, BV_LIVE_AND_CONFIG) == 0)
    return TRUE;
  return bv_set_error_from_libvirt (error, _ ("The host device %s cannot be plugged in"),
                                    device->name);
}

static gboolean
attach (BvLiveChange *self, gconstpointer data, GError **error)
{
  const Plug *plug = data;
  g_autofree char *xml = bv_resolve_device (self->work, plug->devices, error);
  Device device = { plug->name, xml };

  return xml != NULL && bv_live_change_call (self, call_attach, &device, error);
}

static gboolean
plug (BvLiveChange *self, const BvHostDeviceList *list, gpointer item, GError **error)
{
  BvApiDevices devices = { 0 };
  const Plug data = { list->get_name (item), &devices };
  g_autofree char *message = NULL;

  bv_host_device_list_set (list, &devices, &item, 1);
  if (!bv_live_room_run (self, &devices, attach, &data, error))
    return FALSE;
  message = g_strdup_printf (_ ("The host device %s was plugged into the guest."), data.name);
  bv_live_change_tell (self, "Normal", "HostDevicePlugged", message);
  return bv_live_change_look_again (self, error);
}

/* The guest has it since before the service knew. */

typedef struct
{
  const char *name;
  BvXml *device;
} Claim;

static guint
read_number (BvXml *address, const char *key)
{
  const char *text = bv_xml_get (address, key);

  return text != NULL ? (guint)g_ascii_strtoull (text, NULL, 0) : 0; /* libvirt writes 0x1f, too */
}

static char *
read_pci_address (BvXml *address)
{
  return g_strdup_printf ("%04x:%02x:%02x.%x", read_number (address, "domain"),
                          read_number (address, "bus"), read_number (address, "slot"),
                          read_number (address, "function"));
}

static char *
read_address (BvXml *device)
{
  const char *type = bv_xml_get (device, "type");
  BvXml *address = bv_xml_find_path (device, "source/address");

  if (address == NULL)
    return g_strdup ("");
  if (g_strcmp0 (type, "pci") == 0)
    return read_pci_address (address);
  if (g_strcmp0 (type, "mdev") == 0)
    return g_strdup (bv_xml_get (address, "uuid"));
  return g_strdup_printf ("%u:%u", read_number (address, "bus"), read_number (address, "device"));
}

static gboolean
claim_device (GPtrArray *taken, BvReservation *reservation, gpointer data, GError **error)
{
  const Claim *claim = data;
  g_autofree char *address = read_address (claim->device);

  if (bv_reservation_find_device (reservation, claim->name) == NULL)
    bv_reservation_add_device (reservation, claim->name, address,
                               bv_xml_get (claim->device, "type"), address, -1);
  return TRUE;
}

static gboolean
note_plugged (BvLiveChange *self, BvXml *device, const char *name, GError **error)
{
  Claim claim = { name, device };
  g_autoptr (BvReservation) reservation = bv_reservations_change (
      self->work->reservations, self->work->uid, claim_device, &claim, error);

  return reservation != NULL;
}

/* FALSE, whatever ERROR is. */
static gboolean
propagate (GError **error, GError **cause)
{
  g_propagate_error (error, g_steal_pointer (cause));
  return FALSE;
}

/* What one device cannot do holds up none of the others. */
static gboolean
plug_all (BvLiveChange *self, const BvHostDeviceList *list, GError **error)
{
  g_autoptr (GError) first = NULL;
  guint n_items;
  gpointer *items = bv_host_device_list_get (list, self->spec->domain->devices, &n_items);

  for (guint i = 0; i < n_items; i++)
    {
      const char *name = list->get_name (items[i]);
      g_autofree char *alias = g_strconcat (list->alias, name, NULL);
      BvXml *device = find (self, alias);
      GError **place = first == NULL ? &first : NULL;

      if (device != NULL)
        note_plugged (self, device, name, place);
      else if (list->is_pluggable (items[i]))
        plug (self, list, items[i], place);
    }
  return first == NULL || propagate (error, &first);
}

/* Unplugging: the guest has to let go. */

static gboolean
call_detach (virDomainPtr domain, gpointer data, GError **error)
{
  const Device *device = data;

  if (virDomainDetachDeviceFlags (domain, device->xml, BV_LIVE_AND_CONFIG) == 0 ||
      virDomainDetachDeviceFlags (domain, device->xml, VIR_DOMAIN_AFFECT_LIVE) == 0)
    return TRUE;
  return bv_set_error_from_libvirt (error, _ ("The host device %s cannot be unplugged"),
                                    device->name);
}

static gboolean
unplug (BvLiveChange *self, const char *wanted, GError **error)
{
  g_autofree char *alias = g_strdup (wanted);
  const char *name = alias + strlen (find_list (alias)->alias);
  g_autofree char *xml = bv_xml_to_text (find (self, alias));
  g_autofree char *message = NULL;
  Device device = { name, xml };

  if (!bv_live_change_ask (self, alias, call_detach, &device, error) ||
      !bv_live_change_look_again (self, error))
    return FALSE;
  if (find (self, alias) != NULL)
    {
      self->pending = TRUE;
      return TRUE;
    }
  bv_resolve_leave_device (self->work, name);
  message = g_strdup_printf (_ ("The host device %s was unplugged from the guest."), name);
  bv_live_change_tell (self, "Normal", "HostDeviceUnplugged", message);
  return TRUE;
}

/* Each unplugging changes the list. */
static const char *
find_superfluous (BvLiveChange *self, GHashTable *tried)
{
  for (BvXml *device = bv_xml_find_path (self->domain, "devices/hostdev"); device != NULL;
       device = bv_xml_next_same (device))
    {
      const char *alias = get_alias (device);
      const BvHostDeviceList *list = alias != NULL ? find_list (alias) : NULL;

      if (list != NULL && !g_hash_table_contains (tried, alias) &&
          bv_host_device_list_find (list, self->spec->domain->devices, alias) == NULL)
        return alias;
    }
  return NULL;
}

static gboolean
unplug_all (BvLiveChange *self, GError **error)
{
  g_autoptr (GError) first = NULL;
  g_autoptr (GHashTable) tried = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  const char *alias;

  while ((alias = find_superfluous (self, tried)) != NULL)
    {
      g_hash_table_add (tried, g_strdup (alias));
      unplug (self, alias, first == NULL ? &first : NULL);
    }
  return first == NULL || propagate (error, &first);
}

gboolean
bv_live_host_devices_apply (BvLiveChange *change, GError **error)
{
  gboolean success = unplug_all (change, error);

  for (guint i = 0; i < G_N_ELEMENTS (bv_host_device_lists); i++)
    success = plug_all (change, &bv_host_device_lists[i], success ? error : NULL) && success;
  return success;
}
