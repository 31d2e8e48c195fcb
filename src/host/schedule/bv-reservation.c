/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/schedule/bv-reservation.h"

#include "host/machine/bv-cpu-list.h"

static void
device_free (gpointer data)
{
  BvReservedDevice *device = data;

  g_free (device->name);
  g_free (device->node);
  g_free (device->kind);
  g_free (device->address);
  g_free (device);
}

BvReservation *
bv_reservation_new (void)
{
  BvReservation *self = g_new0 (BvReservation, 1);

  self->cpus = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->pages = g_array_new (FALSE, FALSE, sizeof (BvReservedPages));
  self->devices = g_ptr_array_new_with_free_func (device_free);
  return self;
}

void
bv_reservation_free (BvReservation *self)
{
  g_array_unref (self->cpus);
  g_array_unref (self->pages);
  g_ptr_array_unref (self->devices);
  g_free (self);
}

void
bv_reservation_add_device (BvReservation *self, const char *name, const char *node,
                           const char *kind, const char *address, int numa_cell)
{
  BvReservedDevice *device = g_new0 (BvReservedDevice, 1);

  device->name = g_strdup (name);
  device->node = g_strdup (node);
  device->kind = g_strdup (kind);
  device->address = g_strdup (address);
  device->numa_cell = numa_cell;
  g_ptr_array_add (self->devices, device);
}

BvReservation *
bv_reservation_copy (const BvReservation *self)
{
  BvReservation *copy = bv_reservation_new ();

  g_array_append_vals (copy->cpus, self->cpus->data, self->cpus->len);
  g_array_append_vals (copy->pages, self->pages->data, self->pages->len);
  for (guint i = 0; i < self->devices->len; i++)
    {
      const BvReservedDevice *device = g_ptr_array_index (self->devices, i);

      bv_reservation_add_device (copy, device->name, device->node, device->kind, device->address,
                                 device->numa_cell);
    }
  copy->n_cpus = self->n_cpus;
  copy->cpu_millis = self->cpu_millis;
  copy->memory = self->memory;
  copy->vsock_cid = self->vsock_cid;
  copy->settled = self->settled;
  return copy;
}

const BvReservedDevice *
bv_reservation_find_device (const BvReservation *self, const char *name)
{
  for (guint i = 0; i < self->devices->len; i++)
    {
      const BvReservedDevice *device = g_ptr_array_index (self->devices, i);

      if (g_strcmp0 (device->name, name) == 0)
        return device;
    }
  return NULL;
}

void
bv_reservation_remove_device (BvReservation *self, const char *name)
{
  for (guint i = self->devices->len; i > 0; i--)
    {
      const BvReservedDevice *device = g_ptr_array_index (self->devices, i - 1);

      if (g_strcmp0 (device->name, name) == 0)
        g_ptr_array_remove_index (self->devices, i - 1);
    }
}

static int
compare_cpus (gconstpointer a, gconstpointer b)
{
  const guint32 *left = a;
  const guint32 *right = b;

  return *left < *right ? -1 : *left > *right;
}

static void
add_cpus (const BvReservation *self, GVariantDict *dict)
{
  g_autoptr (GArray) cpus = g_array_copy (self->cpus);
  g_autofree char *text = NULL;

  if (cpus->len == 0)
    return;
  g_array_sort (cpus, compare_cpus);
  text = bv_cpu_list_to_string (cpus);
  g_variant_dict_insert (dict, "cpus", "s", text);
}

GVariant *
bv_reservation_to_variant (const BvReservation *self)
{
  GVariantDict dict;
  GVariantBuilder devices;

  g_variant_dict_init (&dict, NULL);
  if (self == NULL)
    return g_variant_dict_end (&dict);
  g_variant_dict_insert (&dict, "memory", "t", self->memory);
  add_cpus (self, &dict);
  if (self->vsock_cid != 0)
    g_variant_dict_insert (&dict, "vsockCid", "u", self->vsock_cid);
  if (self->devices->len == 0)
    return g_variant_dict_end (&dict);
  g_variant_builder_init (&devices, G_VARIANT_TYPE ("a{ss}"));
  for (guint i = 0; i < self->devices->len; i++)
    {
      const BvReservedDevice *device = g_ptr_array_index (self->devices, i);

      g_variant_builder_add (&devices, "{ss}", device->name, device->node);
    }
  g_variant_dict_insert_value (&dict, "devices", g_variant_builder_end (&devices));
  return g_variant_dict_end (&dict);
}

gboolean
bv_reservation_is_exclusive (const BvReservation *self)
{
  return self->cpus->len > 0 || self->pages->len > 0 || self->devices->len > 0 ||
         self->vsock_cid != 0;
}
