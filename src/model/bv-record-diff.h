/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-record.h"

G_BEGIN_DECLS

/* One field that differs between two records. */
typedef struct
{
  char *path;   /* `spec.template.spec.domain.cpu.sockets` for one */
  char *before; /* JSON; NULL: it was not there */
  char *after;  /* JSON; NULL: it is not there any more */
} BvFieldChange;

void bv_field_change_free (BvFieldChange *self);

GPtrArray *bv_record_diff (const BvRecordType *type, gconstpointer before, gconstpointer after,
                           const BvPath *path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvFieldChange, bv_field_change_free)

G_END_DECLS
