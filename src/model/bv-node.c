/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/bv-node.h"

#include <errno.h>
#include <string.h>

BvNode *
bv_node_new (BvArena *arena, BvNodeKind kind, BvMark mark)
{
  BvNode *self = bv_arena_alloc (arena, sizeof *self);

  self->kind = kind;
  self->mark = mark;
  self->key_mark = mark;
  return self;
}

BvNode *
bv_node_new_string (BvArena *arena, const char *text)
{
  BvNode *self = bv_node_new (arena, BV_NODE_STRING, (BvMark){ 0, 0 });

  self->text = bv_arena_strdup (arena, text);
  self->text_length = strlen (text);
  return self;
}

void
bv_node_append (BvNode *self, BvNode *child)
{
  if (self->last == NULL)
    self->first = child;
  else
    self->last->next = child;
  self->last = child;
  self->n_children++;
}

static BvNode *
find_child (const BvNode *self, const char *key, gsize length)
{
  if (self == NULL || self->kind != BV_NODE_MAP)
    return NULL;
  for (BvNode *child = self->first; child != NULL; child = child->next)
    if (child->key_length == length && memcmp (child->key, key, length) == 0)
      return child;
  return NULL;
}

/* Puts VALUE in the place of the member KEY, or at the end. */
void
bv_node_set (BvArena *arena, BvNode *self, const char *key, BvNode *value)
{
  BvNode *old = find_child (self, key, strlen (key));

  if (old == NULL)
    {
      value->key = bv_arena_strdup (arena, key);
      value->key_length = strlen (key);
      bv_node_append (self, value);
      return;
    }
  old->kind = value->kind;
  old->n_children = value->n_children;
  old->text = value->text;
  old->text_length = value->text_length;
  old->first = value->first;
  old->last = value->last;
}

BvNode *
bv_node_copy (BvArena *arena, const BvNode *self)
{
  BvNode *copy = bv_node_new (arena, self->kind, self->mark);

  copy->key_mark = self->key_mark;
  copy->key_length = self->key_length;
  copy->text_length = self->text_length;
  if (self->key != NULL)
    copy->key = bv_arena_strndup (arena, self->key, self->key_length);
  if (self->text != NULL)
    copy->text = bv_arena_strndup (arena, self->text, self->text_length);
  for (const BvNode *child = self->first; child != NULL; child = child->next)
    bv_node_append (copy, bv_node_copy (arena, child));
  return copy;
}

const BvNode *
bv_node_get (const BvNode *self, const char *key)
{
  return find_child (self, key, strlen (key));
}

/* The text of the scalar KEY, or NULL. */
const char *
bv_node_get_text (const BvNode *self, const char *key)
{
  const BvNode *child = bv_node_get (self, key);

  return child == NULL ? NULL : child->text;
}

static const BvNode *
nth_child (const BvNode *self, guint64 index)
{
  const BvNode *child = self->kind == BV_NODE_LIST ? self->first : NULL;

  for (; child != NULL && index > 0; index--)
    child = child->next;
  return child;
}

/* One step of a path such as `disks[0]`, `.name` or `["a.b/c"]`; moves PATH on. NULL where there is
 * no such child. */
static const BvNode *
step (const BvNode *self, const char **path)
{
  const char *at = *path;
  const BvNode *child = NULL;
  gsize length;

  if (g_str_has_prefix (at, "[\""))
    {
      length = strcspn (at + 2, "\"");
      child = find_child (self, at + 2, length);
      *path =
          at + 2 + length + (at[2 + length] != '\0') + (at[2 + length] && at[3 + length] == ']');
      return child;
    }
  if (*at == '[')
    {
      char *end;
      guint64 index = g_ascii_strtoull (at + 1, &end, 10);

      *path = *end == ']' ? end + 1 : end + strlen (end);
      return nth_child (self, index);
    }
  at += *at == '.';
  length = strcspn (at, ".[");
  *path = at + length;
  return find_child (self, at, length);
}

/* The value at PATH (`spec.volumes[0].name`), or NULL. */
const BvNode *
bv_node_find (const BvNode *self, const char *path)
{
  while (self != NULL && *path != '\0')
    self = step (self, &path);
  return self;
}

static BvMark
place (const BvNode *self)
{
  gboolean scalar = self->kind < BV_NODE_LIST;

  return scalar || self->key == NULL ? self->mark : self->key_mark;
}

/* Where PATH stands in the text: the place of its nearest parent where the path itself is not
 * there. */
BvMark
bv_node_locate (const BvNode *self, const char *path)
{
  const BvNode *nearest = self;

  while (self != NULL && *path != '\0')
    {
      self = step (self, &path);
      if (self != NULL)
        nearest = self;
    }
  return nearest == NULL ? (BvMark){ 0, 0 } : place (nearest);
}

/* Maps are equal whatever the order of their members. */
gboolean
bv_node_equal (const BvNode *a, const BvNode *b)
{
  if (a == NULL || b == NULL)
    return a == b;
  if (a->kind != b->kind || a->n_children != b->n_children || g_strcmp0 (a->text, b->text) != 0)
    return FALSE;

  for (const BvNode *x = a->first, *y = b->first; x != NULL; x = x->next, y = y->next)
    {
      const BvNode *other = a->kind == BV_NODE_MAP ? find_child (b, x->key, x->key_length) : y;

      if (!bv_node_equal (x, other))
        return FALSE;
    }
  return TRUE;
}

