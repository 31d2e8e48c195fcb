/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "daemon/bv-object-path.h"

#include <stdlib.h>
#include <systemd/sd-bus.h>

/* sd-bus allocates with malloc, which is what g_free frees. */
static char *
encode (const char *prefix, const char *part)
{
  char *path = NULL;

  if (sd_bus_path_encode (prefix, part, &path) < 0)
    g_error ("An object path cannot be made of %s", part);
  return path;
}

char *
bv_object_path_new (const char *kind, const char *namespace, const char *name)
{
  g_autofree char *lower = g_ascii_strdown (kind, -1);
  g_autofree char *first = encode (BV_ROOT_PATH, lower);
  g_autofree char *second = encode (first, namespace);

  return encode (second, name);
}

char *
bv_object_path_of (BvObject *object)
{
  return bv_object_path_new (bv_object_get_kind (object), bv_object_get_namespace (object),
                             bv_object_get_name (object));
}

/* Of what is below an object, such as a disk of a VMI. */
char *
bv_object_path_new_child (const char *parent, const char *group, const char *name)
{
  g_autofree char *folder = encode (parent, group);

  return encode (folder, name);
}

char *
bv_object_path_new_for_job (guint number)
{
  return g_strdup_printf (BV_ROOT_PATH "/job/%u", number);
}
