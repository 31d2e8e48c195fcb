/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/controller/bv-controller-private.h"

/* The kinds of objects that a guest can see as files. */
static const char *const shown_kinds[] = { "ConfigMap", "Secret", "ServiceAccount",
                                           "VirtualMachineInstance", NULL };

static const char *
get_namespace (BvEntry *entry)
{
  return bv_object_get_namespace (bv_entry_get_object (entry));
}

/* Namespaces in which a guest may see something else now. */
static GHashTable *
list_namespaces (GArray *applied)
{
  GHashTable *namespaces = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < applied->len; i++)
    {
      const BvApplied *result = &g_array_index (applied, BvApplied, i);
      const char *kind = bv_object_get_kind (bv_entry_get_object (result->entry));

      if (result->change != BV_CHANGE_UNCHANGED && g_strv_contains (shown_kinds, kind))
        g_hash_table_add (namespaces, (gpointer)get_namespace (result->entry));
    }
  return namespaces;
}

void
bv_controller_update_shares (BvController *self, GArray *applied)
{
  g_autoptr (GHashTable) namespaces = list_namespaces (applied);
  GHashTableIter iter;
  gpointer runtime;

  if (g_hash_table_size (namespaces) == 0)
    return;
  g_hash_table_iter_init (&iter, self->by_domain);
  while (g_hash_table_iter_next (&iter, NULL, &runtime))
    if (g_hash_table_contains (namespaces, get_namespace (bv_vmi_runtime_get_entry (runtime))))
      {
        bv_vmi_runtime_update_shares (runtime);
        bv_vmi_runtime_update_credentials (runtime);
      }
}
