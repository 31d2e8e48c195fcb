/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
  BV_OUTPUT_TABLE,
  BV_OUTPUT_YAML,
  BV_OUTPUT_JSON,
} BvOutput;

/* What verbs that speak to the service have in common. */
typedef struct
{
  gboolean session;
  gboolean system;
  char *address;
  char *namespace;
  char *output_name;
  BvOutput output;
} BvCliOptions;

void bv_cli_options_clear (BvCliOptions *self);
gboolean bv_cli_options_parse (BvCliOptions *self, const GOptionEntry *entries,
                               const char *arguments, int *argc, char ***argv, GError **error);
gboolean bv_cli_parse_output (const char *name, BvOutput *output, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BvCliOptions, bv_cli_options_clear)

G_END_DECLS
