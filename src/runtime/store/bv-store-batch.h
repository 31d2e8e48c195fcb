/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A row of the store: an object, and the facts about it that must outlive the service. */
typedef struct
{
  char *kind;
  char *namespace;
  char *name;
  char *uid;
  char *owner; /* the uid of the object that it was made for, or empty */
  gint64 generation;
  gint64 created; /* microseconds since 1970 */
  gint64 deleted; /* when its deletion was asked for; 0 if it was not */
  char *applied;  /* the manifest as it was given, as JSON: what a later one is compared with */
  char *manifest; /* the object as it was admitted, as JSON */
  char *status;   /* JSON */
} BvStoreRow;

void bv_store_row_free (BvStoreRow *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvStoreRow, bv_store_row_free)

/* What one transaction does. */
typedef enum
{
  BV_STORE_PUT,
  BV_STORE_STATUS,
  BV_STORE_DELETE,
  BV_STORE_SET_FACT,
  BV_STORE_DROP_FACT,
} BvStoreAction;

typedef struct
{
  BvStoreAction action;
  BvStoreRow *row; /* of BV_STORE_PUT */
  char *uid;       /* of what is done to an object */
  char *status;    /* of BV_STORE_STATUS */
  char *topic;     /* of a fact */
  char *key;
  char *value;
} BvStoreChange;

/* What is kept beside the objects: texts by topic and key. */
typedef struct
{
  char *key;
  char *value;
} BvStoreFact;

void bv_store_fact_free (BvStoreFact *self);

typedef struct _BvStoreBatch BvStoreBatch;

BvStoreBatch *bv_store_batch_new (void);
void bv_store_batch_free (BvStoreBatch *self);
void bv_store_batch_put (BvStoreBatch *self, BvStoreRow *row);
void bv_store_batch_set_status (BvStoreBatch *self, const char *uid, const char *status);
void bv_store_batch_delete (BvStoreBatch *self, const char *uid);
void bv_store_batch_set_fact (BvStoreBatch *self, const char *topic, const char *key,
                              const char *value);
void bv_store_batch_drop_fact (BvStoreBatch *self, const char *topic, const char *key);
GPtrArray *bv_store_batch_get_changes (BvStoreBatch *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvStoreBatch, bv_store_batch_free)

G_END_DECLS
