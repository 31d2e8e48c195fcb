/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/bv-yaml-reader.h"

#include "model/bv-yaml-scalar.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <yaml.h>

/* Duplicate keys of a map this long or longer are found with a hash table. */
#define LONG_MAP 32

typedef struct
{
  BvNode *node;
  const char *key; /* read, its value not yet; NULL otherwise */
  guint32 key_length;
  BvMark key_mark;
  gboolean key_merges;  /* it is a plain `<<`; a quoted one is a word like others */
  GHashTable *keys;     /* of a long map */
  const BvNode *merged; /* the value of `<<`, merged in at the end: the map's own members win */
  BvMark merged_mark;
} Frame;

struct _BvYamlReader
{
  yaml_parser_t parser;
  const char *text;
  gsize length;
  BvArena *arena;
  GHashTable *anchors; /* name -> BvNode, made with the first anchor */
  Frame frames[BV_YAML_MAX_DEPTH];
  guint depth;
  BvNode *root;
  guint n_nodes;
  guint n_documents;
  gboolean failed;
  GPtrArray *problems; /* of BvYamlProblem */
};

static void
problem_free (gpointer data)
{
  BvYamlProblem *problem = data;

  g_free (problem->message);
  g_free (problem);
}

static void G_GNUC_PRINTF (3, 4) complain (BvYamlReader *self, BvMark mark, const char *format, ...)
{
  BvYamlProblem *problem = g_new0 (BvYamlProblem, 1);
  va_list arguments;

  problem->mark = mark;
  va_start (arguments, format);
  problem->message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_ptr_array_add (self->problems, problem);
}

static BvMark
to_mark (yaml_mark_t mark)
{
  return (BvMark){ mark.line + 1, mark.column + 1 };
}

/* The place of the byte OFFSET in the text. */
static BvMark
mark_of_offset (BvYamlReader *self, gsize offset)
{
  BvMark mark = { 1, 1 };

  for (gsize i = 0; i < offset && i < self->length; i++)
    {
      if (self->text[i] == '\n')
        mark = (BvMark){ mark.line + 1, 1 };
      else if ((self->text[i] & 0xc0) != 0x80)
        mark.column++;
    }
  return mark;
}

static void
fail (BvYamlReader *self)
{
  self->failed = TRUE;
}

static void
check_text (BvYamlReader *self)
{
  const char *end;

  if (self->length > BV_YAML_MAX_BYTES)
    {
      complain (
          self, (BvMark){ 1, 1 },
          _ ("The manifest has %" G_GSIZE_FORMAT " bytes, more than the %d allowed; split it."),
          self->length, BV_YAML_MAX_BYTES);
      fail (self);
    }
  else if (!g_utf8_validate (self->text, self->length, &end))
    {
      complain (self, mark_of_offset (self, end - self->text),
                _ ("The manifest is not UTF-8 here (byte 0x%02x); save it as UTF-8."),
                (guint)(guchar)*end);
      fail (self);
    }
}

