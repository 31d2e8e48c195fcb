/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "random-record.h"

#include <string.h>

#define MOST_ITEMS 3
#define DEEPEST_NODE 3

/* Texts that a careless writer or reader would take for something else. */
static const char *const texts[] = {
  "",
  "a",
  "true",
  "No",
  "null",
  "~",
  "1",
  "-0",
  "007",
  "0x1f",
  "1_000",
  "1e3",
  ".5",
  ".inf",
  "12:30:45",
  "2026-01-01",
  "y",
  "=",
  "<<",
  "- a",
  "a: b",
  "a #b",
  "#a",
  "&a",
  "*a",
  "!a",
  "%a",
  "@a",
  "`a",
  "|",
  ">-",
  "{a}",
  "[a]",
  "a,b",
  "?",
  "---",
  "...",
  "--- a",
  " a",
  "a ",
  "\ta",
  "a\n",
  "\na",
  "a\n\n b\n",
  "a\r\nb",
  "'a'",
  "\"a\"",
  "\\n",
  "a\001b",
  "a\177b",
  "\302\200",         /* a control character */
  "\302\205",         /* next line */
  "\357\277\276",     /* no character at all */
  "\342\200\250",     /* line separator */
  "\357\273\277a",    /* byte order mark */
  "\360\237\222\273", /* beyond 16 bits */
  "\303\244\303\266\303\274",
  "a long text with many words that a writer of YAML would like to fold into several lines, since "
  "it is longer than the eighty columns that it prefers",
};

static const char *const quantities[] = {
  "0",    "1",    "-1",    "128Mi", "1500M", "0.5", "2e3",
  "2E-3", "500m", "1.5Gi", "100n",  "+7k",   "1E",  "9Ei",
};

static const char *const ports[] = { "80", "0", "http", "65536", "x-1" };

static gboolean
one_in (int n)
{
  return g_test_rand_int_range (0, n) == 0;
}

static const char *
pick (const char *const *list, gsize n)
{
  return list[g_test_rand_int_range (0, n)];
}

static char *
random_base64 (BvArena *arena)
{
  guint8 bytes[16];
  gsize length = g_test_rand_int_range (0, sizeof bytes);
  g_autofree char *text = NULL;

  for (gsize i = 0; i < length; i++)
    bytes[i] = g_test_rand_int_range (0, 256);
  text = g_base64_encode (bytes, length);
  return bv_arena_strdup (arena, text);
}

static const char *
random_text (const BvField *field, BvArena *arena)
{
  if (field->values != NULL)
    return pick (field->values, g_strv_length ((char **)field->values));
  if ((field->flags & BV_FIELD_BASE64) != 0)
    return random_base64 (arena);
  return pick (texts, G_N_ELEMENTS (texts));
}

static gint64
random_integer (const BvField *field)
{
  gint64 small = g_test_rand_int_range (-1000, 1000);

  switch (g_test_rand_int_range (0, 3))
    {
    case 0:
      return field->minimum;
    case 1:
      return field->maximum;
    default:
      return CLAMP (small, field->minimum, field->maximum);
    }
}

static BvNode *
random_node (BvArena *arena, guint depth)
{
  /* Null as a whole would be absence. */
  guint kind = g_test_rand_int_range (depth == 0 ? BV_NODE_BOOLEAN : BV_NODE_NULL,
                                      depth < DEEPEST_NODE ? BV_NODE_MAP + 1 : BV_NODE_LIST);
  BvNode *node = bv_node_new (arena, kind, (BvMark){ 0, 0 });

  if (kind == BV_NODE_BOOLEAN)
    node->text = one_in (2) ? "true" : "false";
  else if (kind == BV_NODE_INTEGER)
    node->text = one_in (2) ? "-9007199254740991" : "42";
  else if (kind == BV_NODE_NUMBER)
    node->text = "0.25";
  else if (kind == BV_NODE_STRING)
    node->text = pick (texts, G_N_ELEMENTS (texts));
  node->text_length = node->text == NULL ? 0 : strlen (node->text);
  for (int i = g_test_rand_int_range (0, MOST_ITEMS); i > 0 && kind == BV_NODE_LIST; i--)
    bv_node_append (node, random_node (arena, depth + 1));
  for (int i = g_test_rand_int_range (0, MOST_ITEMS); i > 0 && kind == BV_NODE_MAP; i--)
    bv_node_set (arena, node,
                 bv_arena_printf (arena, "%s%d", pick (texts, G_N_ELEMENTS (texts)), i),
                 random_node (arena, depth + 1));
  return node;
}

static BvNode *
random_map (BvArena *arena)
{
  BvNode *node = bv_node_new (arena, BV_NODE_MAP, (BvMark){ 0, 0 });

  for (int i = g_test_rand_int_range (0, MOST_ITEMS); i > 0; i--)
    bv_node_set (arena, node, bv_arena_printf (arena, "key%d", i), random_node (arena, 1));
  return node;
}

static BvNode *
random_opaque (const BvField *field, BvArena *arena)
{
  BvNode *node;

  if ((field->flags & BV_FIELD_OPAQUE_LIST) == 0)
    return random_map (arena);
  node = bv_node_new (arena, BV_NODE_LIST, (BvMark){ 0, 0 });
  for (int i = g_test_rand_int_range (0, MOST_ITEMS); i > 0; i--)
    bv_node_append (node, random_map (arena));
  return node;
}

