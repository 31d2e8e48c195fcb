/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/bv-encode.h"
#include "model/bv-yaml-scalar.h"

#include <json-glib/json-glib.h>
#include <string.h>
#include <yaml.h>

/* Nodes as JSON, YAML and GVariant. */

static JsonNode *
to_json_number (const BvNode *node)
{
  JsonNode *json = json_node_alloc ();
  gint64 integer;

  if (node->kind == BV_NODE_INTEGER && bv_node_get_integer (node, &integer))
    return json_node_init_int (json, integer);
  return json_node_init_double (json, g_ascii_strtod (node->text, NULL));
}

static JsonNode *
to_json (const BvNode *node)
{
  switch (node->kind)
    {
    case BV_NODE_NULL:
      return json_node_init_null (json_node_alloc ());
    case BV_NODE_BOOLEAN:
      return json_node_init_boolean (json_node_alloc (), bv_node_get_boolean (node));
    case BV_NODE_INTEGER:
    case BV_NODE_NUMBER:
      return to_json_number (node);
    case BV_NODE_STRING:
      return json_node_init_string (json_node_alloc (), node->text);
    case BV_NODE_LIST:
      {
        g_autoptr (JsonArray) array = json_array_new ();

        for (const BvNode *child = node->first; child != NULL; child = child->next)
          json_array_add_element (array, to_json (child));
        return json_node_init_array (json_node_alloc (), array);
      }
    case BV_NODE_MAP:
      {
        g_autoptr (JsonObject) object = json_object_new ();

        for (const BvNode *child = node->first; child != NULL; child = child->next)
          json_object_set_member (object, child->key, to_json (child));
        return json_node_init_object (json_node_alloc (), object);
      }
    }
  g_return_val_if_reached (NULL);
}

/* Characters that a reader of YAML refuses, or takes for the end of a line, where they stand as
 * they are. */
static gboolean
is_special (gunichar c)
{
  return (c < 0x20 && c != '\n') || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 ||
         c == 0xfeff || c == 0xfffe || c == 0xffff;
}

/* JSON that is YAML too: all such characters are in strings, where they can be escaped. */
static char *
escape_special (const char *text)
{
  GString *escaped = g_string_new (NULL);

  for (; *text != '\0'; text = g_utf8_next_char (text))
    {
      gunichar c = g_utf8_get_char (text);

      if (c >= 0x7f && is_special (c))
        g_string_append_printf (escaped, "\\u%04x", c);
      else
        g_string_append_len (escaped, text, g_utf8_next_char (text) - text);
    }
  return g_string_free (escaped, FALSE);
}

char *
bv_node_to_json (const BvNode *node, gboolean pretty)
{
  g_autoptr (JsonNode) json = to_json (node);
  g_autofree char *text = json_to_string (json, pretty);

  return escape_special (text);
}

static int
append_text (void *data, unsigned char *text, size_t length)
{
  g_string_append_len (data, (const char *)text, length);
  return 1;
}

static void
emit (yaml_emitter_t *emitter, yaml_event_t *event)
{
  if (!yaml_emitter_emit (emitter, event))
    g_error ("libyaml cannot write what it can read: %s", emitter->problem);
}

static void
emit_scalar (yaml_emitter_t *emitter, const char *text, gsize length, yaml_scalar_style_t style)
{
  yaml_event_t event;

  yaml_scalar_event_initialize (&event, NULL, NULL, (const yaml_char_t *)text, length, TRUE, TRUE,
                                style);
  emit (emitter, &event);
}

static gboolean
has_special (const char *text)
{
  for (; *text != '\0'; text = g_utf8_next_char (text))
    if (is_special (g_utf8_get_char (text)))
      return TRUE;
  return FALSE;
}

/* The key that merges a map is a word only in quotes. */
static gboolean
is_merge (const char *text, gsize length)
{
  return length == 2 && memcmp (text, "<<", 2) == 0;
}

/* Lines are written as lines, what could be taken for something else in quotes. */
static void
emit_string (yaml_emitter_t *emitter, const char *text, gsize length, gboolean is_key)
{
  yaml_scalar_style_t style = YAML_DOUBLE_QUOTED_SCALAR_STYLE;
  gboolean lines = memchr (text, '\n', length) != NULL;

  if (!has_special (text) && !is_merge (text, length))
    {
      if (!lines && bv_yaml_scalar_kind (text, length) == BV_NODE_STRING)
        style = YAML_PLAIN_SCALAR_STYLE;
      else if (lines && !is_key && !g_ascii_isspace (text[0]))
        style = YAML_LITERAL_SCALAR_STYLE;
    }
  emit_scalar (emitter, text, length, style);
}

