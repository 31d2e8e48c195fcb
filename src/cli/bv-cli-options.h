/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "cli/bv-cli-output.h"

G_BEGIN_DECLS

/* What verbs that speak to the service have in common. */
typedef struct
{
  gboolean session;
  gboolean system;
  char *address;
  char *namespace;
  char *output_name;
  BvOutput output; /* after bv_cli_options_parse_output() */
} BvCliOptions;

void bv_cli_options_clear (BvCliOptions *self);
gboolean bv_cli_options_parse (BvCliOptions *self, const GOptionEntry *entries, int *argc,
                               char ***argv, GError **error);
/* Also --output, with all formats up to LAST. */
gboolean bv_cli_options_parse_output (BvCliOptions *self, const GOptionEntry *entries,
                                      BvOutput last, int *argc, char ***argv, GError **error);
const char *bv_cli_options_get_namespace (const BvCliOptions *self);

gboolean bv_cli_parse (const GOptionEntry *entries, int *argc, char ***argv, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BvCliOptions, bv_cli_options_clear)

/* That an option gives LEAST seconds at least, or was not given. */
gboolean bv_cli_check_seconds (const char *option, gint64 seconds, gint64 least, GError **error);

G_END_DECLS