/* Keys of a map differ. */
static const char *
random_key (BvArena *arena, guint index)
{
  return bv_arena_printf (arena, "%s%u", pick (texts, G_N_ELEMENTS (texts)), index);
}

static void
fill_map (const BvField *field, gpointer record, guint n, BvArena *arena)
{
  BvStringPair *strings = bv_arena_alloc (arena, n * sizeof *strings);
  BvQuantityPair *amounts = bv_arena_alloc (arena, n * sizeof *amounts);
  BvRecordPair *records = bv_arena_alloc (arena, n * sizeof *records);

  for (guint i = 0; i < n; i++)
    {
      const char *key = random_key (arena, i);

      strings[i] = (BvStringPair){ key, random_text (field, arena) };
      amounts[i].key = key;
      g_assert_true (
          bv_quantity_parse (pick (quantities, G_N_ELEMENTS (quantities)), &amounts[i].value));
      records[i].key = key;
      if (field->kind == BV_FIELD_RECORD_MAP)
        records[i].record = random_record (field->record, arena);
    }
  *BV_FIELD_AT (gpointer, record, field) = field->kind == BV_FIELD_STRING_MAP ? (gpointer)strings
                                           : field->kind == BV_FIELD_QUANTITY_MAP
                                               ? (gpointer)amounts
                                               : (gpointer)records;
}

static void
fill_list (const BvField *field, gpointer record, guint n, BvArena *arena)
{
  gpointer *items = bv_arena_alloc (arena, n * sizeof *items);
  gint64 *numbers = bv_arena_alloc (arena, n * sizeof *numbers);

  for (guint i = 0; i < n; i++)
    {
      numbers[i] = random_integer (field);
      if (field->kind == BV_FIELD_RECORD_LIST)
        items[i] = random_record (field->record, arena);
      else if (field->kind == BV_FIELD_STRING_LIST)
        items[i] = (gpointer)random_text (field, arena);
    }
  *BV_FIELD_AT (gpointer, record, field) =
      field->kind == BV_FIELD_INTEGER_LIST ? (gpointer)numbers : (gpointer)items;
}

static void
fill_many (const BvField *field, gpointer record, BvArena *arena)
{
  guint n = g_test_rand_int_range (1, MOST_ITEMS + 1);

  BV_FIELD_COUNT (record, field) = n;
  if (field->kind == BV_FIELD_STRING_MAP || field->kind == BV_FIELD_QUANTITY_MAP ||
      field->kind == BV_FIELD_RECORD_MAP)
    fill_map (field, record, n, arena);
  else
    fill_list (field, record, n, arena);
}

static void
fill (const BvField *field, gpointer record, BvArena *arena)
{
  switch ((BvFieldKind)field->kind)
    {
    case BV_FIELD_STRING:
      *BV_FIELD_AT (const char *, record, field) = random_text (field, arena);
      break;
    case BV_FIELD_INT_OR_STRING:
      *BV_FIELD_AT (const char *, record, field) = pick (ports, G_N_ELEMENTS (ports));
      break;
    case BV_FIELD_BOOLEAN:
      *BV_FIELD_AT (gboolean, record, field) = one_in (2);
      break;
    case BV_FIELD_INTEGER:
      *BV_FIELD_AT (gint64, record, field) = random_integer (field);
      break;
    case BV_FIELD_QUANTITY:
      g_assert_true (bv_quantity_parse (pick (quantities, G_N_ELEMENTS (quantities)),
                                        BV_FIELD_AT (BvQuantity, record, field)));
      break;
    case BV_FIELD_OPAQUE:
      *BV_FIELD_AT (const BvNode *, record, field) = random_opaque (field, arena);
      break;
    case BV_FIELD_RECORD:
      *BV_FIELD_AT (gpointer, record, field) = random_record (field->record, arena);
      break;
    default:
      fill_many (field, record, arena);
    }
}

gpointer
random_record (const BvRecordType *type, BvArena *arena)
{
  gpointer record = bv_arena_alloc (arena, type->size);

  for (guint i = 0; i < type->n_fields; i++)
    {
      const BvField *field = &type->fields[i];

      /* What was observed is not read back. */
      if (g_str_equal (field->name, "status"))
        continue;
      if ((field->flags & BV_FIELD_REQUIRED) == 0 && !one_in (3))
        continue;
      fill (field, record, arena);
      bv_record_set_present (record, i);
    }
  return record;
}

/* A record in the field, or NULL. */
static gpointer
random_child (const BvField *field, gpointer record)
{
  if (field->kind == BV_FIELD_RECORD)
    return *BV_FIELD_AT (gpointer, record, field);
  if (field->kind != BV_FIELD_RECORD_LIST || BV_FIELD_COUNT (record, field) == 0)
    return NULL;
  return (*BV_FIELD_AT (gpointer *, record,
                        field))[g_test_rand_int_range (0, BV_FIELD_COUNT (record, field))];
}

void
random_change (const BvRecordType *type, gpointer record, BvArena *arena)
{
  for (;;)
    {
      guint index;
      const BvField *field;
      gpointer child;

      if (type->n_fields == 0)
        return;
      index = g_test_rand_int_range (0, type->n_fields);
      field = &type->fields[index];
      child = random_child (field, record);
      if (child == NULL || one_in (8))
        {
          fill (field, record, arena);
          bv_record_set_present (record, index);
          return;
        }
      type = field->record;
      record = child;
    }
}
