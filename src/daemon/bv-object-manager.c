/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "daemon/bv-object-manager.h"

#include "daemon/bv-property-cache.h"

#define MANAGER_INTERFACE "org.freedesktop.DBus.ObjectManager"

static const char introspection[] =
    "<node>"
    "  <interface name='" MANAGER_INTERFACE "'>"
    "    <method name='GetManagedObjects'>"
    "      <arg name='objects' direction='out' type='a{oa{sa{sv}}}'/>"
    "    </method>"
    "    <signal name='InterfacesAdded'>"
    "      <arg name='object' type='o'/>"
    "      <arg name='interfaces' type='a{sa{sv}}'/>"
    "    </signal>"
    "    <signal name='InterfacesRemoved'>"
    "      <arg name='object' type='o'/>"
    "      <arg name='interfaces' type='as'/>"
    "    </signal>"
    "  </interface>"
    "</node>";

struct _BvObjectManager
{
  GObject parent_instance;

  char *path;
  GPtrArray *roots; /* of GDBusInterfaceSkeleton: those at the path itself, which are not listed */
  GDBusNodeInfo *node;
  GDBusConnection *connection; /* NULL at first */
  BvPropertyCache *cache;
  GHashTable *objects; /* path -> GDBusObjectSkeleton */
  GHashTable *touched; /* of GDBusInterfaceSkeleton, whose changes are not told yet */
  guint registration_id;
  guint filter_id;
  guint flush_id;
};

G_DEFINE_FINAL_TYPE (BvObjectManager, bv_object_manager, G_TYPE_OBJECT)

static void interface_added_cb (GDBusObject *object, GDBusInterface *interface,
                                BvObjectManager *self);
static void interface_removed_cb (GDBusObject *object, GDBusInterface *interface,
                                  BvObjectManager *self);
static void touch (GDBusInterfaceSkeleton *interface, GParamSpec *pspec, BvObjectManager *self);

static const char *
get_path (GDBusObjectSkeleton *object)
{
  return g_dbus_object_get_object_path (G_DBUS_OBJECT (object));
}

static const char *
get_name (GDBusInterfaceSkeleton *interface)
{
  return g_dbus_interface_skeleton_get_info (interface)->name;
}

static void
export_interface (BvObjectManager *self, const char *path, GDBusInterfaceSkeleton *interface)
{
  g_autoptr (GError) error = NULL;

  if (!g_dbus_interface_skeleton_export (interface, self->connection, path, &error))
    g_error ("%s of %s cannot be exported: %s", get_name (interface), path, error->message);
  bv_property_cache_add (self->cache, interface);
  g_signal_connect (interface, "notify", G_CALLBACK (touch), self);
}

static void
unexport_interface (BvObjectManager *self, GDBusInterfaceSkeleton *interface)
{
  g_signal_handlers_disconnect_by_func (interface, touch, self);
  g_hash_table_remove (self->touched, interface);
  bv_property_cache_remove (self->cache, interface);
  g_dbus_interface_skeleton_unexport (interface);
}

static void
export_object (BvObjectManager *self, GDBusObjectSkeleton *object)
{
  GList *interfaces = g_dbus_object_get_interfaces (G_DBUS_OBJECT (object));

  for (GList *i = interfaces; i != NULL; i = i->next)
    export_interface (self, get_path (object), i->data);
  g_list_free_full (interfaces, g_object_unref);
}

static void
unexport_object (BvObjectManager *self, GDBusObjectSkeleton *object)
{
  GList *interfaces = g_dbus_object_get_interfaces (G_DBUS_OBJECT (object));

  for (GList *i = interfaces; i != NULL; i = i->next)
    unexport_interface (self, i->data);
  g_list_free_full (interfaces, g_object_unref);
}

static void
forget (BvObjectManager *self, GDBusObjectSkeleton *object)
{
  g_signal_handlers_disconnect_by_func (object, interface_added_cb, self);
  g_signal_handlers_disconnect_by_func (object, interface_removed_cb, self);
  if (self->connection != NULL)
    unexport_object (self, object);
}

