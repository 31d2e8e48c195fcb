/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "daemon/bv-bus.h"

#include "daemon/bv-export.h"
#include "daemon/bv-job-iface.h"
#include "daemon/bv-manager-iface.h"
#include "daemon/bv-receiver-iface.h"
#include "daemon/bv-object-manager.h"
#include "daemon/bv-object-path.h"

#include <malloc.h>

/* A job that is over is shown for a while, so that one who asked for it can see how it ended. */
#define JOB_LINGER_SECONDS 30
#define WITHDRAWN_AT_ONCE 32

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
  GQueue lingering;    /* of Lingering, those that are due first at its head */
  guint withdraw_id;
  guint last_job;
};

G_DEFINE_FINAL_TYPE (BvBus, bv_bus, G_TYPE_OBJECT)

/* A job that is over. */
typedef struct
{
  BvJob *job;
  gint64 due; /* monotonic */
} Lingering;

static void
lingering_free (Lingering *self)
{
  g_object_unref (self->job);
  g_free (self);
}

static void
bv_bus_dispose (GObject *object)
{
  BvBus *self = BV_BUS (object);

  g_clear_handle_id (&self->withdraw_id, g_source_remove);
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

  g_queue_clear_full (&self->lingering, (GDestroyNotify)lingering_free);
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

static void
withdraw_job (BvBus *self, BvJob *job)
{
  bv_object_manager_unexport (self->objects, g_hash_table_lookup (self->jobs, job));
  g_hash_table_remove (self->jobs, job);
}

static void schedule_withdrawal (BvBus *self);

/* Some at once, for others wait; what many jobs took is given back when all are gone. */
static gboolean
bv_bus_withdraw_jobs_cb (gpointer user_data)
{
  BvBus *self = user_data;
  const gint64 now = g_get_monotonic_time ();
  const Lingering *first;

  self->withdraw_id = 0;
  for (guint i = 0; i < WITHDRAWN_AT_ONCE &&
                    (first = g_queue_peek_head (&self->lingering)) != NULL && first->due <= now;
       i++)
    {
      withdraw_job (self, first->job);
      lingering_free (g_queue_pop_head (&self->lingering));
    }
  schedule_withdrawal (self);
  if (self->withdraw_id == 0)
    malloc_trim (0);
  return G_SOURCE_REMOVE;
}

/* One timer for all: the main loop looks at each of its timers in each of its turns. */
static void
schedule_withdrawal (BvBus *self)
{
  const Lingering *first = g_queue_peek_head (&self->lingering);
  gint64 left;

  if (first == NULL || self->withdraw_id != 0)
    return;
  left = MAX (first->due - g_get_monotonic_time (), 0);
  self->withdraw_id = g_timeout_add ((guint)((left + 999) / 1000), bv_bus_withdraw_jobs_cb, self);
}

static void
withdraw_later (BvBus *self, BvJob *job)
{
  Lingering *lingering = g_new0 (Lingering, 1);

  lingering->job = g_object_ref (job);
  lingering->due = g_get_monotonic_time () + JOB_LINGER_SECONDS * G_USEC_PER_SEC;
  g_queue_push_tail (&self->lingering, lingering);
  schedule_withdrawal (self);
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
