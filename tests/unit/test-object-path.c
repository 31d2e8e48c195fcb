/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "daemon/bv-object-path.h"

static void
test_round_trip (void)
{
  static const struct
  {
    const char *name;
    const char *path;
  } cases[] = {
    { "hello", "/org/barevirt1/secret/default/hello" },
    { "my-vm.example", "/org/barevirt1/secret/default/my_2dvm_2eexample" },
    { "9lives", "/org/barevirt1/secret/default/_39lives" },
    { "a_b", "/org/barevirt1/secret/default/a_5fb" },
    { "", "/org/barevirt1/secret/default/_" },
    { "\303\244", "/org/barevirt1/secret/default/_c3_a4" },
    { "a/b", "/org/barevirt1/secret/default/a_2fb" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = bv_object_path_new ("Secret", "default", cases[i].name);
      g_autofree char *kind = NULL;
      g_autofree char *namespace = NULL;
      g_autofree char *name = NULL;

      g_assert_cmpstr (path, ==, cases[i].path);
      g_assert_true (g_variant_is_object_path (path));
      g_assert_true (bv_object_path_parse (path, &kind, &namespace, &name));
      g_assert_cmpstr (kind, ==, "secret");
      g_assert_cmpstr (namespace, ==, "default");
      g_assert_cmpstr (name, ==, cases[i].name);
    }
}

static void
test_others (void)
{
  static const char *const paths[] = { "/", "/org/barevirt1", "/org/barevirt1/job/7",
                                       "/org/x/y/z/a" };
  g_autofree char *parent = bv_object_path_new ("VirtualMachineInstance", "default", "a-b");
  g_autofree char *child = bv_object_path_new_child (parent, "disk", "root-disk");

  g_assert_cmpstr (child, ==,
                   "/org/barevirt1/virtualmachineinstance/default/a_2db/disk/root_2ddisk");
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      char *parts[3];

      g_assert_false (bv_object_path_parse (paths[i], &parts[0], &parts[1], &parts[2]));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/object-path/round-trip", test_round_trip);
  g_test_add_func ("/object-path/others", test_others);
  return g_test_run ();
}
