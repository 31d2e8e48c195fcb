/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "daemon/bv-receiver-iface.h"

#include "bv-dbus-generated.h"
#include "daemon/bv-authority.h"
#include "daemon/bv-callee.h"
#include "migration/bv-receive.h"

#include <glib/gi18n-lib.h>

#define BV_TYPE_RECEIVER_IFACE (bv_receiver_iface_get_type ())

G_DECLARE_FINAL_TYPE (BvReceiverIface, bv_receiver_iface, BV, RECEIVER_IFACE,
                      BvDBusReceiverSkeleton)

struct _BvReceiverIface
{
  BvDBusReceiverSkeleton parent_instance;

  BvBus *bus; /* owns this */
};

static void bv_receiver_iface_init_callee (BvCalleeInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BvReceiverIface, bv_receiver_iface, BV_DBUS_TYPE_RECEIVER_SKELETON,
                               G_IMPLEMENT_INTERFACE (BV_TYPE_CALLEE,
                                                      bv_receiver_iface_init_callee))

static void
bv_receiver_iface_class_init (BvReceiverIfaceClass *class)
{
  G_DBUS_INTERFACE_SKELETON_CLASS (class)->get_vtable = bv_callee_get_vtable;
}

static void
bv_receiver_iface_init (BvReceiverIface *self)
{
}

GDBusInterfaceSkeleton *
bv_receiver_iface_new (BvBus *bus)
{
  BvReceiverIface *self = g_object_new (BV_TYPE_RECEIVER_IFACE, NULL);

  self->bus = bus;
  return G_DBUS_INTERFACE_SKELETON (self);
}

static BvController *
get_controller (BvRequest *request)
{
  return bv_bus_get_controller (bv_request_get_bus (request));
}

/* The reception that the first parameter names; NULL: the call was answered. */
static BvReception *
find (BvRequest *request)
{
  g_autoptr (GError) error = NULL;
  BvReception *reception;
  const char *uid;

  g_variant_get_child (bv_request_get_parameters (request), 0, "&s", &uid);
  reception = bv_receive_find (get_controller (request), uid, &error);
  if (reception == NULL)
    bv_request_return_error (request, error);
  return reception;
}

static GVariant *
make_reply (GVariant *answer, GPtrArray *reasons)
{
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("as"));
  for (guint i = 0; i < reasons->len; i++)
    g_variant_builder_add (&list, "s", g_ptr_array_index (reasons, i));
  if (answer == NULL)
    return g_variant_new ("(asa{sv})", &list, NULL);
  return g_variant_new ("(as@a{sv})", &list, answer);
}

static void
bv_receiver_iface_prepared_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BvRequest *request = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) reasons = NULL;
  g_autoptr (GVariant) answer =
      bv_receive_finish (BV_CONTROLLER (source), result, &reasons, &error);

  if (error != NULL)
    bv_request_return_error (request, error);
  else
    bv_request_return (request, make_reply (answer, reasons));
}

static void
prepare (BvRequest *request, gpointer user_data)
{
  g_autoptr (GVariant) options = bv_request_get_options (request);
  const char *objects;

  g_variant_get_child (bv_request_get_parameters (request), 0, "&s", &objects);
  bv_receive_async (get_controller (request), objects, options, bv_receiver_iface_prepared_cb,
                    request);
}

static void
bv_receiver_iface_looked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BvRequest *request = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) state = bv_reception_look_finish (BV_RECEPTION (source), result, &error);

  if (state == NULL)
    bv_request_return_error (request, error);
  else
    bv_request_return (request, g_variant_new ("(@a{sv})", state));
}

static void
get_state (BvRequest *request, gpointer user_data)
{
  BvReception *reception = find (request);

  if (reception != NULL)
    bv_reception_look_async (reception, bv_receiver_iface_looked_cb, request);
}

static void
bv_receiver_iface_accepted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  gboolean success = bv_reception_accept_finish (BV_RECEPTION (source), result, &error);

  bv_request_finish (user_data, success, error);
}

static void
finish (BvRequest *request, gpointer user_data)
{
  BvReception *reception = find (request);

  if (reception != NULL)
    bv_reception_accept_async (reception, bv_receiver_iface_accepted_cb, request);
}

static void
bv_receiver_iface_rejected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  gboolean success = bv_reception_reject_finish (BV_RECEPTION (source), result, &error);

  bv_request_finish (user_data, success, error);
}

static void
abort_reception (BvRequest *request, gpointer user_data)
{
  BvReception *reception;
  const char *uid;

  g_variant_get_child (bv_request_get_parameters (request), 0, "&s", &uid);
  if (bv_receive_find (get_controller (request), uid, NULL) == NULL)
    bv_receive_forbid (get_controller (request), uid);
  reception = find (request);
  if (reception != NULL)
    bv_reception_reject_async (reception, _ ("The source keeps the guest."),
                               bv_receiver_iface_rejected_cb, request);
}

static const char *const prepare_options[] = { "tls:b", "addresses:a{sas}", NULL };

static const BvMethod methods[] = {
  { "Prepare", BV_ACTION_RECEIVE, prepare_options, prepare },
  { "GetState", BV_ACTION_RECEIVE, NULL, get_state },
  { "Finish", BV_ACTION_RECEIVE, NULL, finish },
  { "Abort", BV_ACTION_RECEIVE, NULL, abort_reception },
  { NULL },
};

static void
bv_receiver_iface_get_target (BvCallee *callee, BvBus **bus, BvEntry **entry)
{
  *bus = BV_RECEIVER_IFACE (callee)->bus;
}

static void
bv_receiver_iface_init_callee (BvCalleeInterface *iface)
{
  iface->methods = methods;
  iface->get_target = bv_receiver_iface_get_target;
}
