/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "migration/bv-resolution.h"
#include "model/bv-error.h"
#include "runtime/store/bv-registry.h"

#define KEY "VirtualMachine/default/vm"

static void
test_owner (void)
{
  BvMigrationRecord record = { .source = (char *)"a", .target = (char *)"b" };
  BvResolution resolution = { .owner = "a" };
  g_autoptr (GError) error = NULL;

  g_assert_true (bv_resolution_check_owner (&resolution, &record, NULL));
  resolution.owner = "b";
  g_assert_true (bv_resolution_check_owner (&resolution, &record, NULL));
  resolution.owner = "c";
  g_assert_false (bv_resolution_check_owner (&resolution, &record, &error));
  g_assert_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT);
}

/* The word of one host is neither that of the other nor that of another migration. */
static void
test_proof (void)
{
  g_autofree char *released = bv_resolution_make_proof ("uid", BV_PROOF_RELEASED);
  g_autofree char *rejected = bv_resolution_make_proof ("uid", BV_PROOF_REJECTED);
  g_autofree char *other = bv_resolution_make_proof ("uid2", BV_PROOF_RELEASED);
  const char *const wrong[] = { rejected, other, "", NULL };
  BvResolution resolution = { .owner = "b", .proof = released };

  g_assert_true (bv_resolution_check_proof (&resolution, "uid", BV_PROOF_RELEASED, "No.", NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;
      BvError expected = wrong[i] != NULL ? BV_ERROR_INVALID_ARGUMENT : BV_ERROR_CONFLICT;

      resolution.proof = wrong[i];
      g_assert_false (
          bv_resolution_check_proof (&resolution, "uid", BV_PROOF_RELEASED, "No.", &error));
      g_assert_error (error, BV_ERROR, (int)expected);
    }
  resolution.force = TRUE;
  g_assert_true (bv_resolution_check_proof (&resolution, "uid", BV_PROOF_RELEASED, "No.", NULL));
}

static void
test_command (void)
{
  g_autofree char *word = bv_resolution_make_proof ("uid", BV_PROOF_RELEASED);
  g_autofree char *command = bv_resolution_make_command ("uid", BV_PROOF_RELEASED, "vm", "b");

  g_assert_nonnull (strstr (command, "barevirt migration resolve vm --owner b --proof "));
  g_assert_nonnull (strstr (command, word));
}

/* A name that a guest has left stays taken, whatever becomes of its next move. */
static void
test_reservations (void)
{
  g_autoptr (BvRegistry) registry = bv_registry_new ();

  bv_registry_reserve (registry, KEY, "left", "It left.");
  bv_registry_reserve (registry, KEY, "comes", "It comes.");
  g_assert_cmpstr (bv_registry_get_reservation (registry, KEY), ==, "It comes.");
  bv_registry_unreserve (registry, "comes");
  g_assert_cmpstr (bv_registry_get_reservation (registry, KEY), ==, "It left.");
  bv_registry_reserve (registry, KEY, "left", "It left again.");
  bv_registry_unreserve (registry, "other");
  g_assert_cmpstr (bv_registry_get_reservation (registry, KEY), ==, "It left again.");
  bv_registry_unreserve (registry, "left");
  g_assert_null (bv_registry_get_reservation (registry, KEY));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/resolution/owner", test_owner);
  g_test_add_func ("/resolution/proof", test_proof);
  g_test_add_func ("/resolution/command", test_command);
  g_test_add_func ("/resolution/reservations", test_reservations);
  return g_test_run ();
}
