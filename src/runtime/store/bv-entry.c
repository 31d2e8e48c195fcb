/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/store/bv-entry.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "model/bv-error.h"
#include "model/bv-manifest.h"

struct _BvEntry
{
  GObject parent_instance;

  char *key;
  BvObject *object;
  char *applied;
  char *owner;
  gint64 generation;
  gint64 created;
  gint64 deleted;
  gboolean removed;
  GObject *runtime;
};

G_DEFINE_FINAL_TYPE (BvEntry, bv_entry, G_TYPE_OBJECT)

enum
{
  CHANGED,
  REMOVED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
bv_entry_dispose (GObject *object)
{
  g_clear_object (&BV_ENTRY (object)->runtime);
  G_OBJECT_CLASS (bv_entry_parent_class)->dispose (object);
}

static void
bv_entry_finalize (GObject *object)
{
  BvEntry *self = BV_ENTRY (object);

  g_clear_object (&self->object);
  g_free (self->key);
  g_free (self->applied);
  g_free (self->owner);
  G_OBJECT_CLASS (bv_entry_parent_class)->finalize (object);
}

static void
bv_entry_class_init (BvEntryClass *class)
{
  G_OBJECT_CLASS (class)->dispose = bv_entry_dispose;
  G_OBJECT_CLASS (class)->finalize = bv_entry_finalize;
  signals[CHANGED] = g_signal_new ("changed", BV_TYPE_ENTRY, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 0);
  signals[REMOVED] = g_signal_new ("removed", BV_TYPE_ENTRY, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 0);
}

static void
bv_entry_init (BvEntry *self)
{
}

char *
bv_entry_make_key (const char *kind, const char *namespace, const char *name)
{
  return g_strdup_printf ("%s/%s/%s", kind, namespace, name);
}

static BvEntry *
new_for_object (BvObject *object, const char *applied, const char *owner)
{
  BvEntry *self = g_object_new (BV_TYPE_ENTRY, NULL);

  self->object = g_object_ref (object);
  self->key = bv_entry_make_key (bv_object_get_kind (object), bv_object_get_namespace (object),
                                 bv_object_get_name (object));
  self->applied = g_strdup (applied);
  self->owner = g_strdup (owner != NULL ? owner : "");
  self->generation = 1;
  self->created = g_get_real_time ();
  return self;
}

/* A new object; it must have its uid. OWNER is that of the object that it is made for, or NULL. */
BvEntry *
bv_entry_new (BvObject *object, const char *applied, const char *owner)
{
  g_return_val_if_fail (bv_object_get_uid (object) != NULL, NULL);
  return new_for_object (object, applied, owner);
}

BvEntry *
bv_entry_new_from_row (const BvStoreRow *row, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (row->manifest, strlen (row->manifest));
  g_autoptr (BvManifest) manifest = bv_manifest_new_from_bytes (bytes, "store", BV_MANIFEST_NONE);
  g_autoptr (BvObject) object = NULL;
  BvEntry *self;

  if (g_list_model_get_n_items (bv_manifest_get_objects (manifest)) == 1)
    object = g_list_model_get_item (bv_manifest_get_objects (manifest), 0);
  if (object == NULL || g_strcmp0 (bv_object_get_kind (object), row->kind) != 0 ||
      g_strcmp0 (bv_object_get_namespace (object), row->namespace) != 0 ||
      g_strcmp0 (bv_object_get_name (object), row->name) != 0)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_INTERNAL,
                   _ ("The stored %s %s/%s cannot be read any more."), row->kind, row->namespace,
                   row->name);
      return NULL;
    }
  bv_object_set_uid (object, row->uid);
  self = new_for_object (object, row->applied, row->owner);
  self->generation = row->generation;
  self->created = row->created;
  self->deleted = row->deleted;
  return self;
}

BvStoreRow *
bv_entry_to_row (BvEntry *self, const char *status)
{
  BvStoreRow *row = g_new0 (BvStoreRow, 1);

  row->kind = g_strdup (bv_object_get_kind (self->object));
  row->namespace = g_strdup (bv_object_get_namespace (self->object));
  row->name = g_strdup (bv_object_get_name (self->object));
  row->uid = g_strdup (bv_object_get_uid (self->object));
  row->owner = g_strdup (self->owner);
  row->generation = self->generation;
  row->created = self->created;
  row->deleted = self->deleted;
  row->applied = g_strdup (self->applied);
  row->manifest = bv_object_to_json (self->object);
  row->status = g_strdup (status != NULL ? status : "{}");
  return row;
}

const char *
bv_entry_get_key (BvEntry *self)
{
  return self->key;
}

BvObject *
bv_entry_get_object (BvEntry *self)
{
  return self->object;
}

/* The manifest as it was given, as JSON. */
const char *
bv_entry_get_applied (BvEntry *self)
{
  return self->applied;
}

/* The manifest as it was given, anew. */
BvObject *
bv_entry_parse_applied (BvEntry *self)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (self->applied, strlen (self->applied));
  g_autoptr (BvManifest) manifest = bv_manifest_new_from_bytes (bytes, "store", BV_MANIFEST_NONE);

  return g_list_model_get_item (bv_manifest_get_objects (manifest), 0);
}

/* The owner's uid, or the empty string. */
const char *
bv_entry_get_owner (BvEntry *self)
{
  return self->owner;
}

gint64
bv_entry_get_generation (BvEntry *self)
{
  return self->generation;
}

gint64
bv_entry_get_created (BvEntry *self)
{
  return self->created;
}

gint64
bv_entry_get_deleted (BvEntry *self)
{
  return self->deleted;
}

gboolean
bv_entry_is_removed (BvEntry *self)
{
  return self->removed;
}

/* For messages. */
char *
bv_entry_describe (BvEntry *self)
{
  return g_strdup_printf ("%s %s/%s", bv_object_get_kind (self->object),
                          bv_object_get_namespace (self->object),
                          bv_object_get_name (self->object));
}

gpointer
bv_entry_get_runtime (BvEntry *self)
{
  return self->runtime;
}

void
bv_entry_set_runtime (BvEntry *self, gpointer runtime)
{
  g_set_object (&self->runtime, runtime);
}

BvEntry *
bv_entry_new_successor (BvEntry *self, BvObject *object, const char *applied)
{
  BvEntry *successor = new_for_object (object, applied, self->owner);

  bv_object_set_uid (object, bv_object_get_uid (self->object));
  successor->generation = self->generation + 1;
  successor->created = self->created;
  successor->deleted = self->deleted;
  return successor;
}

/* Takes over what SUCCESSOR says, once that is stored. */
void
bv_entry_become (BvEntry *self, BvEntry *successor)
{
  g_set_object (&self->object, successor->object);
  g_free (self->applied);
  self->applied = g_strdup (successor->applied);
  self->generation = successor->generation;
  g_signal_emit (self, signals[CHANGED], 0);
}

void
bv_entry_mark_deleted (BvEntry *self)
{
  if (self->deleted != 0)
    return;
  self->deleted = g_get_real_time ();
  g_signal_emit (self, signals[CHANGED], 0);
}

void
bv_entry_mark_removed (BvEntry *self)
{
  if (self->removed)
    return;
  self->removed = TRUE;
  g_signal_emit (self, signals[REMOVED], 0);
}
