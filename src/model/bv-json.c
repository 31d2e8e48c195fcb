/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/bv-json.h"

#include "model/bv-error.h"

#include <glib/gi18n-lib.h>

/* What is read by this has four levels, perhaps five. */
#define MAX_DEPTH 32

static gboolean
is_shallow (const char *text)
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
        return FALSE;
      else if (!in_string && (*p == ']' || *p == '}') && depth > 0)
        depth--;
    }
  return TRUE;
}

/* As json_from_string(), which reads each level by a call within a call, so that a text of nothing
 * but brackets would exhaust the stack. NULL without an error if the text is empty. */
JsonNode *
bv_json_parse (const char *text, GError **error)
{
  if (is_shallow (text))
    return json_from_string (text, error);
  g_set_error_literal (error, BV_ERROR, BV_ERROR_LIMIT_EXCEEDED, _ ("it is nested too deep"));
  return NULL;
}

/* The same for what must be an object; all else is an error. */
JsonNode *
bv_json_parse_object (const char *text, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (JsonNode) root = bv_json_parse (text, &local);

  if (root != NULL && JSON_NODE_HOLDS_OBJECT (root))
    return g_steal_pointer (&root);
  if (local != NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  else
    g_set_error_literal (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT, _ ("it is no JSON object"));
  return NULL;
}
