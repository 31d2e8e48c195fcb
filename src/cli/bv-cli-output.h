/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-node.h"

G_BEGIN_DECLS

typedef enum
{
  BV_OUTPUT_TABLE,
  BV_OUTPUT_YAML,
  BV_OUTPUT_JSON,
  BV_OUTPUT_NAME, /* kind/name, a line each; not of all verbs */
} BvOutput;

gboolean bv_cli_parse_output (const char *name, BvOutput last, BvOutput *output, GError **error);
void bv_cli_print_node (const BvNode *node, BvOutput output);
void bv_cli_print_variant (GVariant *variant, BvOutput output);

G_END_DECLS
