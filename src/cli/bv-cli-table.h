/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Rows of texts, printed in columns that are as wide as their widest text. */
typedef struct _BvCliTable BvCliTable;

BvCliTable *bv_cli_table_new (const char *const *titles);
void bv_cli_table_free (BvCliTable *self);
void bv_cli_table_add (BvCliTable *self, ...) G_GNUC_NULL_TERMINATED;
void bv_cli_table_add_row (BvCliTable *self, const char *const *texts);
void bv_cli_table_print (BvCliTable *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvCliTable, bv_cli_table_free)

G_END_DECLS
