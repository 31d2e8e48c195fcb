/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <linux/vm_sockets.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/bv-guest-socket.h"
#include "runtime/console/bv-relay.h"

static const struct
{
  const char *address;
  gboolean can_be_guest;
} addresses[] = {
  { "192.0.2.7", TRUE },
  { "2001:db8::7", TRUE },
  { "127.0.0.1", FALSE },
  { "127.1.2.3", FALSE },
  { "::1", FALSE },
  { "0.0.0.0", FALSE },
  { "::", FALSE },
  { "224.0.0.1", FALSE },
  { "ff02::1", FALSE },
  { "169.254.169.254", FALSE },
  { "fe80::1", FALSE },
  { "::ffff:127.0.0.1", FALSE },
  { "::ffff:192.0.2.7", FALSE },
  { "localhost", FALSE },
  { "", FALSE },
};

static void
test_addresses (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (addresses); i++)
    if (bv_guest_socket_can_be_guest (addresses[i].address) != addresses[i].can_be_guest)
      g_error ("%s", addresses[i].address);
}

/* Somebody listens there, and nobody is asked. */
static void
test_host_is_no_guest (void)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (bv_guest_socket_connect_ip ("127.0.0.1", port, &error), ==, -1);
  g_assert_nonnull (error);
}

/* Neither the hypervisor nor the loopback nor the host itself is a guest. */
static void
test_vsock_of_host (void)
{
  const guint32 cids[] = { VMADDR_CID_HYPERVISOR, VMADDR_CID_LOCAL, VMADDR_CID_HOST,
                           VMADDR_CID_ANY };

  for (gsize i = 0; i < G_N_ELEMENTS (cids); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_cmpint (bv_guest_socket_connect_vsock (cids[i], 22, 1000, &error), ==, -1);
      g_assert_cmpstr (error->message, ==, g_strerror (EADDRNOTAVAIL));
    }
}

static void
test_vsock_without_guest (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (bv_guest_socket_connect_vsock (123456789, 22, 1000, &error), ==, -1);
  g_assert_nonnull (error);
}

typedef struct
{
  BvRelay *relay;
  int client;
  int outside;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  int pair[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  fixture->outside = pair[1];
  fixture->relay = bv_relay_new (pair[0], &fixture->client, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_close (fixture->client, NULL);
  g_close (fixture->outside, NULL);
  g_object_unref (fixture->relay);
}

static void
assert_reads (int fd, const char *text)
{
  char got[64];
  gsize length = 0;
  gssize n;

  while (length < strlen (text) && (n = read (fd, got + length, sizeof got - length)) > 0)
    length += (gsize)n;
  g_assert_cmpmem (got, length, text, strlen (text));
}

static void
assert_ended (int fd)
{
  char c;

  g_assert_cmpint (read (fd, &c, 1), ==, 0);
}

static void
test_both_ways (Fixture *fixture, gconstpointer data)
{
  g_assert_cmpint (write (fixture->client, "there", 5), ==, 5);
  assert_reads (fixture->outside, "there");
  g_assert_cmpint (write (fixture->outside, "back", 4), ==, 4);
  assert_reads (fixture->client, "back");
  g_assert_false (bv_relay_is_over (fixture->relay));
}

/* One who has sent all still gets the answer. */
static void
test_one_way_ends_first (Fixture *fixture, gconstpointer data)
{
  shutdown (fixture->client, SHUT_WR);
  assert_ended (fixture->outside);
  g_assert_cmpint (write (fixture->outside, "answer", 6), ==, 6);
  assert_reads (fixture->client, "answer");
  shutdown (fixture->outside, SHUT_WR);
  assert_ended (fixture->client);
  while (!bv_relay_is_over (fixture->relay))
    g_thread_yield ();
}

static void
test_stop (Fixture *fixture, gconstpointer data)
{
  bv_relay_stop (fixture->relay);
  assert_ended (fixture->client);
  assert_ended (fixture->outside);
  while (!bv_relay_is_over (fixture->relay))
    g_thread_yield ();
}

/* Neither way waits for the other: all of both directions' buffers are full. */
static void
test_full (Fixture *fixture, gconstpointer data)
{
  const int ends[] = { fixture->client, fixture->outside };
  gsize sent[2] = { 0, 0 };
  g_autofree char *part = g_malloc0 (65536);
  gssize n;

  for (int i = 0; i < 2; i++)
    while ((n = send (ends[i], part, 65536, MSG_DONTWAIT)) > 0)
      sent[i] += (gsize)n;
  for (int i = 0; i < 2; i++)
    shutdown (ends[i], SHUT_WR);
  for (int i = 0; i < 2; i++)
    {
      gsize got = 0;

      while ((n = read (ends[1 - i], part, 65536)) > 0)
        got += (gsize)n;
      g_assert_cmpuint (got, ==, sent[i]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/guest-port/addresses", test_addresses);
  g_test_add_func ("/guest-port/host-is-no-guest", test_host_is_no_guest);
  g_test_add_func ("/guest-port/vsock-of-host", test_vsock_of_host);
  g_test_add_func ("/guest-port/vsock-without-guest", test_vsock_without_guest);
  g_test_add ("/guest-port/both-ways", Fixture, NULL, set_up, test_both_ways, tear_down);
  g_test_add ("/guest-port/one-way-ends-first", Fixture, NULL, set_up, test_one_way_ends_first,
              tear_down);
  g_test_add ("/guest-port/stop", Fixture, NULL, set_up, test_stop, tear_down);
  g_test_add ("/guest-port/full", Fixture, NULL, set_up, test_full, tear_down);
  return g_test_run ();
}
