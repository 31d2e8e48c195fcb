/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "adapt/bv-adapt.h"
#include "bv-autocleanups.h"
#include "convert/bv-conversion.h"
#include "host/bv-resolve-private.h"
#include "host/machine/bv-hugepages.h"
#include "model/bv-vmi-private.h"

#define SYS "/sys"

/* What of the host's devices is the guest's. */

static gpointer
list_devices (virConnectPtr connection, gpointer data, GCancellable *cancellable, GError **error)
{
  return bv_node_device_list (connection, error);
}

/* Only who may get one has to wait for the list. */
GPtrArray *
bv_resolve_list_node_devices (const BvVolumeWork *work, const BvApiDevices *devices,
                              guint n_functions, GError **error)
{
  gboolean wanted = devices != NULL &&
                    devices->n_gpus + devices->n_host_devices + n_functions > 0 &&
                    bv_config_has_devices (work->config);

  if (!wanted || work->libvirt == NULL)
    return g_ptr_array_ref (work->facts->node_devices);
  return bv_libvirt_caller_call (work->libvirt, list_devices, NULL, work->cancellable, error);
}

static void
add_device (BvResolver *self, const BvReservedDevice *device, gboolean default_display)
{
  json_builder_set_member_name (self->builder, device->name);
  json_builder_begin_object (self->builder);
  bv_resolver_add_string (self, "type", device->kind);
  if (g_str_equal (device->kind, "usb"))
    {
      g_auto (GStrv) parts = g_strsplit (device->address, ":", 2);

      bv_resolver_add_string (self, "bus", parts[0]);
      bv_resolver_add_string (self, "device", parts[1]);
    }
  else
    bv_resolver_add_string (self, "address", device->address);
  if (device->numa_cell >= 0)
    bv_resolver_add_uint (self, "numaNode", (guint64)device->numa_cell);
  if (default_display)
    bv_resolver_add_boolean (self, "defaultDisplay", TRUE);
  json_builder_end_object (self->builder);
}

static gboolean
has_display_options (const BvApiDevices *devices)
{
  for (guint i = 0; i < devices->n_gpus; i++)
    if (devices->gpus[i]->virtual_gpu_options != NULL &&
        devices->gpus[i]->virtual_gpu_options->display != NULL)
      return TRUE;
  return FALSE;
}

/* The first mediated GPU shows the display where none is told to. */
static void
add_gpus (BvResolver *self, const BvReservation *reservation, const BvApiDevices *devices)
{
  gboolean shown = has_display_options (devices);

  json_builder_set_member_name (self->builder, "gpus");
  json_builder_begin_object (self->builder);
  for (guint i = 0; i < devices->n_gpus; i++)
    {
      const BvReservedDevice *device =
          bv_reservation_find_device (reservation, devices->gpus[i]->name);
      gboolean mediated = device != NULL && g_str_equal (device->kind, "mdev");

      if (device != NULL)
        add_device (self, device, mediated && !shown);
      shown |= mediated;
    }
  json_builder_end_object (self->builder);
}

void
bv_resolver_add_devices (BvResolver *self, const BvReservation *reservation)
{
  const BvApiDevices *devices = self->spec->domain->devices;

  if (devices == NULL || reservation->devices->len == 0)
    return;
  add_gpus (self, reservation, devices);
  json_builder_set_member_name (self->builder, "hostDevices");
  json_builder_begin_object (self->builder);
  for (guint i = 0; i < devices->n_host_devices; i++)
    {
      const BvReservedDevice *device =
          bv_reservation_find_device (reservation, devices->host_devices[i]->name);

      if (device != NULL)
        add_device (self, device, FALSE);
    }
  json_builder_end_object (self->builder);
}

BvAllocation
bv_resolve_begin_allocation (const BvVolumeWork *work, const BvGuestNeeds *needs,
                             const BvApiDevices *devices)
{
  return (BvAllocation){
    .name = bv_object_get_name (BV_OBJECT (work->vmi)),
    .uid = work->uid,
    .devices = devices,
    .needs = needs,
    .config = work->config,
    .facts = work->facts,
  };
}

