/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cli/bv-cli-client.h"

G_BEGIN_DECLS

const char *bv_cli_kind_from_word (const char *word, GError **error);

/* The object that the arguments KIND NAME, or KIND/NAME, name; or whether they can name one. */
gboolean bv_cli_check_named (int argc, char **argv, GError **error);
BvDBusObject *bv_cli_find_named (BvCliClient *client, int argc, char **argv, GError **error);

G_END_DECLS
