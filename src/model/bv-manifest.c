/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/bv-manifest.h"

#include "model/bv-decode.h"
#include "model/bv-object-private.h"
#include "model/bv-yaml-reader.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/**
 * BvManifest:
 *
 * A text of manifests, as `kubectl apply -f` takes it: YAML or JSON, several documents, `kind:
 * List`. It is read as a whole: what is right becomes objects, what is wrong becomes causes, each
 * with its line and column.
 *
 * Since: 1.0
 */
struct _BvManifest
{
  GObject parent_instance;

  GListStore *objects;
  GPtrArray *causes;
  char *file_name;
  BvManifestFlags flags;
};

G_DEFINE_FINAL_TYPE (BvManifest, bv_manifest, G_TYPE_OBJECT)

static void
bv_manifest_finalize (GObject *object)
{
  BvManifest *self = BV_MANIFEST (object);

  g_clear_object (&self->objects);
  g_clear_pointer (&self->causes, g_ptr_array_unref);
  g_clear_pointer (&self->file_name, g_free);
  G_OBJECT_CLASS (bv_manifest_parent_class)->finalize (object);
}

static void
bv_manifest_class_init (BvManifestClass *class)
{
  G_OBJECT_CLASS (class)->finalize = bv_manifest_finalize;
}

static void
bv_manifest_init (BvManifest *self)
{
  self->objects = g_list_store_new (BV_TYPE_OBJECT);
  self->causes = g_ptr_array_new_with_free_func ((GDestroyNotify)bv_cause_unref);
}

static const char *
find_kind_name (const char *meant)
{
  g_autofree const char **names = g_new0 (const char *, bv_n_kind_types + 1);

  for (guint i = 0; i < bv_n_kind_types; i++)
    names[i] = bv_kind_types[i].kind;
  return bv_suggest (meant, names);
}

static void
refuse_kind (BvManifest *self, BvCauseList *list, const char *kind)
{
  const char *meant = find_kind_name (kind);
  gboolean skip = (self->flags & BV_MANIFEST_SKIP_UNKNOWN) != 0;
  g_autofree char *message = NULL;

  if (meant != NULL && !skip)
    message = g_strdup_printf (_ ("Barevirt knows no kind “%s”; did you mean “%s”?"), kind, meant);
  else if (skip)
    message = g_strdup_printf (
        _ ("An object of the kind “%s” is left out; Barevirt does not know it."), kind);
  else
    message = g_strdup_printf (_ ("Barevirt knows no kind “%s”; remove the object, or skip such "
                                  "kinds with --skip-unknown."),
                               kind);
  bv_cause_list_add (list, skip ? BV_SEVERITY_WARNING : BV_SEVERITY_ERROR, BV_REASON_NOT_SUPPORTED,
                     "kind", message);
}

static const BvKindType *
check_kind (BvManifest *self, const BvNode *node, BvCauseList *list)
{
  const char *kind = bv_node_get_text (node, "kind");
  const char *version = bv_node_get_text (node, "apiVersion");
  const BvKindType *type;

  if (kind == NULL || version == NULL)
    {
      bv_cause_list_add (
          list, BV_SEVERITY_ERROR, BV_REASON_REQUIRED, kind == NULL ? "kind" : "apiVersion",
          _ ("An object needs both apiVersion and kind, such as “apiVersion: kubevirt.io/v1” and "
             "“kind: VirtualMachine”."));
      return NULL;
    }
  type = bv_kind_type_find (kind);
  if (type == NULL)
    refuse_kind (self, list, kind);
  else if (!g_strv_contains (type->api_versions, version))
    {
      g_autofree char *message = g_strdup_printf (_ ("“%s” is no API version of %s; write “%s”."),
                                                  version, kind, type->api_versions[0]);

      bv_cause_list_add (list, BV_SEVERITY_ERROR, BV_REASON_NOT_SUPPORTED, "apiVersion", message);
      return NULL;
    }
  return type;
}

/* What a cluster says about an object is not what its owner wants of it. */
static void
drop_status (const BvKindType *kind, gpointer record, BvCauseList *list)
{
  const BvField *field = bv_record_type_find (kind->record, "status", strlen ("status"));
  const BvNode **status = field == NULL ? NULL : BV_FIELD_AT (const BvNode *, record, field);

  if (status == NULL || *status == NULL)
    return;
  if ((*status)->n_children > 0)
    bv_cause_list_add (list, BV_SEVERITY_WARNING, BV_REASON_NOT_SUPPORTED, "status",
                       _ ("The status is not taken over; Barevirt makes its own."));
  *status = NULL;
}

static void
add_object (BvManifest *self, const BvNode *node, BvArena *arena, guint document)
{
  BvCauseList list = { self->causes, self->file_name, document, node };
  const BvKindType *kind = check_kind (self, node, &list);
  g_autoptr (BvObject) object = NULL;
  gpointer record;

  if (kind == NULL)
    return;
  record = bv_decode_record (kind->record, node, NULL, arena, &list);
  drop_status (kind, record, &list);
  object = bv_object_new_for_record (kind, record, arena, node, self->file_name, document);
  g_list_store_append (self->objects, object);
}

