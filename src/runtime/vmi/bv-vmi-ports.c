/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vmi/bv-vmi-runtime-private.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "host/bv-guest-socket.h"
#include "model/bv-error.h"
#include "model/bv-vmi-private.h"
#include "network/bv-publication.h"
#include "runtime/domain/bv-domain-addresses.h"
#include "runtime/console/bv-relay.h"
#include "runtime/connection/bv-worker.h"

/* Connections to ports of the guest. They lead to its context id, or to an address that the host
 * itself knows to be the guest's: what the guest says could lead anywhere. */

#define MAX_RELAYS 32

/* Where there is another way, a guest that has no driver for its vsock does not hold it up for
 * long. */
#define VSOCK_TRY_MS 2000

typedef struct
{
  char *what;
  guint32 cid; /* 0: not by vsock */
  guint32 port;
  gboolean by_network;
  gboolean is_listed; /* the interfaces' ports, if there are any, have it */
  GStrv addresses;
} Request;

static void
request_free (gpointer data)
{
  Request *self = data;

  g_free (self->what);
  g_strfreev (self->addresses);
  g_free (self);
}

void
bv_vmi_runtime_close_ports (BvVmiRuntime *self)
{
  for (guint i = 0; self->relays != NULL && i < self->relays->len; i++)
    bv_relay_stop (g_ptr_array_index (self->relays, i));
  g_clear_pointer (&self->relays, g_ptr_array_unref);
}

guint
bv_vmi_runtime_count_ports (BvVmiRuntime *self)
{
  guint n = self->relays != NULL ? self->relays->len : 0;

  while (n-- > 0)
    if (bv_relay_is_over (g_ptr_array_index (self->relays, n)))
      g_ptr_array_remove_index_fast (self->relays, n);
  return self->relays != NULL ? self->relays->len : 0;
}

static gboolean
check_number (BvVmiRuntime *self, const char *what, GError **error)
{
  if (bv_vmi_runtime_count_ports (self) < MAX_RELAYS)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_LIMIT_EXCEEDED,
               _ ("%d connections to ports of %s are open, and no more can be. Close one first."),
               MAX_RELAYS, what);
  return FALSE;
}

static gboolean
is_listed (BvVmiRuntime *self, guint port)
{
  const BvApiDevices *devices =
      bv_vmi_get_record (BV_VMI (bv_entry_get_object (self->entry)))->spec->domain->devices;

  for (guint i = 0; devices != NULL && i < devices->n_interfaces; i++)
    if (bv_interface_allows_port (devices->interfaces[i], "tcp", port))
      return TRUE;
  return devices == NULL || devices->n_interfaces == 0;
}

static gboolean
check_way (const Request *request, const char *via, GError **error)
{
  if (g_strcmp0 (via, "vsock") == 0 && request->cid == 0)
    g_set_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED,
                 _ ("%s has no vsock device: its manifest lacks "
                    "spec.domain.devices.autoattachVSOCK: true. Add that, and start it anew."),
                 request->what);
  else if (request->port > G_MAXUINT16 && request->cid == 0)
    g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                 _ ("%u is no port: these are from 1 to 65535, and larger by vsock alone."),
                 request->port);
  else
    return TRUE;
  return FALSE;
}

static Request *
make_request (BvVmiRuntime *self, guint port, const char *via)
{
  Request *request = g_new0 (Request, 1);
  const BvReservation *reservation = self->status->reservation;

  request->what = bv_entry_describe (self->entry);
  request->port = port;
  request->by_network = g_strcmp0 (via, "vsock") != 0 && port <= G_MAXUINT16;
  request->is_listed = is_listed (self, port);
  if (g_strcmp0 (via, "network") != 0 && reservation != NULL)
    request->cid = reservation->vsock_cid;
  return request;
}

static gboolean
check_arguments (guint port, const char *via, GError **error)
{
  if (port < 1 || port == G_MAXUINT32)
    g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                 _ ("%u is no port: these are from 1 to 65535, and larger by vsock alone."), port);
  else if (via != NULL && !g_str_equal (via, "vsock") && !g_str_equal (via, "network"))
    g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                 _ ("“%s” is no way to a guest: vsock and network are."), via);
  else
    return TRUE;
  return FALSE;
}

static void
add_cause (GString *causes, const char *way, const char *cause)
{
  g_string_append_printf (causes, "%s%s: %s", causes->len > 0 ? ", " : "", way, cause);
}

static int
try_addresses (const Request *request, GString *causes)
{
  for (char **address = request->addresses; address != NULL && *address != NULL; address++)
    {
      g_autoptr (GError) cause = NULL;
      int fd = bv_guest_socket_connect_ip (*address, (guint16)request->port, &cause);

      if (fd >= 0)
        return fd;
      add_cause (causes, *address, cause->message);
    }
  return -1;
}