/* A guest that runs, and gets more. */

static gboolean
allocate_more (GPtrArray *taken, BvReservation *reservation, gpointer data, GError **error)
{
  const BvAllocation *allocation = data;

  bv_allocation_grow (allocation, taken, reservation);
  return bv_allocation_check (allocation, error);
}

gboolean
bv_resolve_grow (const BvVolumeWork *work, const BvGuestNeeds *needs, const BvApiDevices *devices,
                 GError **error)
{
  g_autoptr (GPtrArray) lacks = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GArray) pages = bv_hugepages_read (SYS);
  g_autoptr (GHashTable) functions = devices != NULL ? bv_resolve_list_functions (work) : NULL;
  g_autoptr (GPtrArray) nodes = bv_resolve_list_node_devices (
      work, devices, devices != NULL ? devices->n_interfaces : 0, error);
  g_autoptr (BvReservation) reservation = NULL;
  BvAllocation allocation = bv_resolve_begin_allocation (work, needs, devices);

  allocation.pages = pages;
  allocation.functions = functions;
  allocation.node_devices = nodes;
  allocation.running = TRUE;
  allocation.lacks = lacks;
  if (nodes != NULL)
    reservation =
        bv_reservations_change (work->reservations, work->uid, allocate_more, &allocation, error);
  return reservation != NULL;
}

static gboolean
forget_device (GPtrArray *taken, BvReservation *reservation, gpointer data, GError **error)
{
  bv_reservation_remove_device (reservation, data);
  return TRUE;
}

void
bv_resolve_leave_device (const BvVolumeWork *work, const char *name)
{
  g_autoptr (BvReservation) left =
      bv_reservations_change (work->reservations, work->uid, forget_device, (gpointer)name, NULL);
}

/* A display cannot be plugged in, so that no GPU becomes one by default. */
static BvContext *
make_context (const BvVolumeWork *work, const char *list, const char *name, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  BvResolver resolver = { work, bv_vmi_get_record (work->vmi)->spec, builder, NULL };
  g_autoptr (BvReservation) reservation = bv_reservations_get (work->reservations, work->uid);
  const BvReservedDevice *device =
      reservation != NULL ? bv_reservation_find_device (reservation, name) : NULL;
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *json = NULL;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, list);
  json_builder_begin_object (builder);
  if (device != NULL)
    add_device (&resolver, device, FALSE);
  json_builder_end_object (builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  json = json_to_string (root, FALSE);
  return bv_context_new_from_json (json, error);
}

char *
bv_resolve_print_device (const BvVolumeWork *work, const BvApiDevices *devices, BvContext *context,
                         GError **error)
{
  const BvAdaptTarget target = { work->facts->libvirt_version, work->facts->hypervisor_version };
  g_autoptr (BvObject) part = bv_object_copy (BV_OBJECT (work->vmi));
  g_autoptr (GVirConfigDomain) domain = NULL;

  bv_vmi_get_record (BV_VMI (part))->spec->domain->devices =
      bv_record_copy (&bv_api_devices_type, devices, bv_object_get_arena (part));
  domain = bv_vmi_convert_host_devices (BV_VMI (part), context, error);
  if (domain == NULL || !bv_adapt_domain (domain, &target, NULL, error))
    return NULL;
  return bv_xml_to_text (
      bv_xml_find_path (bv_xml_of (GVIR_CONFIG_OBJECT (domain)), "devices/hostdev"));
}

char *
bv_resolve_device (const BvVolumeWork *work, const BvApiDevices *devices, GError **error)
{
  const char *name = devices->n_gpus > 0 ? devices->gpus[0]->name : devices->host_devices[0]->name;
  g_autoptr (BvContext) context =
      make_context (work, devices->n_gpus > 0 ? "gpus" : "hostDevices", name, error);

  return context != NULL ? bv_resolve_print_device (work, devices, context, error) : NULL;
}