static void
bv_object_manager_dispose (GObject *object)
{
  BvObjectManager *self = BV_OBJECT_MANAGER (object);
  GHashTableIter iter;
  gpointer exported;

  g_hash_table_iter_init (&iter, self->objects);
  while (g_hash_table_iter_next (&iter, NULL, &exported))
    {
      forget (self, exported);
      g_hash_table_iter_remove (&iter);
    }
  if (self->connection != NULL)
    {
      for (guint i = 0; i < self->roots->len; i++)
        unexport_interface (self, g_ptr_array_index (self->roots, i));
      g_dbus_connection_remove_filter (self->connection, self->filter_id);
      g_dbus_connection_unregister_object (self->connection, self->registration_id);
    }
  g_clear_handle_id (&self->flush_id, g_source_remove);
  g_clear_object (&self->connection);
  G_OBJECT_CLASS (bv_object_manager_parent_class)->dispose (object);
}

static void
bv_object_manager_finalize (GObject *object)
{
  BvObjectManager *self = BV_OBJECT_MANAGER (object);

  g_hash_table_unref (self->objects);
  g_hash_table_unref (self->touched);
  bv_property_cache_unref (self->cache);
  g_dbus_node_info_unref (self->node);
  g_ptr_array_unref (self->roots);
  g_free (self->path);
  G_OBJECT_CLASS (bv_object_manager_parent_class)->finalize (object);
}

static void
bv_object_manager_class_init (BvObjectManagerClass *class)
{
  G_OBJECT_CLASS (class)->dispose = bv_object_manager_dispose;
  G_OBJECT_CLASS (class)->finalize = bv_object_manager_finalize;
}

static void
bv_object_manager_init (BvObjectManager *self)
{
  self->roots = g_ptr_array_new_with_free_func (g_object_unref);
  self->cache = bv_property_cache_new ();
  self->objects = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_object_unref);
  self->touched = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
  self->node = g_dbus_node_info_new_for_xml (introspection, NULL);
}

/**
 * bv_object_manager_new:
 * @path: where it is
 * @root: an interface that is there beside it
 *
 * Returns: (transfer full): a manager that is not on the bus yet
 */
BvObjectManager *
bv_object_manager_new (const char *path, GDBusInterfaceSkeleton *root)
{
  BvObjectManager *self = g_object_new (BV_TYPE_OBJECT_MANAGER, NULL);

  self->path = g_strdup (path);
  bv_object_manager_add_root (self, root);
  return self;
}

/* Another interface beside it; before it is on the bus. */
void
bv_object_manager_add_root (BvObjectManager *self, GDBusInterfaceSkeleton *root)
{
  g_ptr_array_add (self->roots, g_object_ref (root));
}

static GVariant *
make_interfaces (BvObjectManager *self, const GList *interfaces)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{sa{sv}}"));
  for (const GList *i = interfaces; i != NULL; i = i->next)
    g_variant_builder_add (&builder, "{s@a{sv}}", get_name (i->data),
                           bv_property_cache_get (self->cache, i->data));
  return g_variant_builder_end (&builder);
}

static GVariant *
make_object (BvObjectManager *self, GDBusObjectSkeleton *object)
{
  GList *interfaces = g_dbus_object_get_interfaces (G_DBUS_OBJECT (object));
  GVariant *result = make_interfaces (self, interfaces);

  g_list_free_full (interfaces, g_object_unref);
  return result;
}

static GVariant *
make_objects (BvObjectManager *self)
{
  GVariantBuilder builder;
  GHashTableIter iter;
  gpointer path, object;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{oa{sa{sv}}}"));
  g_hash_table_iter_init (&iter, self->objects);
  while (g_hash_table_iter_next (&iter, &path, &object))
    g_variant_builder_add (&builder, "{o@a{sa{sv}}}", path, make_object (self, object));
  return g_variant_new ("(a{oa{sa{sv}}})", &builder);
}

/* The one method: GetManagedObjects. */
static void
call (GDBusConnection *connection, const char *sender, const char *path, const char *interface,
      const char *method, GVariant *parameters, GDBusMethodInvocation *invocation,
      gpointer user_data)
{
  BvObjectManager *self = user_data;

  bv_object_manager_flush (self);
  g_dbus_method_invocation_return_value (invocation, make_objects (self));
}

static void
emit (BvObjectManager *self, const char *signal, GVariant *arguments)
{
  g_dbus_connection_emit_signal (self->connection, NULL, self->path, MANAGER_INTERFACE, signal,
                                 arguments, NULL);
}

