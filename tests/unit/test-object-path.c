/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "daemon/bv-object-path.h"

static void
test_names (void)
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

      g_assert_cmpstr (path, ==, cases[i].path);
      g_assert_true (g_variant_is_object_path (path));
    }
}

static void
test_child (void)
{
  g_autofree char *parent = bv_object_path_new ("VirtualMachineInstance", "default", "a-b");
  g_autofree char *child = bv_object_path_new_child (parent, "disk", "root-disk");

  g_assert_cmpstr (child, ==,
                   "/org/barevirt1/virtualmachineinstance/default/a_2db/disk/root_2ddisk");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/object-path/names", test_names);
  g_test_add_func ("/object-path/child", test_child);
  return g_test_run ();
}
