/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/bv-controller-private.h"

#include "host/volume/bv-volume-objects.h"
#include "model/bv-vmi-private.h"

/* The stored objects as a cluster takes them: as they were given, without what the service added.
 */

typedef struct
{
  BvController *controller;
  GPtrArray *entries; /* in the order in which they are told */
} Exporter;

static void
add_entry (Exporter *self, BvEntry *entry)
{
  if (entry != NULL && bv_entry_get_owner (entry)[0] == '\0' &&
      !g_ptr_array_find (self->entries, entry, NULL))
    g_ptr_array_add (self->entries, entry);
}

static BvObject *
look_up (const char *kind, const char *namespace, const char *name, gpointer user_data)
{
  Exporter *self = user_data;
  BvEntry *entry = bv_registry_find (self->controller->registry, kind, namespace, name);

  add_entry (self, entry);
  return entry != NULL ? bv_entry_get_object (entry) : NULL;
}

static void
add_claim (Exporter *self, const char *namespace, const char *kind, const char *name)
{
  if (name != NULL)
    look_up (kind, namespace, name, self);
}

/* All that OBJECT, a VM or VMI, names comes before it. */
static void
add_references (Exporter *self, BvObject *object)
{
  g_autoptr (BvVmi) vmi = NULL;
  g_autoptr (BvVolumeObjects) objects = NULL;
  const BvApiVirtualMachineInstanceSpec *spec;
  const char *namespace = bv_object_get_namespace (object);

  if (BV_IS_VIRTUAL_MACHINE (object))
    vmi = bv_virtual_machine_create_vmi (BV_VIRTUAL_MACHINE (object));
  else if (BV_IS_VMI (object))
    vmi = g_object_ref (BV_VMI (object));
  if (vmi == NULL)
    return;
  objects = bv_volume_objects_new (vmi, look_up, self);
  spec = bv_vmi_get_record (vmi)->spec;
  for (guint i = 0; i < spec->n_volumes; i++)
    {
      const BvApiVolume *volume = spec->volumes[i];

      if (volume->persistent_volume_claim != NULL)
        add_claim (self, namespace, "PersistentVolumeClaim",
                   volume->persistent_volume_claim->claim_name);
      if (volume->data_volume != NULL)
        add_claim (self, namespace, "DataVolume", volume->data_volume->name);
    }
}

/* The entries that OBJECT, a VM or VMI, names, each once; claims too. */
GPtrArray *
bv_controller_list_references (BvController *self, BvObject *object)
{
  GPtrArray *entries = g_ptr_array_new ();
  Exporter exporter = { self, entries };

  add_references (&exporter, object);
  return entries;
}

/* A start or stop may have changed the run strategy; all else is as it was given. */
static BvObject *
get_exported (BvEntry *entry)
{
  BvObject *object = bv_entry_get_object (entry);
  g_autoptr (BvObject) copy = NULL;

  if (!BV_IS_VIRTUAL_MACHINE (object))
    return bv_entry_parse_applied (entry);
  copy = bv_object_copy (object);
  bv_object_set_uid (copy, NULL);
  return g_steal_pointer (&copy);
}

static gboolean
is_wanted (BvEntry *entry, const BvExportFilter *filter)
{
  BvObject *object = bv_entry_get_object (entry);

  return (filter->kind == NULL || g_str_equal (filter->kind, bv_object_get_kind (object))) &&
         (filter->namespace == NULL ||
          g_str_equal (filter->namespace, bv_object_get_namespace (object))) &&
         (filter->name == NULL || g_str_equal (filter->name, bv_object_get_name (object)));
}

/* YAML, a document for each object. */
char *
bv_controller_export (BvController *self, const BvExportFilter *filter)
{
  g_autoptr (GPtrArray) all = bv_registry_list (self->registry);
  g_autoptr (GPtrArray) entries = g_ptr_array_new ();
  Exporter exporter = { self, entries };
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < all->len; i++)
    {
      BvEntry *entry = g_ptr_array_index (all, i);

      if (!is_wanted (entry, filter))
        continue;
      if (filter->references)
        add_references (&exporter, bv_entry_get_object (entry));
      add_entry (&exporter, entry);
    }
  for (guint i = 0; i < entries->len; i++)
    {
      g_autoptr (BvObject) object = get_exported (g_ptr_array_index (entries, i));
      g_autofree char *yaml = bv_object_to_yaml (object);

      g_string_append_printf (text, "---\n%s", yaml);
    }
  return g_string_free (text, FALSE);
}
