/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-node.h"
#include "model/bv-quantity.h"

G_BEGIN_DECLS

/* Records are the C structs that generate-model.py makes of schema.yaml, and these tables are what
 * it makes besides: how to read, write, compare and copy each one. A record lives in an arena,
 * begins with a BvRecord, and tells absence as KubeVirt's Go types do: strings, quantities and
 * records by NULL, numbers and booleans by a bit. */

typedef enum
{
  BV_FIELD_STRING,        /* const char * */
  BV_FIELD_INT_OR_STRING, /* const char * */
  BV_FIELD_BOOLEAN,       /* gboolean, and its bit */
  BV_FIELD_INTEGER,       /* gint64, and its bit */
  BV_FIELD_QUANTITY,      /* BvQuantity */
  BV_FIELD_OPAQUE,        /* const BvNode * */
  BV_FIELD_RECORD,        /* a pointer to the record */
  BV_FIELD_RECORD_LIST,   /* a vector of pointers, and n_NAME */
  BV_FIELD_STRING_LIST,   /* a vector of const char *, and n_NAME */
  BV_FIELD_INTEGER_LIST,  /* a vector of gint64, and n_NAME */
  BV_FIELD_STRING_MAP,    /* a vector of BvStringPair, and n_NAME */
  BV_FIELD_QUANTITY_MAP,  /* a vector of BvQuantityPair, and n_NAME */
  BV_FIELD_RECORD_MAP,    /* a vector of BvRecordPair, and n_NAME */
} BvFieldKind;

typedef enum
{
  BV_FIELD_REQUIRED = 1 << 0,
  BV_FIELD_BASE64 = 1 << 1,
  BV_FIELD_OPAQUE_LIST = 1 << 2, /* an opaque value is a list; without, a map */
} BvFieldFlags;

typedef struct _BvRecordType BvRecordType;

typedef struct
{
  const char *name;
  guint8 length; /* of the name */
  guint8 kind;   /* BvFieldKind */
  guint8 flags;  /* BvFieldFlags */
  guint16 offset;
  guint16 count_offset;       /* of lists and maps */
  const BvRecordType *record; /* of records and lists of them */
  const char *const *values;  /* of an enum; NULL-terminated */
  const char *reason;         /* of a cause about a value not among them */
  gint64 minimum;             /* of integers */
  gint64 maximum;
  const char *deprecated; /* what to use instead */
} BvField;

struct _BvRecordType
{
  const char *name;
  guint16 size;
  guint16 n_fields; /* at most 64 */
  const BvField *fields;
};

/* What every record begins with: a bit for each field that is there, in the order of its table. */
typedef struct
{
  guint64 present;
} BvRecord;

typedef struct
{
  const char *key;
  const char *value;
} BvStringPair;

typedef struct
{
  const char *key;
  BvQuantity value;
} BvQuantityPair;

typedef struct
{
  const char *key;
  gpointer record;
} BvRecordPair;

/* Where a value stands among its parents; lives on the stack of whoever walks a tree. */
typedef struct _BvPath BvPath;

struct _BvPath
{
  const BvPath *parent;
  const char *name; /* NULL: the item INDEX of a list */
  gsize name_length;
  guint index;
};

char *bv_path_to_string (const BvPath *path);

gsize bv_field_item_size (BvFieldKind kind);
gboolean bv_record_is_present (gconstpointer record, guint index);
void bv_record_set_present (gpointer record, guint index);
gboolean bv_record_has_field (const BvRecordType *type, gconstpointer record, guint index);
gpointer bv_record_copy (const BvRecordType *type, gconstpointer record, BvArena *arena);
gboolean bv_record_equal (const BvRecordType *type, gconstpointer a, gconstpointer b);
gboolean bv_record_field_equal (const BvField *field, gconstpointer a, gconstpointer b);
const BvField *bv_record_type_find (const BvRecordType *type, const char *name, gsize length);
const char *bv_string_map_get (const BvStringPair *pairs, guint n_pairs, const char *key);
gpointer bv_record_map_get (const BvRecordPair *pairs, guint n_pairs, const char *key);
const BvQuantity *bv_quantity_map_get (const BvQuantityPair *pairs, guint n_pairs, const char *key);

/* The place of a field in its record. */
#define BV_FIELD_AT(type, record, field) ((type *)(gpointer)((char *)(record) + (field)->offset))
#define BV_FIELD_COUNT(record, field)                                                              \
  (*(guint *)(gpointer)((char *)(record) + (field)->count_offset))

G_END_DECLS
