/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/store/bv-registry.h"

struct _BvRegistry
{
  GObject parent_instance;

  GHashTable *by_key;   /* owned by the entries -> BvEntry */
  GHashTable *by_uid;   /* uid -> BvEntry, borrowed */
  GPtrArray *sorted;    /* of BvEntry, borrowed, by key */
  GHashTable *reserved; /* key -> GPtrArray of Reserved */
};

G_DEFINE_FINAL_TYPE (BvRegistry, bv_registry, G_TYPE_OBJECT)

enum
{
  ADDED,
  REMOVED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
bv_registry_finalize (GObject *object)
{
  BvRegistry *self = BV_REGISTRY (object);

  g_ptr_array_unref (self->sorted);
  g_hash_table_unref (self->by_uid);
  g_hash_table_unref (self->by_key);
  g_hash_table_unref (self->reserved);
  G_OBJECT_CLASS (bv_registry_parent_class)->finalize (object);
}

static void
bv_registry_class_init (BvRegistryClass *class)
{
  G_OBJECT_CLASS (class)->finalize = bv_registry_finalize;
  signals[ADDED] = g_signal_new ("added", BV_TYPE_REGISTRY, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 1, BV_TYPE_ENTRY);
  signals[REMOVED] = g_signal_new ("removed", BV_TYPE_REGISTRY, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 1, BV_TYPE_ENTRY);
}

typedef struct
{
  char *who;
  char *why;
} Reserved;

static void
reserved_free (Reserved *self)
{
  g_free (self->who);
  g_free (self->why);
  g_free (self);
}

/* Each name may be taken by several, and is free once none of them needs it. */
static void
remove_by (GPtrArray *all, const char *who)
{
  for (guint i = all->len; i > 0; i--)
    if (g_str_equal (((const Reserved *)g_ptr_array_index (all, i - 1))->who, who))
      g_ptr_array_remove_index (all, i - 1);
}

static void
bv_registry_init (BvRegistry *self)
{
  self->reserved =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
  self->by_key = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_object_unref);
  self->by_uid = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->sorted = g_ptr_array_new ();
}

BvRegistry *
bv_registry_new (void)
{
  return g_object_new (BV_TYPE_REGISTRY, NULL);
}

/* Where KEY is among the sorted, or would be. */
static guint
find_place (BvRegistry *self, const char *key)
{
  guint first = 0;
  guint end = self->sorted->len;

  while (first < end)
    {
      const guint middle = first + (end - first) / 2;

      if (strcmp (bv_entry_get_key (g_ptr_array_index (self->sorted, middle)), key) < 0)
        first = middle + 1;
      else
        end = middle;
    }
  return first;
}

void
bv_registry_add (BvRegistry *self, BvEntry *entry)
{
  const char *uid = bv_object_get_uid (bv_entry_get_object (entry));

  g_return_if_fail (!g_hash_table_contains (self->by_key, bv_entry_get_key (entry)));
  g_hash_table_insert (self->by_key, (char *)bv_entry_get_key (entry), g_object_ref (entry));
  g_hash_table_insert (self->by_uid, g_strdup (uid), entry);
  g_ptr_array_insert (self->sorted, (int)find_place (self, bv_entry_get_key (entry)), entry);
  g_signal_emit (self, signals[ADDED], 0, entry);
}

void
bv_registry_remove (BvRegistry *self, BvEntry *entry)
{
  g_autoptr (BvEntry) kept = g_object_ref (entry);

  if (g_hash_table_lookup (self->by_key, bv_entry_get_key (entry)) != entry)
    return;
  g_hash_table_remove (self->by_uid, bv_object_get_uid (bv_entry_get_object (entry)));
  g_ptr_array_remove_index (self->sorted, find_place (self, bv_entry_get_key (entry)));
  g_hash_table_remove (self->by_key, bv_entry_get_key (entry));
  bv_entry_mark_removed (kept);
  g_signal_emit (self, signals[REMOVED], 0, kept);
}

BvEntry *
bv_registry_find (BvRegistry *self, const char *kind, const char *namespace, const char *name)
{
  g_autofree char *key = bv_entry_make_key (kind, namespace, name);

  return g_hash_table_lookup (self->by_key, key);
}

BvEntry *
bv_registry_find_uid (BvRegistry *self, const char *uid)
{
  return uid != NULL ? g_hash_table_lookup (self->by_uid, uid) : NULL;
}

static GPtrArray *
copy (BvRegistry *self, guint first, guint end)
{
  GPtrArray *entries = g_ptr_array_new_full (end - first, g_object_unref);

  for (guint i = first; i < end; i++)
    g_ptr_array_add (entries, g_object_ref (g_ptr_array_index (self->sorted, i)));
  return entries;
}

/* All entries, by key; the array holds references. */
GPtrArray *
bv_registry_list (BvRegistry *self)
{
  return copy (self, 0, self->sorted->len);
}

/* Those of KIND alone, as bv_registry_list(): a key begins with the kind. */
GPtrArray *
bv_registry_list_kind (BvRegistry *self, const char *kind)
{
  g_autofree char *begin = g_strconcat (kind, "/", NULL);
  const guint first = find_place (self, begin);
  guint end = first;

  while (end < self->sorted->len &&
         g_str_has_prefix (bv_entry_get_key (g_ptr_array_index (self->sorted, end)), begin))
    end++;
  return copy (self, first, end);
}

void
bv_registry_reserve (BvRegistry *self, const char *key, const char *who, const char *why)
{
  GPtrArray *all = g_hash_table_lookup (self->reserved, key);
  Reserved *reserved = g_new0 (Reserved, 1);

  reserved->who = g_strdup (who);
  reserved->why = g_strdup (why);
  if (all == NULL)
    {
      all = g_ptr_array_new_with_free_func ((GDestroyNotify)reserved_free);
      g_hash_table_insert (self->reserved, g_strdup (key), all);
    }
  remove_by (all, who);
  g_ptr_array_add (all, reserved);
}

static gboolean
lose (gpointer key, gpointer all, gpointer who)
{
  remove_by (all, who);
  return ((GPtrArray *)all)->len == 0;
}

void
bv_registry_unreserve (BvRegistry *self, const char *who)
{
  g_hash_table_foreach_remove (self->reserved, lose, (gpointer)who);
}

/* Why the name is taken, or NULL. */
const char *
bv_registry_get_reservation (BvRegistry *self, const char *key)
{
  const GPtrArray *all = g_hash_table_lookup (self->reserved, key);

  return all != NULL ? ((const Reserved *)g_ptr_array_index (all, all->len - 1))->why : NULL;
}

guint
bv_registry_get_size (BvRegistry *self)
{
  return g_hash_table_size (self->by_key);
}
