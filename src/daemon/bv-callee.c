/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "daemon/bv-callee.h"

G_DEFINE_INTERFACE (BvCallee, bv_callee, G_TYPE_DBUS_INTERFACE_SKELETON)

static void
bv_callee_default_init (BvCalleeInterface *iface)
{
}

static const BvMethod *
find_method (BvCallee *self, const char *name)
{
  const BvMethod *method = BV_CALLEE_GET_IFACE (self)->methods;

  while (method->name != NULL && !g_str_equal (method->name, name))
    method++;
  return method->name != NULL ? method : NULL;
}

static void
call_method (GDBusConnection *connection, const char *sender, const char *path,
             const char *interface, const char *name, GVariant *parameters,
             GDBusMethodInvocation *invocation, gpointer user_data)
{
  BvCallee *self = BV_CALLEE (user_data);
  const BvMethod *method = find_method (self, name);
  BvBus *bus = NULL;
  BvEntry *entry = NULL;

  if (method == NULL)
    {
      g_dbus_method_invocation_return_error (invocation, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD,
                                             "%s has no method %s.", interface, name);
      return;
    }
  BV_CALLEE_GET_IFACE (self)->get_target (self, &bus, &entry);
  bv_request_begin (bus, entry, invocation, method, self);
}

static GVariant *
get_property (GDBusConnection *connection, const char *sender, const char *path,
              const char *interface, const char *name, GError **error, gpointer user_data)
{
  g_autoptr (GVariant) all = g_dbus_interface_skeleton_get_properties (user_data);

  return g_variant_lookup_value (all, name, NULL);
}

GDBusInterfaceVTable *
bv_callee_get_vtable (GDBusInterfaceSkeleton *skeleton)
{
  static const GDBusInterfaceVTable vtable = { .method_call = call_method,
                                               .get_property = get_property };

  return (GDBusInterfaceVTable *)&vtable;
}
