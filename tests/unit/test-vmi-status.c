/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/bv-conditions.h"
#include "runtime/bv-vmi-status.h"

static void
test_round_trip (void)
{
  const char *const addresses[] = { "192.0.2.7", "2001:db8::7", NULL };
  g_autoptr (BvVmiStatus) status = bv_vmi_status_new ();
  g_autoptr (BvVmiStatus) back = NULL;
  g_autofree char *json = NULL;
  g_autofree char *again = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (bv_vmi_status_set_phase (status, "Running", NULL));
  g_assert_false (bv_vmi_status_set_phase (status, "Running", "Why \"not\""));
  g_strfreev (status->addresses);
  status->addresses = g_strdupv ((char **)addresses);
  status->runtime_directory = g_strdup ("/run/x");
  status->paused_by_user = TRUE;
  status->stopping = TRUE;
  status->shutdown_started = G_GINT64_CONSTANT (1795258142821289);
  status->grace_period = 7;
  json = bv_vmi_status_to_json (status);
  back = bv_vmi_status_new_from_json (json, &error);
  g_assert_no_error (error);
  again = bv_vmi_status_to_json (back);
  g_assert_cmpstr (json, ==, again);
  g_assert_cmpuint (back->transitions->len, ==, 2);
  g_assert_true (bv_vmi_status_was_in (back, "Pending"));
  g_assert_false (bv_vmi_status_was_in (back, "Failed"));
  g_assert_false (bv_vmi_status_is_final (back));
  g_assert_cmpint (back->shutdown_started, ==, G_GINT64_CONSTANT (1795258142821289));
}

static void
test_new (void)
{
  g_autoptr (BvVmiStatus) status = bv_vmi_status_new_from_json ("{}", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (status->phase, ==, "Pending");
  g_assert_cmpint (status->grace_period, ==, -1);
  g_assert_null (bv_vmi_status_new_from_json ("{", &error));
  g_assert_nonnull (error);
}

static void
test_conditions (void)
{
  g_autoptr (BvConditions) conditions = bv_conditions_new ();
  g_autoptr (GVariant) list = NULL;

  g_assert_true (bv_conditions_set (conditions, "Ready", TRUE, NULL, NULL));
  g_assert_false (bv_conditions_set (conditions, "Ready", TRUE, NULL, NULL));
  g_assert_true (bv_conditions_is_true (conditions, "Ready"));
  g_assert_true (bv_conditions_set (conditions, "Ready", FALSE, "Why", "Because."));
  g_assert_false (bv_conditions_is_true (conditions, "Ready"));
  list = g_variant_ref_sink (bv_conditions_to_variant (conditions));
  g_assert_cmpuint (g_variant_n_children (list), ==, 1);
  g_assert_true (bv_conditions_remove (conditions, "Ready"));
  g_assert_false (bv_conditions_remove (conditions, "Ready"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/vmi-status/round-trip", test_round_trip);
  g_test_add_func ("/vmi-status/new", test_new);
  g_test_add_func ("/vmi-status/conditions", test_conditions);
  return g_test_run ();
}
