/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "daemon/bv-property-cache.h"

#define PROPERTIES_INTERFACE "org.freedesktop.DBus.Properties"

typedef struct
{
  const char *path;
  const char *interface;
  GDBusInterfaceSkeleton *skeleton; /* has the texts above */
  GVariant *properties;
} Entry;

struct _BvPropertyCache
{
  GMutex mutex;
  GHashTable *entries; /* a set of Entry */
};

static guint
entry_hash (gconstpointer key)
{
  const Entry *entry = key;

  return g_str_hash (entry->path) * 31 + g_str_hash (entry->interface);
}

static gboolean
entry_equal (gconstpointer a, gconstpointer b)
{
  const Entry *one = a;
  const Entry *other = b;

  return g_str_equal (one->path, other->path) && g_str_equal (one->interface, other->interface);
}

static void
entry_free (Entry *entry)
{
  g_object_unref (entry->skeleton);
  g_variant_unref (entry->properties);
  g_free (entry);
}

BvPropertyCache *
bv_property_cache_new (void)
{
  BvPropertyCache *self = g_atomic_rc_box_new0 (BvPropertyCache);

  g_mutex_init (&self->mutex);
  self->entries = g_hash_table_new_full (entry_hash, entry_equal, (GDestroyNotify)entry_free, NULL);
  return self;
}

BvPropertyCache *
bv_property_cache_ref (BvPropertyCache *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear (gpointer data)
{
  BvPropertyCache *self = data;

  g_hash_table_unref (self->entries);
  g_mutex_clear (&self->mutex);
}

void
bv_property_cache_unref (BvPropertyCache *self)
{
  g_atomic_rc_box_release_full (self, clear);
}

/* In one piece: as a tree of GVariants it would take many times the room. */
static void
flatten (GVariant *value)
{
  if (g_variant_is_container (value))
    g_variant_get_data (value);
}

/* Each value is flattened, too: INTERFACE keeps them. */
static GVariant *
read_properties (GDBusInterfaceSkeleton *interface)
{
  GVariant *properties = g_variant_take_ref (g_dbus_interface_skeleton_get_properties (interface));
  const gsize n = g_variant_n_children (properties);

  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) property = g_variant_get_child_value (properties, i);
      g_autoptr (GVariant) boxed = g_variant_get_child_value (property, 1);
      g_autoptr (GVariant) value = g_variant_get_variant (boxed);

      flatten (value);
    }
  flatten (properties);
  return properties;
}

static Entry
make_key (GDBusInterfaceSkeleton *interface)
{
  return (Entry){
    .path = g_dbus_interface_skeleton_get_object_path (interface),
    .interface = g_dbus_interface_skeleton_get_info (interface)->name,
  };
}

/* INTERFACE is exported, and stays so until it is removed from here. */
void
bv_property_cache_add (BvPropertyCache *self, GDBusInterfaceSkeleton *interface)
{
  Entry *entry = g_new0 (Entry, 1);

  *entry = make_key (interface);
  entry->skeleton = g_object_ref (interface);
  entry->properties = read_properties (interface);
  g_mutex_lock (&self->mutex);
  g_hash_table_add (self->entries, entry);
  g_mutex_unlock (&self->mutex);
}

void
bv_property_cache_remove (BvPropertyCache *self, GDBusInterfaceSkeleton *interface)
{
  Entry key = make_key (interface);

  g_mutex_lock (&self->mutex);
  g_hash_table_remove (self->entries, &key);
  g_mutex_unlock (&self->mutex);
}

/* Tells what has changed. Nobody reads meanwhile: who sees the new value has got the signal. */
void
bv_property_cache_flush (BvPropertyCache *self, GDBusInterfaceSkeleton *interface)
{
  Entry key = make_key (interface);
  Entry *entry = key.path != NULL ? g_hash_table_lookup (self->entries, &key) : NULL;
  g_autoptr (GVariant) old = NULL;
  g_autoptr (GVariant) properties = NULL;

  if (entry == NULL)
    {
      g_dbus_interface_skeleton_flush (interface);
      return;
    }
  properties = read_properties (interface);
  g_mutex_lock (&self->mutex);
  g_dbus_interface_skeleton_flush (interface);
  old = g_steal_pointer (&entry->properties);
  entry->properties = g_steal_pointer (&properties);
  g_mutex_unlock (&self->mutex);
}

