/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/bv-object-private.h"

#include "model/bv-encode.h"
#include "model/bv-field-path.h"
#include "model/bv-virtual-machine.h"
#include "model/bv-vmi.h"

/**
 * BvObject:
 *
 * One object of a manifest: a VirtualMachine, a VirtualMachineInstance, or something that these
 * name. Its fields are reached by their path ([method@Barevirt.Object.get_field]), those that
 * programs use most by properties.
 *
 * Since: 1.0
 */
typedef struct
{
  const BvKindType *kind;
  gpointer record;
  BvApiObjectMeta *metadata;
  const BvNode *root;
  BvArena *arena;
  char *file;
  guint document;
} BvObjectPrivate;

G_DEFINE_TYPE_WITH_PRIVATE (BvObject, bv_object, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_API_VERSION,
  PROP_KIND,
  PROP_NAMESPACE,
  PROP_NAME,
  PROP_UID,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static BvObjectPrivate *
get_private (BvObject *self)
{
  return bv_object_get_instance_private (self);
}

static void
bv_object_finalize (GObject *object)
{
  BvObjectPrivate *private = get_private (BV_OBJECT (object));

  g_clear_pointer (&private->arena, bv_arena_unref);
  g_clear_pointer (&private->file, g_free);
  G_OBJECT_CLASS (bv_object_parent_class)->finalize (object);
}

static void
bv_object_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  BvObject *self = BV_OBJECT (object);

  switch (id)
    {
    case PROP_API_VERSION:
      g_value_set_string (value, bv_object_get_api_version (self));
      break;
    case PROP_KIND:
      g_value_set_string (value, bv_object_get_kind (self));
      break;
    case PROP_NAMESPACE:
      g_value_set_string (value, bv_object_get_namespace (self));
      break;
    case PROP_NAME:
      g_value_set_string (value, bv_object_get_name (self));
      break;
    case PROP_UID:
      g_value_set_string (value, bv_object_get_uid (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
bv_object_class_init (BvObjectClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->finalize = bv_object_finalize;
  object_class->get_property = bv_object_get_property;

  /**
   * BvObject:api-version:
   *
   * The API group and version, `kubevirt.io/v1` for one.
   */
  properties[PROP_API_VERSION] = g_param_spec_string ("api-version", NULL, NULL, NULL, flags);
  /**
   * BvObject:kind:
   *
   * The kind, `VirtualMachine` for one.
   */
  properties[PROP_KIND] = g_param_spec_string ("kind", NULL, NULL, NULL, flags);
  /**
   * BvObject:namespace:
   *
   * The namespace; `default` where the manifest names none.
   */
  properties[PROP_NAMESPACE] = g_param_spec_string ("namespace", NULL, NULL, NULL, flags);
  /**
   * BvObject:name:
   *
   * The name, unique within kind and namespace.
   */
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  /**
   * BvObject:uid:
   *
   * The UUID that tells this object from others that had its name before.
   */
  properties[PROP_UID] = g_param_spec_string ("uid", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
bv_object_init (BvObject *self)
{
}

static GType
type_of_kind (const BvKindType *kind)
{
  if (kind->record == &bv_api_virtual_machine_instance_type)
    return BV_TYPE_VMI;
  if (kind->record == &bv_api_virtual_machine_type)
    return BV_TYPE_VIRTUAL_MACHINE;
  return BV_TYPE_OBJECT;
}

/* Takes RECORD, which lives in ARENA; ROOT, where it was read from, may be NULL. */
BvObject *
bv_object_new_for_record (const BvKindType *kind, gpointer record, BvArena *arena,
                          const BvNode *root, const char *file, guint document)
{
  BvObject *self = g_object_new (type_of_kind (kind), NULL);
  BvObjectPrivate *private = get_private (self);
  const BvField *field = bv_record_type_find (kind->record, "metadata", strlen ("metadata"));
  BvApiObjectMeta **metadata = BV_FIELD_AT (BvApiObjectMeta *, record, field);

  if (*metadata == NULL)
    *metadata = bv_arena_alloc (arena, sizeof **metadata);
  private->kind = kind;
  private->record = record;
  private->metadata = *metadata;
  private->arena = bv_arena_ref (arena);
  private->root = root;
  private->file = g_strdup (file);
  private->document = document;
  return self;
}

gpointer
bv_object_get_record (BvObject *self)
{
  return get_private (self)->record;
}

const BvKindType *
bv_object_get_kind_type (BvObject *self)
{
  return get_private (self)->kind;
}

BvApiObjectMeta *
bv_object_get_metadata (BvObject *self)
{
  return get_private (self)->metadata;
}

BvArena *
bv_object_get_arena (BvObject *self)
{
  return get_private (self)->arena;
}

const BvNode *
bv_object_get_root (BvObject *self)
{
  return get_private (self)->root;
}

const char *
bv_object_get_file (BvObject *self)
{
  return get_private (self)->file;
}

guint
bv_object_get_document (BvObject *self)
{
  return get_private (self)->document;
}

const BvKindType *
bv_kind_type_find (const char *kind)
{
  for (guint i = 0; i < bv_n_kind_types; i++)
    if (g_str_equal (bv_kind_types[i].kind, kind))
      return &bv_kind_types[i];
  return NULL;
}

/* By what people type: the kind in any case, its plural, or a short name. */
const BvKindType *
bv_kind_type_find_by_word (const char *word)
{
  g_autofree char *lower = g_ascii_strdown (word, -1);

  for (guint i = 0; i < bv_n_kind_types; i++)
    {
      const BvKindType *kind = &bv_kind_types[i];

      if (g_ascii_strcasecmp (kind->kind, word) == 0 || g_str_equal (kind->plural, lower) ||
          g_strv_contains (kind->short_names, lower))
        return kind;
    }
  return NULL;
}

/**
 * bv_object_get_api_version:
 * @self: an object
 *
 * Returns: the API group and version
 *
 * Since: 1.0
 */
const char *
bv_object_get_api_version (BvObject *self)
{
  BvObjectPrivate *private = get_private (self);
  const BvField *field =
      bv_record_type_find (private->kind->record, "apiVersion", strlen ("apiVersion"));
  const char *version = *BV_FIELD_AT (const char *, private->record, field);

  return version != NULL ? version : private->kind->api_versions[0];
}

/**
 * bv_object_get_kind:
 * @self: an object
 *
 * Returns: the kind
 *
 * Since: 1.0
 */
const char *
bv_object_get_kind (BvObject *self)
{
  return get_private (self)->kind->kind;
}

/**
 * bv_object_get_namespace:
 * @self: an object
 *
 * Returns: the namespace; `default` where none is given
 *
 * Since: 1.0
 */
const char *
bv_object_get_namespace (BvObject *self)
{
  const char *namespace = get_private (self)->metadata->namespace;

  return namespace != NULL && namespace[0] != '\0' ? namespace : "default";
}

/**
 * bv_object_get_name:
 * @self: an object
 *
 * Returns: (nullable): the name
 *
 * Since: 1.0
 */
const char *
bv_object_get_name (BvObject *self)
{
  return get_private (self)->metadata->name;
}

/**
 * bv_object_get_uid:
 * @self: an object
 *
 * Returns: (nullable): the UUID
 *
 * Since: 1.0
 */
const char *
bv_object_get_uid (BvObject *self)
{
  return get_private (self)->metadata->uid;
}

/**
 * bv_object_set_uid:
 * @self: an object
 * @uid: a UUID
 *
 * Gives the object its identity.
 *
 * Since: 1.0
 */
void
bv_object_set_uid (BvObject *self, const char *uid)
{
  BvObjectPrivate *private = get_private (self);

  if (g_strcmp0 (private->metadata->uid, uid) == 0)
    return;
  private->metadata->uid = bv_arena_strdup (private->arena, uid);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_UID]);
}

/**
 * bv_object_get_field:
 * @self: an object
 * @path: a field, `spec.domain.devices.disks[0].disk.bus` for one
 *
 * Reads any field by its path. Records and maps come as `a{sv}`, lists of strings as `as`, other
 * lists as `av`, integers as `x`, quantities as the string that they were given as.
 *
 * Returns: (transfer full) (nullable): the value, or %NULL where the field is not there
 *
 * Since: 1.0
 */
GVariant *
bv_object_get_field (BvObject *self, const char *path)
{
  BvObjectPrivate *private = get_private (self);

  return bv_field_path_get (private->kind->record, private->record, path);
}

/**
 * bv_object_set_field:
 * @self: an object
 * @path: a field, `spec.domain.memory.guest` for one
 * @value: what it is to be; a floating reference is taken
 * @error: return location
 *
 * Writes any field by its path, with the checks that a manifest gets: the field must exist and the
 * value be of its type. Records on the way are made where they are not there; an index one past the
 * end of a list appends. On error nothing has changed.
 *
 * Errors: [error@Barevirt.Error.INVALID_ARGUMENT]
 *
 * Returns: whether the field was written
 *
 * Since: 1.0
 */
gboolean
bv_object_set_field (BvObject *self, const char *path, GVariant *value, GError **error)
{
  BvObjectPrivate *private = get_private (self);
  g_autoptr (GVariant) owned = g_variant_ref_sink (value);

  if (!bv_field_path_set (private->kind->record, private->record, private->arena, path, owned,
                          error))
    return FALSE;
  /* The text says something else now. */
  private->root = NULL;
  return TRUE;
}

/**
 * bv_object_equal:
 * @self: an object
 * @other: another
 *
 * Compares what the objects mean, not how they are written: `1Gi` equals `1024Mi`.
 *
 * Returns: whether the objects are of one kind and mean the same
 *
 * Since: 1.0
 */
gboolean
bv_object_equal (BvObject *self, BvObject *other)
{
  BvObjectPrivate *a = get_private (self);
  BvObjectPrivate *b = get_private (other);

  return a->kind == b->kind && bv_record_equal (a->kind->record, a->record, b->record);
}

/**
 * bv_object_copy:
 * @self: an object
 *
 * Returns: (transfer full): a copy that shares nothing with @self
 *
 * Since: 1.0
 */
BvObject *
bv_object_copy (BvObject *self)
{
  BvObjectPrivate *private = get_private (self);
  g_autoptr (BvArena) arena = bv_arena_new ();
  gpointer record = bv_record_copy (private->kind->record, private->record, arena);

  return bv_object_new_for_record (private->kind, record, arena, NULL, private->file,
                                   private->document);
}

static BvNode *
encode (BvObject *self, BvArena *arena)
{
  BvObjectPrivate *private = get_private (self);

  return bv_encode_record (private->kind->record, private->record, arena);
}

/**
 * bv_object_to_json:
 * @self: an object
 *
 * Returns: (transfer full): the object as JSON, in one line
 *
 * Since: 1.0
 */
char *
bv_object_to_json (BvObject *self)
{
  g_autoptr (BvArena) arena = bv_arena_new ();

  return bv_node_to_json (encode (self, arena), FALSE);
}

/**
 * bv_object_to_yaml:
 * @self: an object
 *
 * Returns: (transfer full): the object as YAML, as a manifest would have it
 *
 * Since: 1.0
 */
char *
bv_object_to_yaml (BvObject *self)
{
  g_autoptr (BvArena) arena = bv_arena_new ();

  return bv_node_to_yaml (encode (self, arena));
}
