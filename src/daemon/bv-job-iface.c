/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "daemon/bv-job-iface.h"

#include "bv-dbus-generated.h"
#include "daemon/bv-callee.h"

#define BV_TYPE_JOB_IFACE (bv_job_iface_get_type ())

G_DECLARE_FINAL_TYPE (BvJobIface, bv_job_iface, BV, JOB_IFACE, BvDBusJobSkeleton)

struct _BvJobIface
{
  BvDBusJobSkeleton parent_instance;

  BvBus *bus;
  BvJob *job;
};

static void bv_job_iface_init_callee (BvCalleeInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BvJobIface, bv_job_iface, BV_DBUS_TYPE_JOB_SKELETON,
                               G_IMPLEMENT_INTERFACE (BV_TYPE_CALLEE, bv_job_iface_init_callee))

static void
bv_job_iface_finalize (GObject *object)
{
  g_clear_object (&BV_JOB_IFACE (object)->job);
  G_OBJECT_CLASS (bv_job_iface_parent_class)->finalize (object);
}

static void
bv_job_iface_class_init (BvJobIfaceClass *class)
{
  G_DBUS_INTERFACE_SKELETON_CLASS (class)->get_vtable = bv_callee_get_vtable;
  G_OBJECT_CLASS (class)->finalize = bv_job_iface_finalize;
}

static void
bv_job_iface_init (BvJobIface *self)
{
}

static double
get_progress (BvJob *job)
{
  return bv_job_get_state (job) == BV_JOB_SUCCEEDED
             ? 1
             : bv_progress_get_fraction (bv_job_get_progress (job));
}

static void
update (BvJobIface *self)
{
  g_autofree char *step = bv_progress_dup_step (bv_job_get_progress (self->job));
  BvDBusJob *iface = BV_DBUS_JOB (self);
  const GError *error = bv_job_get_error (self->job);
  BvJobState state = bv_job_get_state (self->job);

  bv_dbus_job_set_state (iface, bv_job_state_to_string (state));
  bv_dbus_job_set_message (iface, error != NULL ? error->message : "");
  bv_dbus_job_set_step (iface, step != NULL ? step : "");
  bv_dbus_job_set_progress (iface, get_progress (self->job));
  bv_dbus_job_set_cancellable (iface, bv_job_can_cancel (self->job));
}

static void
completed_cb (BvJobIface *self)
{
  const GError *error = bv_job_get_error (self->job);
  g_autofree char *name = error != NULL ? g_dbus_error_encode_gerror (error) : NULL;

  update (self);
  bv_bus_flush (self->bus);
  bv_dbus_job_emit_completed (BV_DBUS_JOB (self), error == NULL, name != NULL ? name : "",
                              error != NULL ? error->message : "");
}

GDBusInterfaceSkeleton *
bv_job_iface_new (BvBus *bus, BvJob *job)
{
  BvJobIface *self = g_object_new (BV_TYPE_JOB_IFACE, NULL);
  BvDBusJob *iface = BV_DBUS_JOB (self);
  g_autofree char *path = bv_bus_get_entry_path (bv_job_get_entry (job));

  self->bus = bus;
  self->job = g_object_ref (job);
  bv_dbus_job_set_operation (iface, bv_job_get_operation (job));
  bv_dbus_job_set_object (iface, path);
  bv_dbus_job_set_start_time (iface, bv_job_get_start_time (job));
  g_signal_connect_object (job, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (job, "completed", G_CALLBACK (completed_cb), self, G_CONNECT_SWAPPED);
  update (self);
  return G_DBUS_INTERFACE_SKELETON (self);
}

static void
cancel (BvRequest *request, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  gboolean success = bv_job_cancel (BV_JOB_IFACE (user_data)->job, &error);

  bv_request_finish (request, success, error);
}

static const BvMethod methods[] = {
  { "Cancel", BV_ACTION_MANAGE, NULL, cancel },
  { NULL },
};

static void
bv_job_iface_get_target (BvCallee *callee, BvBus **bus, BvEntry **entry)
{
  *bus = BV_JOB_IFACE (callee)->bus;
}

static void
bv_job_iface_init_callee (BvCalleeInterface *iface)
{
  iface->methods = methods;
  iface->get_target = bv_job_iface_get_target;
}
