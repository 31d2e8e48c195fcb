/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/bv-agent-reply.h"

#include "model/bv-error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* An agent's answers are some kilobytes long, and four levels deep. */
#define MAX_BYTES (1024 * 1024)
#define MAX_DEPTH 32

/* JSON-GLib reads each level by a call within a call: a guest could exhaust the stack. */
static gboolean
is_too_deep (const char *text)
{
  guint depth = 0;
  gboolean in_string = FALSE;

  for (const char *p = text; *p != '\0'; p++)
    {
      if (in_string && *p == '\\' && p[1] != '\0')
        p++;
      else if (*p == '"')
        in_string = !in_string;
      else if (!in_string && (*p == '[' || *p == '{') && ++depth > MAX_DEPTH)
        return TRUE;
      else if (!in_string && (*p == ']' || *p == '}') && depth > 0)
        depth--;
    }
  return FALSE;
}

/**
 * bv_agent_reply_parse:
 * @text: what virDomainQemuAgentCommand() gave
 * @error: return location
 *
 * Reads an agent's answer, which comes from the guest and may be anything.
 *
 * Returns: (transfer full) (nullable): the answer's `return`
 */
JsonNode *
bv_agent_reply_parse (const char *text, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (GError) local = NULL;
  JsonNode *root, *answer = NULL;

  if (strnlen (text, MAX_BYTES + 1) > MAX_BYTES || is_too_deep (text))
    {
      g_set_error_literal (error, BV_ERROR, BV_ERROR_AGENT_UNAVAILABLE,
                           _ ("The guest's agent gave an answer that is too long or too deep"));
      return NULL;
    }
  if (!json_parser_load_from_data (parser, text, -1, &local))
    {
      g_set_error (error, BV_ERROR, BV_ERROR_AGENT_UNAVAILABLE,
                   _ ("The guest's agent gave an answer that is not JSON: %s"), local->message);
      return NULL;
    }
  root = json_parser_get_root (parser);
  if (root != NULL && JSON_NODE_HOLDS_OBJECT (root))
    answer = json_object_get_member (json_node_get_object (root), "return");
  if (answer == NULL)
    {
      g_set_error_literal (error, BV_ERROR, BV_ERROR_AGENT_UNAVAILABLE,
                           _ ("The guest's agent gave an answer that returns nothing"));
      return NULL;
    }
  return json_node_ref (answer);
}
