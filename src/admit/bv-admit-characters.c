/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-areas.h"
#include "model/bv-encode.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Characters that the XML of a domain cannot hold, anywhere in spec.domain. */

/* Rules of their own for some texts come before this one. */
static gboolean
is_told (BvAdmission *self, const char *path)
{
  for (guint i = 0; i < self->causes->causes->len; i++)
    {
      BvCause *cause = self->causes->causes->pdata[i];

      if (bv_cause_get_severity (cause) == BV_SEVERITY_ERROR &&
          g_str_equal (bv_cause_get_field (cause), path))
        return TRUE;
    }
  return FALSE;
}

static void
admit_node (BvAdmission *self, const BvNode *node, const BvPath *path)
{
  guint index = 0;

  if (node->kind == BV_NODE_STRING && !bv_text_fits_xml (node->text))
    {
      g_autofree char *below = bv_path_to_string (path);
      const char *field = bv_admission_path (self, "%s", below);

      if (!is_told (self, field))
        bv_admission_refuse (self, BV_REASON_INVALID, field,
                             _ ("The text has a control character, which a domain cannot hold; "
                                "remove it."));
    }
  for (const BvNode *child = node->first; child != NULL; child = child->next, index++)
    {
      BvPath place = { path, child->key, child->key_length, index };

      admit_node (self, child, &place);
    }
}

void
bv_admit_characters (BvAdmission *self)
{
  const BvPath domain = { NULL, "domain", strlen ("domain"), 0 };
  const BvNode *node = NULL;

  if (self->causes->root != NULL)
    node = bv_node_find (self->causes->root, bv_admission_path (self, "domain"));
  if (node == NULL)
    node = bv_encode_record (&bv_api_domain_spec_type, self->spec->domain, self->arena);
  admit_node (self, node, &domain);
}
