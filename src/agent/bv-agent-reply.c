/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/bv-agent-reply.h"

#include "model/bv-error.h"
#include "model/bv-json.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* An agent's answers are some kilobytes long. */
#define MAX_BYTES (1024 * 1024)

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
  g_autoptr (GError) local = NULL;
  g_autoptr (JsonNode) root = NULL;
  JsonNode *answer = NULL;

  if (strnlen (text, MAX_BYTES + 1) > MAX_BYTES)
    {
      g_set_error_literal (error, BV_ERROR, BV_ERROR_AGENT_UNAVAILABLE,
                           _ ("The guest's agent gave an answer that is too long"));
      return NULL;
    }
  root = bv_json_parse (text, &local);
  if (local != NULL)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_AGENT_UNAVAILABLE,
                   _ ("The guest's agent gave an answer that is not JSON: %s"), local->message);
      return NULL;
    }
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
