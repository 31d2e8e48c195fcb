/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* For JSON that somebody else wrote. */
JsonNode *bv_json_parse (const char *text, GError **error);
JsonNode *bv_json_parse_object (const char *text, GError **error);

G_END_DECLS
