/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "daemon/bv-bus.h"

#include "daemon/bv-export.h"
#include "daemon/bv-job-iface.h"
#include "daemon/bv-manager-iface.h"
#include "daemon/bv-receiver-iface.h"
#include "daemon/bv-object-manager.h"
#include "daemon/bv-object-path.h"

/* A job that is over is shown for a while, so that one who asked for it can see how it ended. */
#define JOB_LINGER_SECONDS 30

/* Of one caller, that wait for their answers. */
#define MAX_WAITING_CALLS 1000
#define MAX_WAITING_BYTES (64 * 1024 * 1024)

struct _BvBus
{
  GObject parent_instance;

  BvController *controller;
  BvAuthority *authority;
  BvCallerLimits *limits;
  BvCallOrder *order;
  BvObjectManager *objects;
  GHashTable *exports; /* BvEntry -> BvExport */
  GHashTable *jobs;    /* BvJob -> its path */
  guint last_job;
};

G_DEFINE_FINAL_TYPE (BvBus, bv_bus, G_TYPE_OBJECT)

static void
bv_bus_dispose (GObject *object)
{
  BvBus *self = BV_BUS (object);

  g_clear_pointer (&self->exports, g_hash_table_unref);
  g_clear_object (&self->objects);
  g_clear_object (&self->controller);
  g_clear_object (&self->authority);
  G_OBJECT_CLASS (bv_bus_parent_class)->dispose (object);
}

static void
bv_bus_finalize (GObject *object)
{
  BvBus *self = BV_BUS (object);

  g_clear_pointer (&self->jobs, g_hash_table_unref);
  g_clear_pointer (&self->limits, bv_caller_limits_free);
  g_clear_pointer (&self->order, bv_call_order_free);
  G_OBJECT_CLASS (bv_bus_parent_class)->finalize (object);
}

static void
bv_bus_class_init (BvBusClass *class)
{
  G_OBJECT_CLASS (class)->dispose = bv_bus_dispose;
  G_OBJECT_CLASS (class)->finalize = bv_bus_finalize;
}

static void
bv_bus_init (BvBus *self)
{
  self->limits = bv_caller_limits_new (MAX_WAITING_CALLS, MAX_WAITING_BYTES);
  self->order = bv_call_order_new ();
  self->exports = g_hash_table_new_full (NULL, NULL, g_object_unref, g_object_unref);
  self->jobs = g_hash_table_new_full (NULL, NULL, g_object_unref, g_free);
}

static void
added_cb (BvBus *self, BvEntry *entry)
{
  g_hash_table_insert (self->exports, g_object_ref (entry), bv_export_new (self, entry));
}

static void
removed_cb (BvBus *self, BvEntry *entry)
{
  BvExport *export = g_hash_table_lookup (self->exports, entry);

  bv_bus_flush (self);
  if (export != NULL)
    bv_export_withdraw (export);
  g_hash_table_remove (self->exports, entry);
}

static void
job_added_cb (BvBus *self, BvJob *job)
{
  bv_bus_export_job (self, job);
}

static void
export_stored (BvBus *self)
{
  g_autoptr (GPtrArray) entries = bv_registry_list (bv_controller_get_registry (self->controller));

  for (guint i = 0; i < entries->len; i++)
    added_cb (self, g_ptr_array_index (entries, i));
}

BvBus *
bv_bus_new (BvController *controller, BvAuthority *authority)
{
  BvBus *self = g_object_new (BV_TYPE_BUS, NULL);
  BvRegistry *registry = bv_controller_get_registry (controller);
  g_autoptr (GDBusInterfaceSkeleton) manager = NULL;
  g_autoptr (GDBusInterfaceSkeleton) receiver = NULL;

  self->controller = g_object_ref (controller);
  self->authority = g_object_ref (authority);
  manager = bv_manager_iface_new (self);
  receiver = bv_receiver_iface_new (self);
  self->objects = bv_object_manager_new (BV_ROOT_PATH, manager);
  bv_object_manager_add_root (self->objects, receiver);
  g_signal_connect_object (registry, "added", G_CALLBACK (added_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (registry, "removed", G_CALLBACK (removed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (controller, "job-added", G_CALLBACK (job_added_cb), self,
                           G_CONNECT_SWAPPED);
  export_stored (self);
  return self;
}

void
bv_bus_set_connection (BvBus *self, GDBusConnection *connection)
{
  bv_object_manager_set_connection (self->objects, connection);
}

BvController *
bv_bus_get_controller (BvBus *self)
{
  return self->controller;
}

BvAuthority *
bv_bus_get_authority (BvBus *self)
{
  return self->authority;
}

BvCallOrder *
bv_bus_get_order (BvBus *self)
{
  return self->order;
}

BvCallerLimits *
bv_bus_get_limits (BvBus *self)
{
  return self->limits;
}

void
bv_bus_export (BvBus *self, GDBusObjectSkeleton *object)
{
  bv_object_manager_export (self->objects, object);
}

void
bv_bus_unexport (BvBus *self, GDBusObjectSkeleton *object)
{
  bv_object_manager_unexport (self->objects,
                              g_dbus_object_get_object_path (G_DBUS_OBJECT (object)));
}

char *
bv_bus_get_entry_path (BvEntry *entry)
{
  return bv_object_path_of (bv_entry_get_object (entry));
}

/* Jobs. */

typedef struct
{
  BvBus *bus;
  BvJob *job;
} Linger;

static void
linger_free (Linger *self)
{
  g_object_unref (self->bus);
  g_object_unref (self->job);
  g_free (self);
}

static gboolean
bv_bus_withdraw_job_cb (gpointer user_data)
{
  const Linger *linger = user_data;
  const char *path = g_hash_table_lookup (linger->bus->jobs, linger->job);

  if (path != NULL && linger->bus->objects != NULL)
    bv_object_manager_unexport (linger->bus->objects, path);
  g_hash_table_remove (linger->bus->jobs, linger->job);
  return G_SOURCE_REMOVE;
}

static void
withdraw_later (BvBus *self, BvJob *job)
{
  Linger *linger = g_new0 (Linger, 1);

  linger->bus = g_object_ref (self);
  linger->job = g_object_ref (job);
  g_timeout_add_seconds_full (G_PRIORITY_DEFAULT, JOB_LINGER_SECONDS, bv_bus_withdraw_job_cb,
                              linger, (GDestroyNotify)linger_free);
}

/* The job's path; a job that is on the bus already stays where it is. */
const char *
bv_bus_export_job (BvBus *self, BvJob *job)
{
  const char *known = g_hash_table_lookup (self->jobs, job);
  g_autoptr (GDBusObjectSkeleton) object = NULL;
  g_autoptr (GDBusInterfaceSkeleton) interface = NULL;
  char *path;

  if (known != NULL)
    return known;
  path = bv_object_path_new_for_job (++self->last_job);
  g_hash_table_insert (self->jobs, g_object_ref (job), path);
  interface = bv_job_iface_new (self, job);
  object = g_dbus_object_skeleton_new (path);
  g_dbus_object_skeleton_add_interface (object, interface);
  bv_bus_export (self, object);
  if (bv_job_get_state (job) == BV_JOB_RUNNING)
    g_signal_connect_object (job, "completed", G_CALLBACK (withdraw_later), self,
                             G_CONNECT_SWAPPED);
  else
    withdraw_later (self, job);
  return path;
}

void
bv_bus_flush (BvBus *self)
{
  bv_object_manager_flush (self->objects);
}
