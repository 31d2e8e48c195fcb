/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/controller/bv-plan-text.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "admit/bv-admit.h"
#include "model/bv-cause-list.h"
#include "model/bv-object-private.h"
#include "runtime/store/bv-entry.h"

static void
item_free (BvPlanTextItem *self)
{
  g_clear_object (&self->object);
  g_clear_object (&self->given);
  g_free (self->applied);
  g_free (self);
}

void
bv_plan_text_free (BvPlanText *self)
{
  g_ptr_array_unref (self->items);
  g_ptr_array_unref (self->causes);
  g_free (self);
}

static void
clear_bit (BvApiObjectMeta *metadata, const char *name)
{
  const BvRecordType *type = &bv_api_object_meta_type;
  const BvField *field = bv_record_type_find (type, name, strlen (name));

  metadata->base.present &= ~(G_GUINT64_CONSTANT (1) << (field - type->fields));
}

/* What a cluster, or this service, gave the object is not the user's to say. */
static void
drop_given_metadata (BvObject *object)
{
  BvApiObjectMeta *metadata = bv_object_get_metadata (object);

  metadata->uid = NULL;
  metadata->resource_version = NULL;
  metadata->creation_timestamp = NULL;
  metadata->deletion_timestamp = NULL;
  metadata->owner_references = NULL;
  metadata->managed_fields = NULL;
  metadata->self_link = NULL;
  clear_bit (metadata, "generation");
  clear_bit (metadata, "deletionGracePeriodSeconds");
  metadata->generation = 0;
  metadata->deletion_grace_period_seconds = 0;
}

/* SEEN has the keys of the objects before it. */
static void
check_key (BvPlanText *self, BvObject *object, GHashTable *seen)
{
  const char *kind = bv_object_get_kind (object);
  const char *namespace = bv_object_get_namespace (object);
  const char *name = bv_object_get_name (object);
  BvCauseList list = { self->causes, bv_object_get_file (object), bv_object_get_document (object),
                       bv_object_get_root (object) };
  g_autofree char *message = NULL;

  if (name == NULL || g_hash_table_add (seen, bv_entry_make_key (kind, namespace, name)))
    return;
  message = g_strdup_printf (_ ("%s %s/%s is in the manifest twice. Leave one of them out."), kind,
                             namespace, name);
  bv_cause_list_add (&list, BV_SEVERITY_ERROR, BV_REASON_DUPLICATE, "metadata.name", message);
}

static void
add_causes (BvPlanText *self, GPtrArray *causes)
{
  for (guint i = 0; i < causes->len; i++)
    g_ptr_array_add (self->causes, bv_cause_ref (g_ptr_array_index (causes, i)));
}

static void
add_object (BvPlanText *self, BvObject *object, BvPolicy *policy)
{
  BvPlanTextItem *item = g_new0 (BvPlanTextItem, 1);
  g_autoptr (GPtrArray) causes = NULL;

  g_ptr_array_add (self->items, item);
  drop_given_metadata (object);
  item->object = g_object_ref (object);
  item->given = bv_object_copy (object);
  item->applied = bv_object_to_json (object);
  causes = bv_object_admit (object, policy);
  add_causes (self, causes);
}

BvPlanText *
bv_plan_text_new (BvPolicy *policy, const char *text, const char *file, BvManifestFlags flags)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));
  g_autoptr (BvManifest) manifest = bv_manifest_new_from_bytes (bytes, file, flags);
  GListModel *objects = bv_manifest_get_objects (manifest);
  BvPlanText *self = g_new0 (BvPlanText, 1);

  self->items = g_ptr_array_new_with_free_func ((GDestroyNotify)item_free);
  self->causes = g_ptr_array_new_with_free_func ((GDestroyNotify)bv_cause_unref);
  add_causes (self, bv_manifest_get_causes (manifest));
  for (guint i = 0; i < g_list_model_get_n_items (objects); i++)
    {
      g_autoptr (BvObject) object = g_list_model_get_item (objects, i);

      check_key (self, object, seen);
      add_object (self, object, policy);
    }
  bv_causes_sort (self->causes);
  return self;
}
