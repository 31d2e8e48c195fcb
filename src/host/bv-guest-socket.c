/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/bv-guest-socket.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <ifaddrs.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

static int
fail (int fd, int number, GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (number), g_strerror (number));
  if (fd >= 0)
    g_close (fd, NULL);
  return -1;
}

/* 0, or the number of an error. */
static int
wait_for_connection (int fd, guint timeout_ms)
{
  struct pollfd poll_fd = { fd, POLLOUT, 0 };
  gint64 end = g_get_monotonic_time () + timeout_ms * G_TIME_SPAN_MILLISECOND;
  socklen_t size = sizeof (int);
  int number = 0;
  int n;

  do
    n = poll (&poll_fd, 1, (int)MAX ((end - g_get_monotonic_time ()) / 1000, 0));
  while (n < 0 && errno == EINTR);
  if (n == 0)
    return ETIMEDOUT;
  if (n < 0 || getsockopt (fd, SOL_SOCKET, SO_ERROR, &number, &size) != 0)
    return errno;
  return number;
}

/* The kernel itself waits for two seconds only, unless it is told. */
static int
set_vsock_timeout (int fd, guint timeout_ms)
{
  const struct timeval timeout = { timeout_ms / 1000, timeout_ms % 1000 * 1000 };

  return setsockopt (fd, AF_VSOCK, SO_VM_SOCKETS_CONNECT_TIMEOUT, &timeout, sizeof timeout);
}

static int
connect_to (gconstpointer address, gsize size, guint timeout_ms, GError **error)
{
  const struct sockaddr *target = address;
  int fd = socket (target->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int number = 0;

  if (fd < 0)
    return fail (fd, errno, error);
  if (target->sa_family == AF_VSOCK && set_vsock_timeout (fd, timeout_ms) != 0)
    return fail (fd, errno, error);
  if (connect (fd, target, (socklen_t)size) != 0)
    number = errno == EINPROGRESS ? wait_for_connection (fd, timeout_ms) : errno;
  if (number != 0)
    return fail (fd, number, error);
  if (!g_unix_set_fd_nonblocking (fd, FALSE, error))
    {
      g_close (fd, NULL);
      return -1;
    }
  return fd;
}

int
bv_guest_socket_connect_vsock (guint32 cid, guint32 port, guint timeout_ms, GError **error)
{
  const struct sockaddr_vm address = {
    .svm_family = AF_VSOCK,
    .svm_port = port,
    .svm_cid = cid,
  };

  /* What comes before is the host's, or nobody's. */
  if (cid <= VMADDR_CID_HOST || cid == VMADDR_CID_ANY)
    return fail (-1, EADDRNOTAVAIL, error);
  return connect_to (&address, sizeof address, timeout_ms, error);
}

int
bv_guest_socket_connect_ip (const char *address, guint16 port, GError **error)
{
  g_autoptr (GSocketAddress) target = g_inet_socket_address_new_from_string (address, port);
  struct sockaddr_storage native = { 0 };

  if (target == NULL || !bv_guest_socket_can_be_guest (address))
    return fail (-1, EADDRNOTAVAIL, error);
  if (!g_socket_address_to_native (target, &native, sizeof native, error))
    return -1;
  return connect_to (&native, (gsize)g_socket_address_get_native_size (target),
                     BV_GUEST_SOCKET_TIMEOUT_MS, error);
}

static gboolean
is_of_host (GInetAddress *address)
{
  struct ifaddrs *all = NULL;
  gboolean found = FALSE;

  /* Without an answer nothing is safe to say. */
  if (getifaddrs (&all) != 0)
    return TRUE;
  for (struct ifaddrs *entry = all; entry != NULL && !found; entry = entry->ifa_next)
    {
      int family = entry->ifa_addr != NULL ? entry->ifa_addr->sa_family : AF_UNSPEC;
      gsize size = family == AF_INET6 ? sizeof (struct sockaddr_in6) : sizeof (struct sockaddr_in);
      g_autoptr (GSocketAddress) own = NULL;

      if (family == AF_INET || family == AF_INET6)
        own = g_socket_address_new_from_native (entry->ifa_addr, size);
      found = own != NULL &&
              g_inet_address_equal (g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (own)),
                                    address);
    }
  freeifaddrs (all);
  return found;
}

/* IPv4 in IPv6's clothes would pass for what it is not. */
static gboolean
is_mapped (GInetAddress *address)
{
  static const guint8 prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

  return g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6 &&
         memcmp (g_inet_address_to_bytes (address), prefix, sizeof prefix) == 0;
}

gboolean
bv_guest_socket_can_be_guest (const char *address)
{
  g_autoptr (GInetAddress) inet = g_inet_address_new_from_string (address);

  return inet != NULL && !g_inet_address_get_is_any (inet) &&
         !g_inet_address_get_is_loopback (inet) && !g_inet_address_get_is_multicast (inet) &&
         !g_inet_address_get_is_link_local (inet) && !is_mapped (inet) && !is_of_host (inet);
}