static void
emit_node (yaml_emitter_t *emitter, const BvNode *node)
{
  yaml_event_t event;

  switch (node->kind)
    {
    case BV_NODE_NULL:
      emit_scalar (emitter, "null", 4, YAML_PLAIN_SCALAR_STYLE);
      break;
    case BV_NODE_BOOLEAN:
    case BV_NODE_INTEGER:
    case BV_NODE_NUMBER:
      emit_scalar (emitter, node->text, node->text_length, YAML_PLAIN_SCALAR_STYLE);
      break;
    case BV_NODE_STRING:
      emit_string (emitter, node->text, node->text_length, FALSE);
      break;
    case BV_NODE_LIST:
      yaml_sequence_start_event_initialize (&event, NULL, NULL, TRUE, YAML_ANY_SEQUENCE_STYLE);
      emit (emitter, &event);
      for (const BvNode *child = node->first; child != NULL; child = child->next)
        emit_node (emitter, child);
      yaml_sequence_end_event_initialize (&event);
      emit (emitter, &event);
      break;
    case BV_NODE_MAP:
      yaml_mapping_start_event_initialize (&event, NULL, NULL, TRUE, YAML_ANY_MAPPING_STYLE);
      emit (emitter, &event);
      for (const BvNode *child = node->first; child != NULL; child = child->next)
        {
          emit_string (emitter, child->key, child->key_length, TRUE);
          emit_node (emitter, child);
        }
      yaml_mapping_end_event_initialize (&event);
      emit (emitter, &event);
      break;
    }
}

char *
bv_node_to_yaml (const BvNode *node)
{
  GString *text = g_string_new (NULL);
  yaml_emitter_t emitter;
  yaml_event_t event;

  if (!yaml_emitter_initialize (&emitter))
    g_error ("libyaml found no memory");
  yaml_emitter_set_output (&emitter, append_text, text);
  yaml_emitter_set_unicode (&emitter, TRUE);
  yaml_emitter_set_width (&emitter, -1);
  yaml_stream_start_event_initialize (&event, YAML_UTF8_ENCODING);
  emit (&emitter, &event);
  yaml_document_start_event_initialize (&event, NULL, NULL, NULL, TRUE);
  emit (&emitter, &event);
  emit_node (&emitter, node);
  yaml_document_end_event_initialize (&event, TRUE);
  emit (&emitter, &event);
  yaml_stream_end_event_initialize (&event);
  emit (&emitter, &event);
  yaml_emitter_delete (&emitter);
  return g_string_free (text, FALSE);
}

static GVariant *
number_to_variant (const BvNode *node)
{
  gint64 integer;

  if (node->kind == BV_NODE_INTEGER && bv_node_get_integer (node, &integer))
    return g_variant_new_int64 (integer);
  return g_variant_new_double (g_ascii_strtod (node->text, NULL));
}

static gboolean
is_string_list (const BvNode *node)
{
  for (const BvNode *child = node->first; child != NULL; child = child->next)
    if (child->kind != BV_NODE_STRING)
      return FALSE;
  return node->first != NULL;
}

static GVariant *
list_to_variant (const BvNode *node)
{
  gboolean strings = is_string_list (node);
  g_auto (GVariantBuilder) builder = { 0 };

  g_variant_builder_init (&builder, strings ? G_VARIANT_TYPE ("as") : G_VARIANT_TYPE ("av"));
  for (const BvNode *child = node->first; child != NULL; child = child->next)
    if (strings)
      g_variant_builder_add (&builder, "s", child->text);
    else
      g_variant_builder_add (&builder, "v", bv_node_to_variant (child));
  return g_variant_builder_end (&builder);
}

/* Maps become a{sv}, lists as or av, numbers x or d, null an empty maybe of a variant. */
GVariant *
bv_node_to_variant (const BvNode *node)
{
  g_auto (GVariantBuilder) builder = { 0 };

  switch (node->kind)
    {
    case BV_NODE_NULL:
      return g_variant_new_maybe (G_VARIANT_TYPE_VARIANT, NULL);
    case BV_NODE_BOOLEAN:
      return g_variant_new_boolean (bv_node_get_boolean (node));
    case BV_NODE_INTEGER:
    case BV_NODE_NUMBER:
      return number_to_variant (node);
    case BV_NODE_STRING:
      return g_variant_new_string (node->text);
    case BV_NODE_LIST:
      return list_to_variant (node);
    case BV_NODE_MAP:
      break;
    }
  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (const BvNode *child = node->first; child != NULL; child = child->next)
    g_variant_builder_add (&builder, "{sv}", child->key, bv_node_to_variant (child));
  return g_variant_builder_end (&builder);
}
