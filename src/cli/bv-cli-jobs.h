/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cli/bv-cli-client.h"

G_BEGIN_DECLS

gboolean bv_cli_word_means_jobs (const char *word);

/* The jobs on objects of NAMESPACE (NULL: of all), as a table. */
void bv_cli_print_jobs (BvCliClient *client, const char *namespace);

/* `/org/barevirt1/virtualmachine/default/a` as people know it: `virtualmachine/a`. */
char *bv_cli_short_name (BvCliClient *client, const char *path);

G_END_DECLS
