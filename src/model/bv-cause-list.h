/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-cause-private.h"

G_BEGIN_DECLS

/* Collects the causes of one document: knows its text, so that each gets its place. */
typedef struct
{
  GPtrArray *causes; /* of BvCause */
  const char *file;
  guint document;
  const BvNode *root; /* of the object; NULL for one that was not read from a text */
} BvCauseList;

void bv_cause_list_add (BvCauseList *self, BvSeverity severity, const char *reason,
                        const char *field, const char *message);
void bv_cause_list_add_at (BvCauseList *self, BvMark mark, BvSeverity severity, const char *reason,
                           const char *field, const char *message);
const char *bv_suggest (const char *word, const char *const *known);

G_END_DECLS
