/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/store/bv-store-batch.h"

struct _BvStoreBatch
{
  GPtrArray *changes;
};

void
bv_store_row_free (BvStoreRow *self)
{
  g_free (self->kind);
  g_free (self->namespace);
  g_free (self->name);
  g_free (self->uid);
  g_free (self->owner);
  g_free (self->applied);
  g_free (self->manifest);
  g_free (self->status);
  g_free (self);
}

static void
change_free (BvStoreChange *self)
{
  g_clear_pointer (&self->row, bv_store_row_free);
  g_free (self->uid);
  g_free (self->status);
  g_free (self->topic);
  g_free (self->key);
  g_free (self->value);
  g_free (self);
}

void
bv_store_fact_free (BvStoreFact *self)
{
  g_free (self->key);
  g_free (self->value);
  g_free (self);
}

BvStoreBatch *
bv_store_batch_new (void)
{
  BvStoreBatch *self = g_new0 (BvStoreBatch, 1);

  self->changes = g_ptr_array_new_with_free_func ((GDestroyNotify)change_free);
  return self;
}

void
bv_store_batch_free (BvStoreBatch *self)
{
  g_ptr_array_unref (self->changes);
  g_free (self);
}

static BvStoreChange *
add_change (BvStoreBatch *self, BvStoreAction action)
{
  BvStoreChange *change = g_new0 (BvStoreChange, 1);

  change->action = action;
  g_ptr_array_add (self->changes, change);
  return change;
}

/* Takes ROW. It replaces the row of its kind, namespace and name. */
void
bv_store_batch_put (BvStoreBatch *self, BvStoreRow *row)
{
  add_change (self, BV_STORE_PUT)->row = row;
}

void
bv_store_batch_set_status (BvStoreBatch *self, const char *uid, const char *status)
{
  BvStoreChange *change = add_change (self, BV_STORE_STATUS);

  change->uid = g_strdup (uid);
  change->status = g_strdup (status);
}

void
bv_store_batch_delete (BvStoreBatch *self, const char *uid)
{
  add_change (self, BV_STORE_DELETE)->uid = g_strdup (uid);
}

void
bv_store_batch_set_fact (BvStoreBatch *self, const char *topic, const char *key, const char *value)
{
  BvStoreChange *change = add_change (self, BV_STORE_SET_FACT);

  change->topic = g_strdup (topic);
  change->key = g_strdup (key);
  change->value = g_strdup (value);
}

void
bv_store_batch_drop_fact (BvStoreBatch *self, const char *topic, const char *key)
{
  BvStoreChange *change = add_change (self, BV_STORE_DROP_FACT);

  change->topic = g_strdup (topic);
  change->key = g_strdup (key);
}

GPtrArray *
bv_store_batch_get_changes (BvStoreBatch *self)
{
  return self->changes;
}
