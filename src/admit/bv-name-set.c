/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-name-set.h"

/* The index that NAME was added with, or -1; no name is in no set. */
int
bv_name_set_find (const BvNameSet *self, const char *name)
{
  gpointer index;

  if (name == NULL)
    return -1;
  if (self->many != NULL)
    return g_hash_table_lookup_extended (self->many, name, NULL, &index) ? GPOINTER_TO_INT (index)
                                                                         : -1;
  for (guint i = 0; i < self->n_few; i++)
    if (g_str_equal (self->names[i], name))
      return self->indexes[i];
  return -1;
}

static void
hash_all (BvNameSet *self)
{
  self->many = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < self->n_few; i++)
    g_hash_table_insert (self->many, (gpointer)self->names[i], GUINT_TO_POINTER (self->indexes[i]));
}

/* Adds NAME, unless it is there already: then the index that it was added with, else -1. */
int
bv_name_set_add (BvNameSet *self, const char *name, guint index)
{
  int earlier = bv_name_set_find (self, name);

  if (earlier >= 0 || name == NULL)
    return earlier;
  if (self->many == NULL && self->n_few == BV_NAME_SET_FEW)
    hash_all (self);
  if (self->many != NULL)
    {
      g_hash_table_insert (self->many, (gpointer)name, GUINT_TO_POINTER (index));
      return -1;
    }
  self->names[self->n_few] = name;
  self->indexes[self->n_few++] = index;
  return -1;
}

void
bv_name_set_clear (BvNameSet *self)
{
  g_clear_pointer (&self->many, g_hash_table_unref);
  self->n_few = 0;
}
