/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

JsonNode *bv_agent_reply_parse (const char *text, GError **error);

G_END_DECLS
