/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-cause.h"
#include "model/bv-node.h"

G_BEGIN_DECLS

/* Reasons, as Kubernetes names them. */
#define BV_REASON_INVALID "FieldValueInvalid"
#define BV_REASON_REQUIRED "FieldValueRequired"
#define BV_REASON_NOT_SUPPORTED "FieldValueNotSupported"
#define BV_REASON_DUPLICATE "FieldValueDuplicate"
#define BV_REASON_NOT_FOUND "FieldValueNotFound"
#define BV_REASON_FORBIDDEN "Forbidden"
#define BV_REASON_UNKNOWN_FIELD "UnknownField"
#define BV_REASON_SYNTAX "SyntaxError"

struct _BvCause
{
  gatomicrefcount ref_count;
  const char *reason; /* one of the above */
  char *field;
  char *message;
  char *file;
  BvSeverity severity;
  guint document; /* counts from 0 */
  BvMark mark;
};

BvCause *bv_cause_new (const char *reason, const char *field, const char *message);
GVariant *bv_cause_to_variant (BvCause *self);
gboolean bv_causes_have_error (GPtrArray *causes);
void bv_causes_sort (GPtrArray *causes);

G_END_DECLS
