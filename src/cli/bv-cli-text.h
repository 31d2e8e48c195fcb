/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *bv_cli_age (guint64 since);
char *bv_cli_time (guint64 when);
char *bv_cli_dict_text (GVariant *dict, const char *key);

G_END_DECLS
