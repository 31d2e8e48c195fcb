/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/bv-manifest.h"
#include "runtime/store/bv-registry.h"

#define DOCUMENT(kind, name)                                                                       \
  "---\napiVersion: kubevirt.io/v1\nkind: " kind "\nmetadata: {name: " name "}\nspec: {}\n"

/* Of two kinds, one of which begins with the other's name. */
static const char documents[] =
    DOCUMENT ("VirtualMachineInstance", "b") DOCUMENT ("VirtualMachine", "c")
        DOCUMENT ("VirtualMachineInstance", "a") DOCUMENT ("VirtualMachine", "a");

static GPtrArray *
make_entries (void)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (documents, sizeof documents - 1);
  g_autoptr (BvManifest) manifest = bv_manifest_new_from_bytes (bytes, "text", BV_MANIFEST_NONE);
  GListModel *objects = bv_manifest_get_objects (manifest);
  GPtrArray *entries = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < g_list_model_get_n_items (objects); i++)
    {
      g_autoptr (BvObject) object = g_list_model_get_item (objects, i);
      g_autofree char *uid = g_strdup_printf ("%u", i);

      bv_object_set_uid (object, uid);
      g_ptr_array_add (entries, bv_entry_new (object, "", NULL));
    }
  return entries;
}

static void
check (GPtrArray *listed, const char *expected)
{
  g_autoptr (GPtrArray) entries = listed;
  g_autoptr (GString) keys = g_string_new (NULL);

  for (guint i = 0; i < entries->len; i++)
    g_string_append_printf (keys, "%s ", bv_entry_get_key (g_ptr_array_index (entries, i)));
  g_assert_cmpstr (keys->str, ==, expected);
}

static void
test_list (void)
{
  g_autoptr (BvRegistry) registry = bv_registry_new ();
  g_autoptr (GPtrArray) entries = make_entries ();

  check (bv_registry_list (registry), "");
  check (bv_registry_list_kind (registry, "VirtualMachine"), "");
  for (guint i = 0; i < entries->len; i++)
    bv_registry_add (registry, g_ptr_array_index (entries, i));
  check (bv_registry_list (registry), "VirtualMachine/default/a VirtualMachine/default/c "
                                      "VirtualMachineInstance/default/a "
                                      "VirtualMachineInstance/default/b ");
  check (bv_registry_list_kind (registry, "VirtualMachine"),
         "VirtualMachine/default/a VirtualMachine/default/c ");
  check (bv_registry_list_kind (registry, "VirtualMachineInstance"),
         "VirtualMachineInstance/default/a VirtualMachineInstance/default/b ");
  check (bv_registry_list_kind (registry, "Secret"), "");
}

/* Who has a list keeps it. */
static void
test_remove (void)
{
  g_autoptr (BvRegistry) registry = bv_registry_new ();
  g_autoptr (GPtrArray) entries = make_entries ();
  GPtrArray *before;

  for (guint i = 0; i < entries->len; i++)
    bv_registry_add (registry, g_ptr_array_index (entries, i));
  before = bv_registry_list_kind (registry, "VirtualMachine");
  bv_registry_remove (registry, g_ptr_array_index (entries, 3));
  bv_registry_remove (registry, g_ptr_array_index (entries, 0));
  g_ptr_array_set_size (entries, 0);
  check (before, "VirtualMachine/default/a VirtualMachine/default/c ");
  check (bv_registry_list (registry), "VirtualMachine/default/c VirtualMachineInstance/default/a ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/registry/list", test_list);
  g_test_add_func ("/registry/remove", test_remove);
  return g_test_run ();
}
