/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/live/bv-live-host-devices.h"

#include <string.h>

#include "admit/bv-policy-default.h"

static const char *
get_device_name (gconstpointer item)
{
  return ((const BvApiHostDevice *)item)->name;
}

static const char *
get_gpu_name (gconstpointer item)
{
  return ((const BvApiGPU *)item)->name;
}

/* Those of a resource claim are for a cluster's drivers. */
static gboolean
is_device_pluggable (gconstpointer item)
{
  return ((const BvApiHostDevice *)item)->claim_name == NULL;
}

/* QEMU neither plugs a display nor lets go of one. */
static gboolean
is_gpu_pluggable (gconstpointer item)
{
  const BvApiGPU *gpu = item;

  return gpu->claim_name == NULL &&
         (gpu->virtual_gpu_options == NULL || gpu->virtual_gpu_options->display == NULL);
}

const BvHostDeviceList bv_host_device_lists[BV_N_HOST_DEVICE_LISTS] = {
  { "hostdevice-", &bv_api_host_device_type, G_STRUCT_OFFSET (BvApiDevices, host_devices),
    G_STRUCT_OFFSET (BvApiDevices, n_host_devices), get_device_name, is_device_pluggable },
  { "gpu-", &bv_api_gpu_type, G_STRUCT_OFFSET (BvApiDevices, gpus),
    G_STRUCT_OFFSET (BvApiDevices, n_gpus), get_gpu_name, is_gpu_pluggable },
};

gpointer *
bv_host_device_list_get (const BvHostDeviceList *self, const BvApiDevices *devices, guint *n_items)
{
  *n_items = devices != NULL ? G_STRUCT_MEMBER (guint, devices, self->n_items) : 0;
  return devices != NULL ? G_STRUCT_MEMBER (gpointer *, devices, self->items) : NULL;
}

void
bv_host_device_list_set (const BvHostDeviceList *self, BvApiDevices *devices, gpointer *items,
                         guint n_items)
{
  G_STRUCT_MEMBER (gpointer *, devices, self->items) = items;
  G_STRUCT_MEMBER (guint, devices, self->n_items) = n_items;
}

static gpointer
find_by_name (const BvHostDeviceList *self, const BvApiDevices *devices, const char *name)
{
  guint n_items;
  gpointer *items = bv_host_device_list_get (self, devices, &n_items);

  for (guint i = 0; i < n_items; i++)
    if (g_strcmp0 (self->get_name (items[i]), name) == 0)
      return items[i];
  return NULL;
}

gconstpointer
bv_host_device_list_find (const BvHostDeviceList *self, const BvApiDevices *devices,
                          const char *alias)
{
  return g_str_has_prefix (alias, self->alias)
             ? find_by_name (self, devices, alias + strlen (self->alias))
             : NULL;
}

/* A template that is followed: devices come and go, and whatever else of one changes waits. */

static void
take_wanted (const BvLiveCarry *carry, const BvHostDeviceList *list, GPtrArray *items)
{
  guint n_items;
  gpointer *wanted = bv_host_device_list_get (list, carry->wanted->domain->devices, &n_items);

  for (guint i = 0; i < n_items; i++)
    {
      gpointer old = find_by_name (list, carry->spec->domain->devices, list->get_name (wanted[i]));

      if (old != NULL)
        g_ptr_array_add (items, old);
      else if (list->is_pluggable (wanted[i]))
        g_ptr_array_add (items, bv_record_copy (list->type, wanted[i], carry->arena));
    }
}

/* Those that are not wanted any more, and cannot go. */
static void
keep_lasting (const BvLiveCarry *carry, const BvHostDeviceList *list, GPtrArray *items)
{
  guint n_items;
  gpointer *old = bv_host_device_list_get (list, carry->spec->domain->devices, &n_items);

  for (guint i = 0; i < n_items; i++)
    if (!list->is_pluggable (old[i]) &&
        find_by_name (list, carry->wanted->domain->devices, list->get_name (old[i])) == NULL)
      g_ptr_array_add (items, old[i]);
}

static gboolean
carry_list (const BvLiveCarry *carry, const BvHostDeviceList *list)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new ();
  gpointer *copy, *old;
  guint n_old;

  take_wanted (carry, list, items);
  keep_lasting (carry, list, items);
  old = bv_host_device_list_get (list, carry->spec->domain->devices, &n_old);
  if (items->len == n_old &&
      (n_old == 0 || memcmp (items->pdata, old, n_old * sizeof (gpointer)) == 0))
    return FALSE;
  copy = bv_arena_alloc (carry->arena, MAX (items->len, 1) * sizeof (gpointer));
  if (items->len > 0)
    memcpy (copy, items->pdata, items->len * sizeof (gpointer));
  bv_host_device_list_set (list, carry->spec->domain->devices, copy, items->len);
  return TRUE;
}

static gboolean
has_devices (const BvApiVirtualMachineInstanceSpec *spec)
{
  return spec->domain != NULL && spec->domain->devices != NULL;
}

static gboolean
carry (const BvLiveCarry *carry)
{
  gboolean changed = FALSE;

  if (!has_devices (carry->spec) || !has_devices (carry->wanted) ||
      !bv_policy_is_live_update (carry->policy))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (bv_host_device_lists); i++)
    changed = carry_list (carry, &bv_host_device_lists[i]) || changed;
  return changed;
}

/* Whether the guest lacks one, or has one that is not reserved for it: the service before this one
 * was killed in between. */
static gboolean
lacks (const BvLiveView *view, const BvHostDeviceList *list)
{
  const BvReservation *reservation = view->status->reservation;
  guint n_items;
  gpointer *items = bv_host_device_list_get (list, view->spec->domain->devices, &n_items);

  for (guint i = 0; i < n_items; i++)
    {
      const char *name = list->get_name (items[i]);
      g_autofree char *alias = g_strconcat (list->alias, name, NULL);

      if (list->is_pluggable (items[i]) &&
          (!g_hash_table_contains (view->domain->host_devices, alias) || reservation == NULL ||
           bv_reservation_find_device (reservation, name) == NULL))
        return TRUE;
    }
  return FALSE;
}

static gboolean
has_more (const BvLiveView *view, const BvHostDeviceList *list)
{
  GHashTableIter iter;
  gpointer alias;

  g_hash_table_iter_init (&iter, view->domain->host_devices);
  while (g_hash_table_iter_next (&iter, &alias, NULL))
    if (g_str_has_prefix (alias, list->alias) &&
        bv_host_device_list_find (list, view->spec->domain->devices, alias) == NULL)
      return TRUE;
  return FALSE;
}

static gboolean
is_wanted (const BvLiveView *view)
{
  for (guint i = 0; has_devices (view->spec) && i < G_N_ELEMENTS (bv_host_device_lists); i++)
    if (lacks (view, &bv_host_device_lists[i]) || has_more (view, &bv_host_device_lists[i]))
      return TRUE;
  return FALSE;
}

const BvLiveUpdater bv_live_host_devices = {
  .name = "host devices",
  .carry = carry,
  .is_wanted = is_wanted,
  .apply = bv_live_host_devices_apply,
};
