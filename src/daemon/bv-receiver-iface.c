/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "daemon/bv-receiver-iface.h"

#include "bv-dbus-generated.h"
#include "daemon/bv-authority.h"
#include "daemon/bv-request.h"
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

static void bv_receiver_iface_init_methods (BvDBusReceiverIface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BvReceiverIface, bv_receiver_iface, BV_DBUS_TYPE_RECEIVER_SKELETON,
                               G_IMPLEMENT_INTERFACE (BV_DBUS_TYPE_RECEIVER,
                                                      bv_receiver_iface_init_methods))

static void
bv_receiver_iface_class_init (BvReceiverIfaceClass *class)
{
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
  gboolean tls = FALSE;
  const char *objects;

  g_variant_get_child (bv_request_get_parameters (request), 0, "&s", &objects);
  g_variant_lookup (options, "tls", "b", &tls);
  bv_receive_async (get_controller (request), objects, tls, bv_receiver_iface_prepared_cb, request);
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

static gboolean
handle_prepare (BvDBusReceiver *object, GDBusMethodInvocation *invocation, const char *objects,
                GVariant *options)
{
  static const char *const known[] = { "tls:b", NULL };
  static const BvMethod method = { BV_ACTION_RECEIVE, known, prepare };
  BvReceiverIface *self = BV_RECEIVER_IFACE (object);

  return bv_request_begin (self->bus, NULL, invocation, &method, self);
}

static gboolean
handle_get_state (BvDBusReceiver *object, GDBusMethodInvocation *invocation, const char *uid,
                  GVariant *options)
{
  static const BvMethod method = { BV_ACTION_RECEIVE, NULL, get_state };
  BvReceiverIface *self = BV_RECEIVER_IFACE (object);

  return bv_request_begin (self->bus, NULL, invocation, &method, self);
}

static gboolean
handle_finish (BvDBusReceiver *object, GDBusMethodInvocation *invocation, const char *uid,
               GVariant *options)
{
  static const BvMethod method = { BV_ACTION_RECEIVE, NULL, finish };
  BvReceiverIface *self = BV_RECEIVER_IFACE (object);

  return bv_request_begin (self->bus, NULL, invocation, &method, self);
}

static gboolean
handle_abort (BvDBusReceiver *object, GDBusMethodInvocation *invocation, const char *uid,
              GVariant *options)
{
  static const BvMethod method = { BV_ACTION_RECEIVE, NULL, abort_reception };
  BvReceiverIface *self = BV_RECEIVER_IFACE (object);

  return bv_request_begin (self->bus, NULL, invocation, &method, self);
}

static void
bv_receiver_iface_init_methods (BvDBusReceiverIface *iface)
{
  iface->handle_prepare = handle_prepare;
  iface->handle_get_state = handle_get_state;
  iface->handle_finish = handle_finish;
  iface->handle_abort = handle_abort;
}
