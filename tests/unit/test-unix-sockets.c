/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/bv-unix-sockets.h"

static guint
count (GArray *identities)
{
  g_autoptr (BvUnixSockets) sockets = bv_unix_sockets_new ();

  g_assert_true (bv_unix_sockets_keep_open (sockets, identities));
  return identities->len;
}

/* A socket is open for as long as anybody has a descriptor of it, whoever has its other end. */
static void
test_open (void)
{
  g_autoptr (GArray) identities = g_array_new (FALSE, FALSE, sizeof (guint64));
  int pairs[2][2], copy;

  g_assert_cmpuint (count (identities), ==, 0);
  for (guint i = 0; i < 2; i++)
    {
      guint64 identity;

      g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pairs[i]), ==, 0);
      identity = bv_unix_sockets_identify (pairs[i][0]);
      g_array_append_val (identities, identity);
    }
  copy = dup (pairs[0][0]);
  g_assert_cmpint (copy, >=, 0);
  g_close (pairs[0][0], NULL);
  g_close (pairs[1][1], NULL);
  g_assert_cmpuint (count (identities), ==, 2);
  g_close (pairs[1][0], NULL);
  g_assert_cmpuint (count (identities), ==, 1);
  g_close (copy, NULL);
  g_assert_cmpuint (count (identities), ==, 0);
  g_close (pairs[0][1], NULL);
}

static void
test_no_socket (void)
{
  g_autoptr (GArray) identities = g_array_new (FALSE, FALSE, sizeof (guint64));
  guint64 identity;
  int ends[2];

  g_assert_cmpint (pipe (ends), ==, 0);
  identity = bv_unix_sockets_identify (ends[0]);
  g_assert_cmpuint (identity, ==, 0);
  g_array_append_val (identities, identity);
  g_assert_cmpuint (count (identities), ==, 0);
  g_close (ends[0], NULL);
  g_close (ends[1], NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/unix-sockets/open", test_open);
  g_test_add_func ("/unix-sockets/no-socket", test_no_socket);
  return g_test_run ();
}