static void
emit_removed (BvObjectManager *self, const char *path, const GList *interfaces)
{
  GVariantBuilder names;

  g_variant_builder_init (&names, G_VARIANT_TYPE ("as"));
  for (const GList *i = interfaces; i != NULL; i = i->next)
    g_variant_builder_add (&names, "s", get_name (i->data));
  emit (self, "InterfacesRemoved", g_variant_new ("(oas)", path, &names));
}

void
bv_object_manager_set_connection (BvObjectManager *self, GDBusConnection *connection)
{
  static const GDBusInterfaceVTable vtable = { .method_call = call };
  g_autoptr (GError) error = NULL;
  GHashTableIter iter;
  gpointer object;

  g_return_if_fail (self->connection == NULL);
  self->connection = g_object_ref (connection);
  self->registration_id = g_dbus_connection_register_object (
      connection, self->path, self->node->interfaces[0], &vtable, self, NULL, &error);
  if (self->registration_id == 0)
    g_error ("The object manager cannot be exported: %s", error->message);
  for (guint i = 0; i < self->roots->len; i++)
    export_interface (self, self->path, g_ptr_array_index (self->roots, i));
  g_hash_table_iter_init (&iter, self->objects);
  while (g_hash_table_iter_next (&iter, NULL, &object))
    export_object (self, object);
  self->filter_id = bv_property_cache_answer (self->cache, connection);
}

static void
interface_added_cb (GDBusObject *object, GDBusInterface *interface, BvObjectManager *self)
{
  const char *path = g_dbus_object_get_object_path (object);
  GList interfaces = { .data = interface };

  if (self->connection == NULL)
    return;
  export_interface (self, path, G_DBUS_INTERFACE_SKELETON (interface));
  emit (self, "InterfacesAdded",
        g_variant_new ("(o@a{sa{sv}})", path, make_interfaces (self, &interfaces)));
}

static void
interface_removed_cb (GDBusObject *object, GDBusInterface *interface, BvObjectManager *self)
{
  GList interfaces = { .data = interface };

  if (self->connection == NULL)
    return;
  unexport_interface (self, G_DBUS_INTERFACE_SKELETON (interface));
  emit_removed (self, g_dbus_object_get_object_path (object), &interfaces);
}

/* OBJECT has one interface at least. */
void
bv_object_manager_export (BvObjectManager *self, GDBusObjectSkeleton *object)
{
  g_hash_table_replace (self->objects, (gpointer)get_path (object), g_object_ref (object));
  g_signal_connect (object, "interface-added", G_CALLBACK (interface_added_cb), self);
  g_signal_connect (object, "interface-removed", G_CALLBACK (interface_removed_cb), self);
  if (self->connection == NULL)
    return;
  export_object (self, object);
  emit (self, "InterfacesAdded",
        g_variant_new ("(o@a{sa{sv}})", get_path (object), make_object (self, object)));
}

void
bv_object_manager_unexport (BvObjectManager *self, const char *path)
{
  GDBusObjectSkeleton *object = g_hash_table_lookup (self->objects, path);
  GList *interfaces;

  if (object == NULL)
    return;
  interfaces = g_dbus_object_get_interfaces (G_DBUS_OBJECT (object));
  forget (self, object);
  if (self->connection != NULL)
    emit_removed (self, path, interfaces);
  g_list_free_full (interfaces, g_object_unref);
  g_hash_table_remove (self->objects, path);
}

static gboolean
bv_object_manager_flush_cb (gpointer user_data)
{
  BvObjectManager *self = user_data;

  self->flush_id = 0;
  bv_object_manager_flush (self);
  return G_SOURCE_REMOVE;
}

/* Before the idle source in which the skeleton itself would tell the change. */
static void
touch (GDBusInterfaceSkeleton *interface, GParamSpec *pspec, BvObjectManager *self)
{
  g_hash_table_add (self->touched, g_object_ref (interface));
  if (self->flush_id == 0)
    self->flush_id = g_idle_add_full (G_PRIORITY_HIGH, bv_object_manager_flush_cb, self, NULL);
}

/* Tells all changes that are not told yet. */
void
bv_object_manager_flush (BvObjectManager *self)
{
  GHashTableIter iter;
  gpointer interface;

  g_clear_handle_id (&self->flush_id, g_source_remove);
  g_hash_table_iter_init (&iter, self->touched);
  while (g_hash_table_iter_next (&iter, &interface, NULL))
    bv_property_cache_flush (self->cache, interface);
  g_hash_table_remove_all (self->touched);
}
