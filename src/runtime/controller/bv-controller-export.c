/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/controller/bv-controller-private.h"

#include "host/volume/bv-volume-objects.h"
#include "model/bv-vmi-private.h"

/* The stored objects as a cluster takes them: as they were given, without what the service added.
 */

typedef struct
{
  BvController *controller;
  GPtrArray *entries; /* in the order in which they are told */
  gboolean stored;
} Exporter;

/* One that is under way. */
typedef struct
{
  GPtrArray *entries;
  gboolean stored;
  guint next;
  GString *text;
} Export;

/* Of a thousand objects the main loop is not to wait for. */
#define OBJECTS_AT_A_TIME 16

static void
add_entry (Exporter *self, BvEntry *entry)
{
  if (entry != NULL && (self->stored || bv_entry_get_owner (entry)[0] == '\0') &&
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
  Exporter exporter = { self, entries, FALSE };

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

static GPtrArray *
list_entries (BvController *self, const BvExportFilter *filter)
{
  g_autoptr (GPtrArray) all = bv_registry_list (self->registry);
  GPtrArray *entries = g_ptr_array_new ();
  Exporter exporter = { self, entries, filter->stored };

  for (guint i = 0; i < all->len; i++)
    {
      BvEntry *entry = g_ptr_array_index (all, i);

      if (!is_wanted (entry, filter))
        continue;
      if (filter->references)
        add_references (&exporter, bv_entry_get_object (entry));
      add_entry (&exporter, entry);
    }
  g_ptr_array_foreach (entries, (GFunc)(GCallback)g_object_ref, NULL);
  g_ptr_array_set_free_func (entries, g_object_unref);
  return entries;
}

static void
export_free (gpointer data)
{
  Export *self = data;

  g_ptr_array_unref (self->entries);
  g_string_free (self->text, TRUE);
  g_free (self);
}

static void
add_text (Export *self, BvEntry *entry)
{
  g_autoptr (BvObject) object =
      self->stored ? g_object_ref (bv_entry_get_object (entry)) : get_exported (entry);
  g_autofree char *yaml = bv_object_to_yaml (object);

  g_string_append_printf (self->text, "---\n%s", yaml);
}

/* One that was deleted meanwhile is left out. */
static gboolean
add_some_cb (gpointer user_data)
{
  GTask *task = user_data;
  Export *self = g_task_get_task_data (task);

  for (guint i = 0; i < OBJECTS_AT_A_TIME && self->next < self->entries->len; i++, self->next++)
    if (!bv_entry_is_removed (self->entries->pdata[self->next]))
      add_text (self, self->entries->pdata[self->next]);
  if (self->next < self->entries->len)
    return G_SOURCE_CONTINUE;
  g_task_return_pointer (task, g_strdup (self->text->str), g_free);
  return G_SOURCE_REMOVE;
}

void
bv_controller_export_async (BvController *self, const BvExportFilter *filter,
                            GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);
  Export *export = g_new0 (Export, 1);

  g_task_set_source_tag (task, bv_controller_export_async);
  export->entries = list_entries (self, filter);
  export->stored = filter->stored;
  export->text = g_string_new (NULL);
  g_task_set_task_data (task, export, export_free);
  g_idle_add_full (G_PRIORITY_DEFAULT, add_some_cb, task, g_object_unref);
}

/* YAML, a document for each object. */
char *
bv_controller_export_finish (BvController *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