static void
add_document (BvManifest *self, const BvNode *node, BvArena *arena, guint document)
{
  BvCauseList list = { self->causes, self->file_name, document, node };
  const BvNode *items = bv_node_get (node, "items");

  if (node->kind == BV_NODE_NULL)
    return;
  if (node->kind != BV_NODE_MAP)
    {
      bv_cause_list_add (&list, BV_SEVERITY_ERROR, BV_REASON_SYNTAX, "",
                         _ ("A manifest must be a map that begins with apiVersion and kind."));
      return;
    }
  if (g_strcmp0 (bv_node_get_text (node, "kind"), "List") != 0)
    {
      add_object (self, node, arena, document);
      return;
    }
  if (items == NULL || items->kind != BV_NODE_LIST)
    {
      bv_cause_list_add (&list, BV_SEVERITY_ERROR, BV_REASON_REQUIRED, "items",
                         _ ("A List needs its items."));
      return;
    }
  for (const BvNode *item = items->first; item != NULL; item = item->next)
    add_document (self, item, arena, document);
}

static void
add_problems (BvManifest *self, GPtrArray *problems, guint *n_told, guint document)
{
  BvCauseList list = { self->causes, self->file_name, document, NULL };

  for (; *n_told < problems->len; (*n_told)++)
    {
      const BvYamlProblem *problem = problems->pdata[*n_told];

      bv_cause_list_add_at (&list, problem->mark, BV_SEVERITY_ERROR, BV_REASON_SYNTAX, "",
                            problem->message);
    }
}

static void
read_documents (BvManifest *self, GBytes *bytes)
{
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);
  g_autoptr (BvYamlReader) reader = bv_yaml_reader_new (text != NULL ? text : "", length);
  GPtrArray *problems = bv_yaml_reader_get_problems (reader);
  gboolean more = TRUE;
  guint n_told = 0;

  for (guint document = 0; more; document++)
    {
      g_autoptr (BvArena) arena = bv_arena_new ();
      BvNode *node;

      more = bv_yaml_reader_next (reader, arena, &node);
      add_problems (self, problems, &n_told, document);
      if (more)
        add_document (self, node, arena, document);
    }
}

/**
 * bv_manifest_new_from_bytes:
 * @bytes: the text
 * @file_name: (nullable): what to call it in causes
 * @flags: how to read it
 *
 * Reads a text of manifests. What is wrong with it is told by
 * [method@Barevirt.Manifest.get_causes].
 *
 * Returns: (transfer full): the manifest
 *
 * Since: 1.0
 */
BvManifest *
bv_manifest_new_from_bytes (GBytes *bytes, const char *file_name, BvManifestFlags flags)
{
  BvManifest *self = g_object_new (BV_TYPE_MANIFEST, NULL);

  self->file_name = g_strdup (file_name);
  self->flags = flags;
  read_documents (self, bytes);
  bv_causes_sort (self->causes);
  return self;
}

/**
 * bv_manifest_new_from_file:
 * @path: (type filename): a file
 * @flags: how to read it
 * @error: return location
 *
 * Reads a file of manifests. Only a file that cannot be read is an error; what is wrong with its
 * text is told by [method@Barevirt.Manifest.get_causes].
 *
 * Errors: those of GFileError
 *
 * Returns: (transfer full): the manifest
 *
 * Since: 1.0
 */
BvManifest *
bv_manifest_new_from_file (const char *path, BvManifestFlags flags, GError **error)
{
  g_autoptr (GBytes) bytes = NULL;
  char *text;
  gsize length;

  if (!g_file_get_contents (path, &text, &length, error))
    return NULL;
  bytes = g_bytes_new_take (text, length);
  return bv_manifest_new_from_bytes (bytes, path, flags);
}

/**
 * bv_manifest_get_objects:
 * @self: a manifest
 *
 * Returns: (transfer none): its objects ([class@Barevirt.Object]), in the order of the text
 *
 * Since: 1.0
 */
GListModel *
bv_manifest_get_objects (BvManifest *self)
{
  return G_LIST_MODEL (self->objects);
}

/**
 * bv_manifest_get_causes:
 * @self: a manifest
 *
 * Returns: (transfer none) (element-type BvCause): what is wrong with the text, in its order
 *
 * Since: 1.0
 */
GPtrArray *
bv_manifest_get_causes (BvManifest *self)
{
  return self->causes;
}

/**
 * bv_manifest_is_valid:
 * @self: a manifest
 *
 * Returns: whether no cause is an error
 *
 * Since: 1.0
 */
gboolean
bv_manifest_is_valid (BvManifest *self)
{
  return !bv_causes_have_error (self->causes);
}
