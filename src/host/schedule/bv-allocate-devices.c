/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/schedule/bv-allocation.h"

#include <glib/gi18n-lib.h>

#define PCI_DRIVER "vfio-pci"

static gboolean
has_node (const BvReservation *reservation, const BvNodeDevice *device)
{
  for (guint i = 0; i < reservation->devices->len; i++)
    {
      const BvReservedDevice *other = g_ptr_array_index (reservation->devices, i);

      /* The same device may come back under another name, a stick that is plugged in again. */
      if (g_str_equal (other->kind, device->kind) && g_str_equal (other->address, device->address))
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_taken (GPtrArray *taken, const BvReservation *reservation, const BvNodeDevice *device)
{
  for (guint i = 0; i < taken->len; i++)
    if (has_node (g_ptr_array_index (taken, i), device))
      return TRUE;
  return has_node (reservation, device);
}

/* Nobody but VFIO may hold a PCI device that goes to a guest; the host's owner sees to that, as the
 * owner of a cluster's node does. */
static gboolean
is_ready (const BvNodeDevice *device)
{
  return !g_str_equal (device->kind, "pci") || g_strcmp0 (device->driver, PCI_DRIVER) == 0;
}

static void
tell_lack (const BvAllocation *self, const char *name, const char *resource, guint n_matching,
           guint n_unready)
{
  if (n_matching == 0)
    bv_allocation_lack (self,
                        _ ("Its device %s needs a %s, and this host has none that fits the section "
                           "[host-device %s] of barevirt.conf."),
                        name, resource, resource);
  else if (n_unready == n_matching)
    bv_allocation_lack (self,
                        _ ("Its device %s needs a %s, and no such device of this host is bound to "
                           "the driver vfio-pci."),
                        name, resource);
  else
    bv_allocation_lack (
        self, _ ("Its device %s needs a %s, and all of this host's are in use by other guests."),
        name, resource);
}

static void
allocate (const BvAllocation *self, GPtrArray *taken, BvReservation *reservation, const char *name,
          const char *resource)
{
  const BvPermittedDevice *permitted = bv_config_find_device (self->config, resource);
  guint n_matching = 0, n_unready = 0;

  /* A guest that runs keeps what it has. */
  if (bv_reservation_find_device (reservation, name) != NULL)
    return;
  if (permitted == NULL)
    {
      bv_allocation_lack (self,
                          _ ("Its device %s needs a %s, which no section [host-device %s] of "
                             "barevirt.conf permits."),
                          name, resource, resource);
      return;
    }
  for (guint i = 0; i < self->node_devices->len; i++)
    {
      const BvNodeDevice *device = g_ptr_array_index (self->node_devices, i);

      if (!bv_permitted_device_matches (permitted, device, self->node_devices))
        continue;
      n_matching++;
      n_unready += !is_ready (device);
      if (!is_ready (device) || is_taken (taken, reservation, device))
        continue;
      bv_reservation_add_device (reservation, name, device->name, device->kind, device->address,
                                 device->numa_cell);
      return;
    }
  tell_lack (self, name, resource, n_matching, n_unready);
}

/* Virtual functions, in the order of the interfaces. */
static void
allocate_functions (const BvAllocation *self, GPtrArray *taken, BvReservation *reservation)
{
  for (guint i = 0;
       self->functions != NULL && self->devices != NULL && i < self->devices->n_interfaces; i++)
    {
      const char *name = self->devices->interfaces[i]->name;
      const char *resource = g_hash_table_lookup (self->functions, name);

      if (resource != NULL)
        allocate (self, taken, reservation, name, resource);
    }
}

/* Devices by a resource claim are for a cluster's drivers; the conversion refuses them by name. */
void
bv_allocate_devices (const BvAllocation *self, GPtrArray *taken, BvReservation *reservation)
{
  const BvApiDevices *devices = self->devices;

  for (guint i = 0; devices != NULL && i < devices->n_gpus; i++)
    if (devices->gpus[i]->device_name != NULL)
      allocate (self, taken, reservation, devices->gpus[i]->name, devices->gpus[i]->device_name);
  for (guint i = 0; devices != NULL && i < devices->n_host_devices; i++)
    if (devices->host_devices[i]->device_name != NULL)
      allocate (self, taken, reservation, devices->host_devices[i]->name,
                devices->host_devices[i]->device_name);
  allocate_functions (self, taken, reservation);
}
