/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BV_NAME_SET_FEW 16

/* Where each name first stands in a list. A few names are compared one by one, more are hashed. The
 * names must outlive it; zeroes make an empty one. */
typedef struct
{
  const char *names[BV_NAME_SET_FEW];
  guint indexes[BV_NAME_SET_FEW];
  guint n_few;
  GHashTable *many;
} BvNameSet;

int bv_name_set_find (const BvNameSet *self, const char *name);
int bv_name_set_add (BvNameSet *self, const char *name, guint index);
void bv_name_set_clear (BvNameSet *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BvNameSet, bv_name_set_clear)

G_END_DECLS