/* A guest may have a vsock device, and nobody who listens there. */
static int
try_vsock (const Request *request, GString *causes)
{
  gboolean has_address = request->addresses != NULL && request->addresses[0] != NULL;
  g_autoptr (GError) cause = NULL;
  int fd = bv_guest_socket_connect_vsock (
      request->cid, request->port, has_address ? VSOCK_TRY_MS : BV_GUEST_SOCKET_TIMEOUT_MS, &cause);

  if (fd < 0)
    add_cause (causes, "vsock",
               g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED)
                   ? _ ("nobody listens there")
                   : cause->message);
  return fd;
}

static void
connect_in_worker (GTask *task)
{
  const Request *request = g_task_get_task_data (task);
  g_autoptr (GString) causes = g_string_new (NULL);
  int fd = -1;

  if (request->cid != 0)
    fd = try_vsock (request, causes);
  if (fd < 0)
    fd = try_addresses (request, causes);
  if (fd >= 0)
    g_task_return_int (task, fd);
  else
    g_task_return_new_error (
        task, BV_ERROR, BV_ERROR_FAILED, _ ("The port %u of %s cannot be reached (%s).%s"),
        request->port, request->what, causes->str,
        request->is_listed ? "" : _ (" The ports that its manifest lists lack it."));
}

/* Takes FD. */
static void
relay (BvVmiRuntime *self, int fd, GTask *task)
{
  GError *error = NULL;
  BvRelay *new_relay;
  int client = -1;

  if (!bv_vmi_runtime_check_running (self, &error))
    {
      g_close (fd, NULL);
      g_task_return_error (task, error);
      return;
    }
  new_relay = bv_relay_new (fd, &client, &error);
  if (new_relay == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  if (self->relays == NULL)
    self->relays = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (self->relays, new_relay);
  g_task_return_int (task, client);
}

static void
bv_vmi_ports_connected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  int fd = (int)g_task_propagate_int (G_TASK (result), &error);

  if (error != NULL)
    g_task_return_error (task, error);
  else
    relay (BV_VMI_RUNTIME (source), fd, task);
}

/* Addresses that only the guest tells are named, for its user to try. */
static void
return_no_way (BvVmiRuntime *self, GTask *task)
{
  const Request *request = g_task_get_task_data (task);
  g_autofree char *told = g_strjoinv (", ", self->status->addresses);
  g_autofree char *hint =
      told[0] != '\0'
          ? g_strdup_printf (_ (" The guest says that it has %s: connect there yourself."), told)
          : g_strdup (_ (" Give it an interface on a network of this host (spec.networks), or "
                         "spec.domain.devices.autoattachVSOCK: true, and start it anew."));

  g_task_return_new_error (task, BV_ERROR, BV_ERROR_NOT_SUPPORTED,
                           _ ("There is no way from this host to ports of %s: it has no vsock "
                              "device, and no address that this host knows to be its.%s"),
                           request->what, hint);
}

/* Takes TASK. */
static void
begin (BvVmiRuntime *self, GTask *task)
{
  g_autoptr (GTask) owned = task;
  Request *request = g_task_get_task_data (task);
  g_autoptr (GTask) work = NULL;

  if (request->by_network)
    request->addresses = bv_vmi_runtime_list_host_known_addresses (self);
  if (request->cid == 0 && request->addresses[0] == NULL)
    {
      return_no_way (self, task);
      return;
    }
  work = g_task_new (self, NULL, bv_vmi_ports_connected_cb, g_steal_pointer (&owned));
  g_task_set_source_tag (work, begin);
  g_task_set_task_data (work, request, NULL);
  bv_worker_push_task (self->environment->workers, connect_in_worker, g_steal_pointer (&work));
}

static void
bv_vmi_ports_seen_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  BvVmiRuntime *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;
  GHashTable *seen = bv_domain_get_addresses_finish (BV_CONNECTION (source), result, &error);

  if (seen == NULL)
    g_debug ("%s: %s", self->domain_name, error->message);
  else
    {
      g_clear_pointer (&self->seen_addresses, g_hash_table_unref);
      self->seen_addresses = seen;
    }
  begin (self, task);
}

/* Takes TASK. The host is asked what it has seen only where it does not know by itself. */
static void
look (BvVmiRuntime *self, GTask *task)
{
  const Request *request = g_task_get_task_data (task);

  if (request->by_network && !bv_vmi_runtime_has_reserved_address (self))
    bv_domain_get_addresses_async (self->environment->connection, self->info, bv_vmi_ports_seen_cb,
                                   task);
  else
    begin (self, task);
}

void
bv_vmi_runtime_open_port_async (BvVmiRuntime *self, guint port, const char *via,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);
  Request *request = make_request (self, port, via);
  g_autoptr (GError) error = NULL;

  g_task_set_source_tag (task, bv_vmi_runtime_open_port_async);
  g_task_set_task_data (task, request, request_free);
  if (check_arguments (port, via, &error) && bv_vmi_runtime_check_awake (self, &error) &&
      check_way (request, via, &error) && check_number (self, request->what, &error))
    {
      look (self, task);
      return;
    }
  g_task_return_error (task, g_steal_pointer (&error));
  g_object_unref (task);
}

int
bv_vmi_runtime_open_port_finish (BvVmiRuntime *self, GAsyncResult *result, GError **error)
{
  return (int)g_task_propagate_int (G_TASK (result), error);
}
