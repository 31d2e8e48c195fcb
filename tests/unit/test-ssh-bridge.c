/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <gio/gio.h>

#include "migration/bv-ssh-bridge.h"

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **place = user_data;

  *place = g_object_ref (result);
}

/* What ssh itself says is told, and not that a line was missing. Nobody listens at port 1. */
static void
test_refused (void)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  bv_ssh_bridge_open_async ("ssh://nobody@127.0.0.1:1", NULL, opened_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_null (bv_ssh_bridge_open_finish (result, &error));
  g_assert_nonnull (error);
  g_assert_cmpstr (error->message, ==, "ssh: connect to host 127.0.0.1 port 1: Connection refused");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ssh-bridge/refused", test_refused);
  return g_test_run ();
}
