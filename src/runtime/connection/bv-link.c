/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/connection/bv-link.h"

#include "host/bv-libvirt-error.h"
#include "runtime/connection/bv-link-events.h"

#include <glib/gi18n-lib.h>
#include <libvirt-glib/libvirt-glib.h>
#include <libvirt/virterror.h>

/* A libvirtd that hangs is given up after 15 to 20 seconds. */
#define KEEPALIVE_SECONDS 5
#define KEEPALIVE_COUNT 3

/*
 * GVirConnection is not used: its own event handler asks libvirt, in the main loop, whether a
 * domain that started or stopped is persistent, and so the whole service would stand still with
 * libvirtd.
 */
struct _BvLink
{
  virConnectPtr handle;
  char *uri;
  GArray *callbacks; /* int; NULL on a link without events */
  const BvLinkSink *sink;
  gpointer user_data;
  char *close_reason; /* set in the main loop when libvirt says that the connection is gone */
  guint load;         /* calls in flight */
};

typedef struct
{
  BvLink *link;
  int reason;
} Closing;

/* libvirt's own handler writes to standard error. */
static void
on_libvirt_error (void *user_data, virErrorPtr error)
{
  g_debug ("libvirt: %s", error->message);
}

static gpointer
prepare_libvirt (gpointer data)
{
  gvir_event_register ();
  virInitialize ();
  virSetErrorFunc (NULL, on_libvirt_error);
  return NULL;
}

static const char *
describe_close_reason (int reason)
{
  switch (reason)
    {
    case VIR_CONNECT_CLOSE_REASON_EOF:
      return _ ("libvirtd ended");
    case VIR_CONNECT_CLOSE_REASON_KEEPALIVE:
      return _ ("libvirtd did not answer any more");
    case VIR_CONNECT_CLOSE_REASON_CLIENT:
      return _ ("the connection was closed");
    default:
      return _ ("the connection to libvirtd broke");
    }
}

static void
closing_free (gpointer data)
{
  Closing *closing = data;

  bv_link_unref (closing->link);
  g_free (closing);
}

static gboolean
closed_idle_cb (gpointer data)
{
  Closing *closing = data;
  BvLink *self = closing->link;

  if (self->close_reason != NULL)
    return G_SOURCE_REMOVE;
  self->close_reason = g_strdup (describe_close_reason (closing->reason));
  if (self->sink != NULL)
    self->sink->closed (self, self->close_reason, self->user_data);
  return G_SOURCE_REMOVE;
}

/* Comes in whichever thread happens to read the socket. */
static void
on_closed (virConnectPtr handle, int reason, void *user_data)
{
  Closing *closing = g_new0 (Closing, 1);

  closing->link = bv_link_ref (user_data);
  closing->reason = reason;
  g_idle_add_full (G_PRIORITY_DEFAULT, closed_idle_cb, closing, closing_free);
}

/*
 * Neither is to be had with drivers that live in this process, such as `test`; those do not break
 * either. They never free the callback's data, so it holds no reference: bv_link_close() ends it,
 * and waits for one that is running.
 */
static void
watch_link (BvLink *self)
{
  if (virConnectRegisterCloseCallback (self->handle, on_closed, self, NULL) < 0)
    g_debug ("%s: no close callback: %s", self->uri, virGetLastErrorMessage ());
  if (virConnectSetKeepAlive (self->handle, KEEPALIVE_SECONDS, KEEPALIVE_COUNT) < 0)
    g_debug ("%s: no keepalive: %s", self->uri, virGetLastErrorMessage ());
}

/**
 * bv_link_open:
 * @uri: the libvirt URI
 * @with_events: whether to ask for the events of all domains
 * @error: return location
 *
 * Opens a connection. Blocks.
 *
 * Returns: (transfer full) (nullable): the connection, to be ended with bv_link_close()
 */
BvLink *
bv_link_open (const char *uri, gboolean with_events, GError **error)
{
  static GOnce once = G_ONCE_INIT;
  g_autoptr (BvLink) self = g_atomic_rc_box_new0 (BvLink);

  g_once (&once, prepare_libvirt, NULL);
  self->uri = g_strdup (uri);
  self->handle = virConnectOpen (uri);
  if (self->handle == NULL)
    {
      g_autoptr (GError) local = NULL;

      bv_set_error_from_libvirt (&local, _ ("There is no connection to libvirt at %s"), uri);
      g_set_error_literal (error, BV_ERROR, BV_ERROR_HYPERVISOR_UNAVAILABLE, local->message);
      return NULL;
    }

  watch_link (self);
  if (with_events)
    self->callbacks = bv_link_events_register (self, self->handle, error);
  if (with_events && self->callbacks == NULL)
    {
      bv_link_close (self);
      return NULL;
    }
  return g_steal_pointer (&self);
}

/**
 * bv_link_close:
 * @self: the connection
 *
 * Closes the connection. Blocks. No call may be in flight.
 */
void
bv_link_close (BvLink *self)
{
  virConnectPtr handle = g_steal_pointer (&self->handle);

  if (handle == NULL)
    return;
  if (self->callbacks != NULL)
    bv_link_events_deregister (handle, self->callbacks);
  virConnectUnregisterCloseCallback (handle, on_closed);
  virConnectClose (handle);
}

BvLink *
bv_link_ref (BvLink *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
bv_link_clear (gpointer data)
{
  BvLink *self = data;

  if (self->handle != NULL)
    g_warning ("A connection to %s was not closed", self->uri);
  g_clear_pointer (&self->callbacks, g_array_unref);
  g_free (self->close_reason);
  g_free (self->uri);
}

void
bv_link_unref (BvLink *self)
{
  g_atomic_rc_box_release_full (self, bv_link_clear);
}

/**
 * bv_link_attach:
 * @self: the connection
 * @sink: whom to tell
 * @user_data: passed to @sink
 *
 * From now on @sink hears of events and of the connection's end, which may have come already.
 */
void
bv_link_attach (BvLink *self, const BvLinkSink *sink, gpointer user_data)
{
  self->sink = sink;
  self->user_data = user_data;
  if (self->close_reason != NULL)
    sink->closed (self, self->close_reason, user_data);
}

void
bv_link_detach (BvLink *self)
{
  self->sink = NULL;
  self->user_data = NULL;
}

/* For the event callbacks, which libvirt calls in the main loop. */
void
bv_link_deliver (BvLink *self, BvDomainEvent *event)
{
  if (self->sink != NULL)
    self->sink->event (self, event, self->user_data);
}

virConnectPtr
bv_link_get_handle (BvLink *self)
{
  return self->handle;
}

guint
bv_link_get_load (BvLink *self)
{
  return self->load;
}

void
bv_link_begin_call (BvLink *self)
{
  self->load++;
}

void
bv_link_end_call (BvLink *self)
{
  g_return_if_fail (self->load > 0);
  self->load--;
}
