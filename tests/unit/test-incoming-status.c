/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "migration/bv-incoming-status.h"
#include "model/bv-error.h"
#include "runtime/vmi/bv-vmi-status.h"

#define VMI "VirtualMachineInstance"

static BvStoreRow *
new_row (const char *kind, const char *status)
{
  BvStoreRow *row = g_new0 (BvStoreRow, 1);

  row->kind = g_strdup (kind);
  row->namespace = g_strdup ("default");
  row->name = g_strdup ("web");
  row->status = g_strdup (status);
  return row;
}

/* What this host writes itself passes, but for what is of that host alone. */
static void
test_our_own (void)
{
  g_autoptr (BvVmiStatus) status = bv_vmi_status_new ();
  g_autoptr (BvVmiStatus) again = NULL;
  g_autoptr (BvStoreRow) row = new_row (VMI, "");
  g_autoptr (GError) error = NULL;
  const char *const addresses[] = { "10.0.2.7", "fd10:0:2::7", NULL };

  bv_vmi_status_set_phase (status, "Running", NULL);
  g_strfreev (status->addresses);
  status->addresses = g_strdupv ((char **)addresses);
  status->runtime_directory = g_strdup ("/run/theirs");
  status->paused_by_user = TRUE;
  status->thaw_at = 42;
  g_free (row->status);
  row->status = bv_vmi_status_to_json (status);
  g_assert_true (bv_incoming_status_clean (row, &error));
  g_assert_no_error (error);
  again = bv_vmi_status_new_from_json (row->status, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (again->phase, ==, "Running");
  g_assert_cmpuint (again->transitions->len, ==, 2);
  g_assert_cmpstr (again->addresses[1], ==, "fd10:0:2::7");
  g_assert_true (again->paused_by_user);
  g_assert_cmpint (again->thaw_at, ==, 42);
  g_assert_null (again->runtime_directory);
}

/* A part of a status that is right, and what is put in the place of it. */
static const struct
{
  const char *right;
  const char *wrong;
  const char *member;
} wrongs[] = {
  { "\"phase\":\"Running\",", "", "phase" },
  { "\"phase\":\"Running\",", "\"phase\":7,", "phase" },
  { "\"phase\":\"Running\",", "\"phase\":\"Dancing\",", "phase" },
  { "\"phase\":\"Running\",", "\"phase\":null,", "phase" },
  { "\"reason\":\"\"", "\"reason\":{}", "reason" },
  { "\"stopping\":false", "\"stopping\":\"no\"", "stopping" },
  { "\"shutdownStarted\":0", "\"shutdownStarted\":-5", "shutdownStarted" },
  { "\"shutdownStarted\":0", "\"shutdownStarted\":0.5", "shutdownStarted" },
  { "\"gracePeriod\":-1", "\"gracePeriod\":-2", "gracePeriod" },
  { "\"transitions\":[]", "\"transitions\":{}", "transitions" },
  { "\"transitions\":[]", "\"transitions\":[7]", "transitions" },
  { "\"transitions\":[]", "\"transitions\":[{\"phase\":\"Running\"}]", "transitions" },
  { "\"addresses\":[]", "\"addresses\":\"10.0.2.2\"", "addresses" },
  { "\"addresses\":[]", "\"addresses\":[7]", "addresses" },
  { "\"addresses\":[]", "\"addresses\":[[]]", "addresses" },
};

static void
test_wrong (void)
{
  static const char right[] =
      "{\"phase\":\"Running\",\"reason\":\"\",\"pausedByUser\":false,\"stopping\":false,"
      "\"shutdownStarted\":0,\"gracePeriod\":-1,\"transitions\":[],\"addresses\":[]}";

  for (gsize i = 0; i < G_N_ELEMENTS (wrongs); i++)
    {
      g_autoptr (GString) text = g_string_new (right);
      g_autoptr (BvStoreRow) row = NULL;
      g_autoptr (GError) error = NULL;

      g_assert_cmpuint (g_string_replace (text, wrongs[i].right, wrongs[i].wrong, 1), ==, 1);
      row = new_row (VMI, text->str);
      g_assert_false (bv_incoming_status_clean (row, &error));
      g_assert_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT);
      g_assert_nonnull (strstr (error->message, wrongs[i].member));
    }
}

static void
test_other_kinds (void)
{
  g_autoptr (BvStoreRow) vm = new_row ("VirtualMachine", "{}");
  g_autoptr (BvStoreRow) wrong = new_row ("VirtualMachine", "{\"failures\":\"many\"}");
  g_autoptr (BvStoreRow) unknown = new_row ("VirtualMachine", "{\"request\":4}");
  g_autoptr (BvStoreRow) migration = new_row (
      VMI "Migration", "{\"stage\":\"owned\",\"isTarget\":true,\"source\":\"a\",\"target\":\"b\"}");
  g_autoptr (GError) error = NULL;

  g_assert_true (bv_incoming_status_clean (vm, &error));
  g_assert_false (bv_incoming_status_clean (wrong, &error));
  g_clear_error (&error);
  g_assert_false (bv_incoming_status_clean (unknown, &error));
  g_clear_error (&error);
  g_assert_true (bv_incoming_status_clean (migration, &error));
  g_assert_cmpstr (migration->status, ==, "{\"source\":\"a\",\"target\":\"b\"}");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/incoming-status/our-own", test_our_own);
  g_test_add_func ("/incoming-status/wrong", test_wrong);
  g_test_add_func ("/incoming-status/other-kinds", test_other_kinds);
  return g_test_run ();
}