/**
 * bv_property_cache_get:
 * @self: the properties
 * @interface: an interface that was added
 *
 * Returns: (transfer none): its properties
 */
GVariant *
bv_property_cache_get (BvPropertyCache *self, GDBusInterfaceSkeleton *interface)
{
  Entry key = make_key (interface);
  const Entry *entry = g_hash_table_lookup (self->entries, &key);

  g_return_val_if_fail (entry != NULL, NULL);
  return entry->properties;
}

/* From here on in the thread of GDBus. */

static GVariant *
find_properties (BvPropertyCache *self, const char *path, const char *interface)
{
  const Entry key = { .path = path, .interface = interface };
  const Entry *entry = g_hash_table_lookup (self->entries, &key);

  return entry != NULL ? entry->properties : NULL;
}

/* NULL for what is not known here: GDBus has the error for it. */
static GVariant *
make_answer (BvPropertyCache *self, GDBusMessage *message)
{
  const char *path = g_dbus_message_get_path (message);
  const char *member = g_dbus_message_get_member (message);
  GVariant *arguments = g_dbus_message_get_body (message);
  g_autoptr (GVariant) value = NULL;
  GVariant *properties;
  const char *interface, *name;

  if (g_str_equal (member, "GetAll") && g_variant_is_of_type (arguments, G_VARIANT_TYPE ("(s)")))
    {
      g_variant_get (arguments, "(&s)", &interface);
      properties = find_properties (self, path, interface);
      return properties != NULL ? g_variant_new ("(@a{sv})", properties) : NULL;
    }
  if (!g_str_equal (member, "Get") || !g_variant_is_of_type (arguments, G_VARIANT_TYPE ("(ss)")))
    return NULL;
  g_variant_get (arguments, "(&s&s)", &interface, &name);
  properties = find_properties (self, path, interface);
  value = properties != NULL ? g_variant_lookup_value (properties, name, NULL) : NULL;
  return value != NULL ? g_variant_new ("(v)", value) : NULL;
}

static gboolean
is_read (GDBusMessage *message)
{
  return g_dbus_message_get_message_type (message) == G_DBUS_MESSAGE_TYPE_METHOD_CALL &&
         g_strcmp0 (g_dbus_message_get_interface (message), PROPERTIES_INTERFACE) == 0 &&
         g_dbus_message_get_body (message) != NULL &&
         (g_dbus_message_get_flags (message) & G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED) == 0;
}

/* Nothing is told meanwhile: an answer that came after a newer signal would bring the old back. */
static gboolean
answer (BvPropertyCache *self, GDBusConnection *connection, GDBusMessage *message)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  g_autoptr (GDBusMessage) reply = NULL;
  GVariant *body = make_answer (self, message);

  if (body == NULL)
    return FALSE;
  reply = g_dbus_message_new_method_reply (message);
  g_dbus_message_set_body (reply, body);
  /* It fails where the connection is closed: then nobody waits. */
  g_dbus_connection_send_message (connection, reply, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
  return TRUE;
}

static GDBusMessage *
filter (GDBusConnection *connection, GDBusMessage *message, gboolean incoming, gpointer user_data)
{
  if (!incoming || !is_read (message) || !answer (user_data, connection, message))
    return message;
  g_object_unref (message);
  return NULL;
}

/* Answers reads on CONNECTION until the filter that is returned is removed. */
guint
bv_property_cache_answer (BvPropertyCache *self, GDBusConnection *connection)
{
  return g_dbus_connection_add_filter (connection, filter, bv_property_cache_ref (self),
                                       (GDestroyNotify)bv_property_cache_unref);
}