BvYamlReader *
bv_yaml_reader_new (const char *text, gsize length)
{
  BvYamlReader *self = g_new0 (BvYamlReader, 1);

  self->text = text;
  self->length = length;
  self->problems = g_ptr_array_new_with_free_func (problem_free);
  if (!yaml_parser_initialize (&self->parser))
    g_error ("libyaml found no memory");
  yaml_parser_set_encoding (&self->parser, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string (&self->parser, (const unsigned char *)text, length);
  check_text (self);
  return self;
}

static void
clear_frames (BvYamlReader *self)
{
  for (guint i = 0; i < self->depth; i++)
    g_clear_pointer (&self->frames[i].keys, g_hash_table_unref);
  self->depth = 0;
}

void
bv_yaml_reader_free (BvYamlReader *self)
{
  clear_frames (self);
  g_clear_pointer (&self->anchors, g_hash_table_unref);
  yaml_parser_delete (&self->parser);
  g_ptr_array_unref (self->problems);
  g_free (self);
}

/* What was wrong so far; the reader's. */
GPtrArray *
bv_yaml_reader_get_problems (BvYamlReader *self)
{
  return self->problems;
}

static gboolean
count_node (BvYamlReader *self, BvMark mark)
{
  if (++self->n_nodes <= BV_YAML_MAX_NODES)
    return TRUE;
  complain (self, mark, _ ("The manifest has more than %d values; split it."), BV_YAML_MAX_NODES);
  fail (self);
  return FALSE;
}

static gboolean
has_key (Frame *frame, const char *key, gsize length)
{
  if (frame->node->n_children < LONG_MAP)
    {
      for (const BvNode *child = frame->node->first; child != NULL; child = child->next)
        if (child->key_length == length && memcmp (child->key, key, length) == 0)
          return TRUE;
      return FALSE;
    }

  if (frame->keys == NULL)
    {
      frame->keys = g_hash_table_new (g_str_hash, g_str_equal);
      for (const BvNode *child = frame->node->first; child != NULL; child = child->next)
        g_hash_table_add (frame->keys, (gpointer)child->key);
    }
  return g_hash_table_contains (frame->keys, key);
}

static void
append_member (Frame *frame, BvNode *value)
{
  bv_node_append (frame->node, value);
  if (frame->keys != NULL)
    g_hash_table_add (frame->keys, (gpointer)value->key);
}

/* `<<` brings the members of a map, or of each map of a list, that the map itself does not have. */
static void
merge (BvYamlReader *self, Frame *frame, const BvNode *source)
{
  if (source->kind == BV_NODE_LIST)
    {
      for (const BvNode *child = source->first; child != NULL; child = child->next)
        merge (self, frame, child);
      return;
    }
  if (source->kind != BV_NODE_MAP)
    {
      complain (self, frame->merged_mark, _ ("The value of “<<” must be a map or a list of maps."));
      return;
    }
  for (const BvNode *child = source->first; child != NULL; child = child->next)
    if (!has_key (frame, child->key, child->key_length) && count_node (self, frame->merged_mark))
      append_member (frame, bv_node_copy (self->arena, child));
}

static void
refuse_second_key (BvYamlReader *self, Frame *frame)
{
  complain (self, frame->key_mark, _ ("The key “%s” stands here a second time; keep one of them."),
            frame->key);
}

static void
add_member (BvYamlReader *self, Frame *frame, BvNode *value)
{
  if (frame->key_merges)
    {
      if (frame->merged != NULL)
        refuse_second_key (self, frame);
      frame->merged = value;
      frame->merged_mark = frame->key_mark;
      frame->key = NULL;
      return;
    }
  value->key = frame->key;
  value->key_length = frame->key_length;
  value->key_mark = frame->key_mark;
  if (has_key (frame, frame->key, frame->key_length))
    refuse_second_key (self, frame);
  else
    append_member (frame, value);
  frame->key = NULL;
}

/* A complete scalar, alias or, at its start, a container. */
static void
add_value (BvYamlReader *self, BvNode *value)
{
  Frame *frame;

  if (self->depth == 0)
    {
      self->root = value;
      return;
    }
  frame = &self->frames[self->depth - 1];
  if (frame->node->kind == BV_NODE_LIST)
    bv_node_append (frame->node, value);
  else
    add_member (self, frame, value);
}

static void
set_anchor (BvYamlReader *self, const yaml_char_t *name, BvNode *node)
{
  if (name == NULL)
    return;
  if (self->anchors == NULL)
    self->anchors = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_hash_table_replace (self->anchors, g_strdup ((const char *)name), node);
}

static BvNodeKind
scalar_kind (const yaml_event_t *event)
{
  const char *tag = (const char *)event->data.scalar.tag;

  if (tag != NULL && g_str_equal (tag, YAML_STR_TAG))
    return BV_NODE_STRING;
  if (event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
    return BV_NODE_STRING;
  return bv_yaml_scalar_kind ((const char *)event->data.scalar.value, event->data.scalar.length);
}

static gboolean
expects_key (BvYamlReader *self)
{
  Frame *frame = self->depth == 0 ? NULL : &self->frames[self->depth - 1];

  return frame != NULL && frame->node->kind == BV_NODE_MAP && frame->key == NULL;
}

static void
on_scalar (BvYamlReader *self, const yaml_event_t *event)
{
  const char *text = (const char *)event->data.scalar.value;
  gsize length = event->data.scalar.length;
  BvMark mark = to_mark (event->start_mark);
  BvNode *node;

  if (memchr (text, '\0', length) != NULL)
    {
      complain (self, mark, _ ("The text holds a NUL character, which no field takes; remove it."));
      fail (self);
      return;
    }
  if (expects_key (self))
    {
      Frame *frame = &self->frames[self->depth - 1];

      frame->key = bv_arena_strndup (self->arena, text, length);
      frame->key_length = length;
      frame->key_mark = mark;
      frame->key_merges = event->data.scalar.plain_implicit && strcmp (text, "<<") == 0;
      return;
    }
  if (!count_node (self, mark))
    return;
  node = bv_node_new (self->arena, scalar_kind (event), mark);
  if (node->kind != BV_NODE_NULL)
    {
      node->text = bv_arena_strndup (self->arena, text, length);
      node->text_length = length;
    }
  set_anchor (self, event->data.scalar.anchor, node);
  add_value (self, node);
}

static void
refuse_depth (BvYamlReader *self, BvMark mark)
{
  complain (self, mark, _ ("Values are nested here more than %d deep."), BV_YAML_MAX_DEPTH);
  fail (self);
}

static void
on_start (BvYamlReader *self, BvNodeKind kind, const yaml_char_t *anchor, yaml_mark_t at)
{
  BvMark mark = to_mark (at);
  BvNode *node;

  if (self->depth == BV_YAML_MAX_DEPTH)
    {
      refuse_depth (self, mark);
      return;
    }
  if (expects_key (self))
    {
      complain (self, mark, _ ("A key must be a plain word, not %s."),
                bv_node_kind_to_string (kind));
      fail (self);
      return;
    }
  if (!count_node (self, mark))
    return;
  node = bv_node_new (self->arena, kind, mark);
  set_anchor (self, anchor, node);
  self->frames[self->depth++] = (Frame){ .node = node };
}

static void
on_end (BvYamlReader *self)
{
  Frame *frame = &self->frames[--self->depth];

  if (frame->merged != NULL)
    merge (self, frame, frame->merged);
  g_clear_pointer (&frame->keys, g_hash_table_unref);
  add_value (self, frame->node);
}

/* Adds to N_NODES those of the tree; returns how deep it is, 0 for a scalar. */
static guint
measure (const BvNode *node, guint *n_nodes)
{
  guint below = 0;

  *n_nodes += 1;
  for (const BvNode *child = node->first; child != NULL; child = child->next)
    {
      guint depth = measure (child, n_nodes);

      below = MAX (below, depth);
    }
  return node->kind < BV_NODE_LIST ? 0 : below + 1;
}

static gboolean
is_open (BvYamlReader *self, const BvNode *node)
{
  for (guint i = 0; i < self->depth; i++)
    if (self->frames[i].node == node)
      return TRUE;
  return FALSE;
}

/* Every use of an alias counts as if it were written out. */
static void
on_alias (BvYamlReader *self, const yaml_event_t *event)
{
  const char *name = (const char *)event->data.alias.anchor;
  BvMark mark = to_mark (event->start_mark);
  BvNode *target = self->anchors == NULL ? NULL : g_hash_table_lookup (self->anchors, name);
  guint n_nodes = 0;
  BvNode *copy;

  if (target == NULL || is_open (self, target) || expects_key (self))
    {
      complain (self, mark, _ ("The alias “*%s” names no complete value before it."), name);
      fail (self);
      return;
    }
  if (self->depth + measure (target, &n_nodes) > BV_YAML_MAX_DEPTH)
    {
      refuse_depth (self, mark);
      return;
    }
  self->n_nodes += n_nodes - 1;
  if (!count_node (self, mark))
    return;
  copy = bv_node_copy (self->arena, target);
  copy->mark = mark;
  add_value (self, copy);
}

static void
complain_of_parser (BvYamlReader *self)
{
  const yaml_parser_t *parser = &self->parser;
  BvMark mark = to_mark (parser->problem_mark);

  if (parser->error == YAML_READER_ERROR)
    mark = mark_of_offset (self, parser->problem_offset);
  complain (self, mark, _ ("This is not YAML: %s%s%s."), parser->problem,
            parser->context != NULL ? " " : "", parser->context != NULL ? parser->context : "");
  fail (self);
}

static void
handle (BvYamlReader *self, const yaml_event_t *event)
{
  switch (event->type)
    {
    case YAML_SCALAR_EVENT:
      on_scalar (self, event);
      break;
    case YAML_SEQUENCE_START_EVENT:
      on_start (self, BV_NODE_LIST, event->data.sequence_start.anchor, event->start_mark);
      break;
    case YAML_MAPPING_START_EVENT:
      on_start (self, BV_NODE_MAP, event->data.mapping_start.anchor, event->start_mark);
      break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
      on_end (self);
      break;
    case YAML_ALIAS_EVENT:
      on_alias (self, event);
      break;
    default:
      break;
    }
}

static void
start_document (BvYamlReader *self, BvArena *arena)
{
  self->arena = arena;
  self->root = NULL;
  g_clear_pointer (&self->anchors, g_hash_table_unref);
  clear_frames (self);
}

static gboolean
count_document (BvYamlReader *self, yaml_mark_t at)
{
  if (++self->n_documents <= BV_YAML_MAX_DOCUMENTS)
    return TRUE;
  complain (self, to_mark (at), _ ("The manifest has more than %d documents; split it."),
            BV_YAML_MAX_DOCUMENTS);
  fail (self);
  return FALSE;
}

/* Reads the next document into ARENA; FALSE at the end of the text or after a failure, which
 * bv_yaml_reader_get_problems() tells. DOCUMENT may be a null node. */
gboolean
bv_yaml_reader_next (BvYamlReader *self, BvArena *arena, BvNode **document)
{
  gboolean done = FALSE;
  gboolean ended = FALSE;

  start_document (self, arena);
  while (!done && !ended && !self->failed)
    {
      yaml_event_t event;

      if (!yaml_parser_parse (&self->parser, &event))
        {
          complain_of_parser (self);
          break;
        }
      if (event.type == YAML_DOCUMENT_START_EVENT)
        count_document (self, event.start_mark);
      done = event.type == YAML_DOCUMENT_END_EVENT;
      ended = event.type == YAML_STREAM_END_EVENT;
      handle (self, &event);
      yaml_event_delete (&event);
    }
  *document = self->root;
  return done && !self->failed && self->root != NULL;
}
