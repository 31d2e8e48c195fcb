/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>

#include "bv-version-macros.h"

G_BEGIN_DECLS

/**
 * BvSeverity:
 * @BV_SEVERITY_ERROR: The manifest is refused.
 * @BV_SEVERITY_WARNING: The manifest is taken, but not all of it does what it seems to say.
 *
 * Since: 1.0
 */
typedef enum
{
  BV_SEVERITY_ERROR,
  BV_SEVERITY_WARNING,
} BvSeverity;

#define BV_TYPE_CAUSE (bv_cause_get_type ())

typedef struct _BvCause BvCause;

BV_AVAILABLE_IN_1_0
GType bv_cause_get_type (void);
BV_AVAILABLE_IN_1_0
BvCause *bv_cause_ref (BvCause *self);
BV_AVAILABLE_IN_1_0
void bv_cause_unref (BvCause *self);
BV_AVAILABLE_IN_1_0
const char *bv_cause_get_reason (BvCause *self);
BV_AVAILABLE_IN_1_0
const char *bv_cause_get_field (BvCause *self);
BV_AVAILABLE_IN_1_0
const char *bv_cause_get_message (BvCause *self);
BV_AVAILABLE_IN_1_0
BvSeverity bv_cause_get_severity (BvCause *self);
BV_AVAILABLE_IN_1_0
const char *bv_cause_get_file (BvCause *self);
BV_AVAILABLE_IN_1_0
guint bv_cause_get_document (BvCause *self);
BV_AVAILABLE_IN_1_0
guint bv_cause_get_line (BvCause *self);
BV_AVAILABLE_IN_1_0
guint bv_cause_get_column (BvCause *self);
BV_AVAILABLE_IN_1_0
char *bv_cause_to_string (BvCause *self);
BV_AVAILABLE_IN_1_0
const char *bv_severity_to_string (BvSeverity severity);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvCause, bv_cause_unref)

G_END_DECLS
