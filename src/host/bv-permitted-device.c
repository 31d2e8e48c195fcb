/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/bv-permitted-device.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "model/bv-error.h"

/* KubeVirt's fields, as barevirt.conf writes names. */
static const struct
{
  const char *key;
  const char *kind;
  gboolean is_id;
} selectors[] = {
  { "pci-vendor-selector", "pci", TRUE },
  { "usb-selector", "usb", TRUE },
  { "mdev-name-selector", "mdev", FALSE },
};

BvPermittedDevice *
bv_permitted_device_new (const char *resource)
{
  BvPermittedDevice *self = g_new0 (BvPermittedDevice, 1);

  self->resource = g_strdup (resource);
  return self;
}

void
bv_permitted_device_free (BvPermittedDevice *self)
{
  g_free (self->resource);
  g_free (self->selector);
  g_free (self);
}

/* Vendor and product: four hexadecimal digits each. */
static gboolean
is_id (const char *text)
{
  for (guint i = 0; i < 9; i++)
    if (i == 4 ? text[i] != ':' : !g_ascii_isxdigit (text[i]))
      return FALSE;
  return text[9] == '\0';
}

static gboolean
take (BvPermittedDevice *self, guint row, const char *value, GError **error)
{
  if (self->kind != NULL && !g_str_equal (self->kind, selectors[row].kind))
    g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT, _ ("one selector is enough"));
  else if (selectors[row].is_id && !is_id (value))
    g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                 _ ("%s wants a vendor and a product, as “10de:1eb8”"), selectors[row].key);
  else if (value[0] == '\0')
    g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT, _ ("%s wants a value"),
                 selectors[row].key);
  else
    {
      self->kind = selectors[row].kind;
      g_free (self->selector);
      self->selector = selectors[row].is_id ? g_ascii_strdown (value, -1)
                                            : g_strdelimit (g_strdup (value), " ", '_');
      return TRUE;
    }
  return FALSE;
}

gboolean
bv_permitted_device_set (BvPermittedDevice *self, const char *key, const char *value,
                         GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (selectors); i++)
    if (g_str_equal (selectors[i].key, key))
      return take (self, i, value, error);
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
               _ ("there is no setting %s; see barevirt.conf(5)"), key);
  return FALSE;
}

/* A mediated type may be given by its name, as KubeVirt does, or by its id. */
static gboolean
has_type (const BvPermittedDevice *self, const BvNodeDevice *device, GPtrArray *all)
{
  g_autofree char *name = bv_node_device_get_type_name (device, all);

  return g_strcmp0 (self->selector, name) == 0 || g_strcmp0 (self->selector, device->type) == 0;
}

gboolean
bv_permitted_device_matches (const BvPermittedDevice *self, const BvNodeDevice *device,
                             GPtrArray *all)
{
  if (g_strcmp0 (self->kind, device->kind) != 0)
    return FALSE;
  if (g_str_equal (device->kind, "mdev"))
    return has_type (self, device, all);
  return g_strcmp0 (self->selector, device->id) == 0;
}