gboolean
bv_node_get_boolean (const BvNode *self)
{
  return strchr ("tTyY", self->text[0]) != NULL || g_ascii_strcasecmp (self->text, "on") == 0;
}

/* YAML 1.1 as go-yaml reads it: 0x, 0o, 0b and a leading 0 give the base, underscores are skipped.
 */
gboolean
bv_node_get_integer (const BvNode *self, gint64 *value)
{
  char digits[80];
  gsize n = 0;
  const char *at = self->text;
  gboolean negative = *at == '-';
  int base = 10;
  char *end;
  guint64 magnitude;

  at += *at == '-' || *at == '+';
  for (; *at != '\0'; at++)
    if (*at != '_' && n < sizeof digits - 1)
      digits[n++] = *at;
  digits[n] = '\0';

  at = digits;
  if (*at == '0' && n > 1)
    {
      char mark = g_ascii_tolower (at[1]);

      base = mark == 'x' ? 16 : mark == 'b' ? 2 : 8;
      at += mark == 'x' || mark == 'b' || mark == 'o' ? 2 : 1;
    }
  errno = 0;
  magnitude = g_ascii_strtoull (at, &end, base);
  if (errno != 0 || *end != '\0' || magnitude > (guint64)G_MAXINT64 + negative)
    return FALSE;
  *value = negative ? (gint64)(0 - magnitude) : (gint64)magnitude;
  return TRUE;
}

/* Whether XML can hold TEXT, which is UTF-8: what it cannot hold are control characters, U+FFFE and
 * U+FFFF. */
gboolean
bv_text_fits_xml (const char *text)
{
  for (const guchar *c = (const guchar *)text; *c != '\0'; c++)
    if ((*c < 0x20 && *c != '\t' && *c != '\n' && *c != '\r') ||
        (*c == 0xef && c[1] == 0xbf && c[2] >= 0xbe))
      return FALSE;
  return TRUE;
}

/* Whether XML can hold every text in it, keys included. */
gboolean
bv_node_fits_xml (const BvNode *self)
{
  if ((self->text != NULL && !bv_text_fits_xml (self->text)) ||
      (self->key != NULL && !bv_text_fits_xml (self->key)))
    return FALSE;
  for (const BvNode *child = self->first; child != NULL; child = child->next)
    if (!bv_node_fits_xml (child))
      return FALSE;
  return TRUE;
}

const char *
bv_node_kind_to_string (BvNodeKind kind)
{
  static const char *const names[] = { "null",     "a boolean", "an integer", "a number",
                                       "a string", "a list",    "a map" };

  return names[kind];
}

static BvNode *
new_scalar (BvArena *arena, BvNodeKind kind, const char *text)
{
  BvNode *self = bv_node_new_string (arena, text);

  self->kind = kind;
  return self;
}

static BvNode *
new_from_dictionary (BvArena *arena, GVariant *variant)
{
  BvNode *self = bv_node_new (arena, BV_NODE_MAP, (BvMark){ 0, 0 });
  GVariantIter iter;
  GVariant *entry;

  g_variant_iter_init (&iter, variant);
  while ((entry = g_variant_iter_next_value (&iter)) != NULL)
    {
      g_autoptr (GVariant) owned = entry;
      g_autoptr (GVariant) key = g_variant_get_child_value (owned, 0);
      g_autoptr (GVariant) value = g_variant_get_child_value (owned, 1);

      bv_node_set (arena, self, g_variant_get_string (key, NULL),
                   bv_node_new_from_variant (arena, value));
    }
  return self;
}

static BvNode *
new_from_container (BvArena *arena, GVariant *variant)
{
  BvNode *self = bv_node_new (arena, BV_NODE_LIST, (BvMark){ 0, 0 });

  for (gsize i = 0; i < g_variant_n_children (variant); i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (variant, i);

      bv_node_append (self, bv_node_new_from_variant (arena, child));
    }
  return self;
}

/* Dictionaries with string keys become maps, arrays and tuples lists, numbers and booleans
 * themselves, the rest its printed text. */
BvNode *
bv_node_new_from_variant (BvArena *arena, GVariant *variant)
{
  g_autofree char *printed = NULL;

  if (g_variant_is_of_type (variant, G_VARIANT_TYPE_VARIANT))
    {
      g_autoptr (GVariant) inner = g_variant_get_variant (variant);

      return bv_node_new_from_variant (arena, inner);
    }
  if (g_variant_is_of_type (variant, G_VARIANT_TYPE_STRING))
    return bv_node_new_string (arena, g_variant_get_string (variant, NULL));
  if (g_variant_is_of_type (variant, G_VARIANT_TYPE_BOOLEAN))
    return new_scalar (arena, BV_NODE_BOOLEAN, g_variant_get_boolean (variant) ? "true" : "false");
  if (g_variant_is_of_type (variant, G_VARIANT_TYPE ("a{s*}")))
    return new_from_dictionary (arena, variant);
  if (g_variant_is_container (variant))
    return new_from_container (arena, variant);

  printed = g_variant_print (variant, FALSE);
  return new_scalar (arena,
                     g_variant_is_of_type (variant, G_VARIANT_TYPE_DOUBLE) ? BV_NODE_NUMBER
                                                                           : BV_NODE_INTEGER,
                     printed);
}
