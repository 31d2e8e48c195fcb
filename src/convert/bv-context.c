/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-context-private.h"

#include "model/bv-decode.h"
#include "model/bv-encode.h"
#include "model/bv-error.h"
#include "model/bv-field-path.h"
#include "model/bv-yaml-reader.h"

#include <glib/gi18n-lib.h>

/**
 * BvContext:
 *
 * The facts about a host that a conversion needs: what each volume, network and device of the VMI
 * resolved to, whether there is KVM, which firmware there is. Its form in JSON is told by
 * docs/context.md.
 *
 * Since: 1.0
 */
struct _BvContext
{
  GObject parent_instance;

  BvArena *arena;
  BvFactsContext *facts;
};

G_DEFINE_FINAL_TYPE (BvContext, bv_context, G_TYPE_OBJECT)

static void
bv_context_finalize (GObject *object)
{
  BvContext *self = BV_CONTEXT (object);

  g_clear_pointer (&self->arena, bv_arena_unref);
  G_OBJECT_CLASS (bv_context_parent_class)->finalize (object);
}

static void
bv_context_class_init (BvContextClass *class)
{
  G_OBJECT_CLASS (class)->finalize = bv_context_finalize;
}

static void
bv_context_init (BvContext *self)
{
  self->arena = bv_arena_new ();
  self->facts = bv_arena_alloc (self->arena, sizeof *self->facts);
}

/**
 * bv_context_new:
 *
 * A context without facts: an amd64 host without KVM.
 *
 * Returns: (transfer full): the context
 *
 * Since: 1.0
 */
BvContext *
bv_context_new (void)
{
  return g_object_new (BV_TYPE_CONTEXT, NULL);
}

/* Facts end in the domain's XML. */
static gboolean
check_characters (const BvNode *node, GError **error)
{
  if (bv_node_fits_xml (node))
    return TRUE;
  g_set_error (
      error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
      _ ("The context has a control character in it, which a domain cannot hold; remove it."));
  return FALSE;
}

static gboolean
report (GPtrArray *problems, GPtrArray *causes, GError **error)
{
  if (problems->len > 0)
    {
      const BvYamlProblem *problem = problems->pdata[0];

      g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                   _ ("The context, line %u, column %u: %s"), problem->mark.line,
                   problem->mark.column, problem->message);
      return FALSE;
    }
  if (causes->len > 0)
    {
      BvCause *cause = causes->pdata[0];

      g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                   _ ("The context, line %u, column %u: %s: %s"), bv_cause_get_line (cause),
                   bv_cause_get_column (cause), bv_cause_get_field (cause),
                   bv_cause_get_message (cause));
      return FALSE;
    }
  return TRUE;
}

/**
 * bv_context_new_from_json:
 * @json: the facts
 * @error: return location
 *
 * Reads a context. Unknown keys are refused.
 *
 * Errors: [error@Barevirt.Error.INVALID_ARGUMENT]
 *
 * Returns: (transfer full): the context, or %NULL on error
 *
 * Since: 1.0
 */
BvContext *
bv_context_new_from_json (const char *json, GError **error)
{
  g_autoptr (BvContext) self = bv_context_new ();
  g_autoptr (BvYamlReader) reader = bv_yaml_reader_new (json, strlen (json));
  g_autoptr (GPtrArray) causes = g_ptr_array_new_with_free_func ((GDestroyNotify)bv_cause_unref);
  BvCauseList list = { .causes = causes };
  BvFactsContext *facts = NULL;
  BvNode *node;

  if (bv_yaml_reader_next (reader, self->arena, &node))
    {
      list.root = node;
      facts = bv_decode_record (&bv_facts_context_type, node, NULL, self->arena, &list);
    }
  if (!report (bv_yaml_reader_get_problems (reader), causes, error))
    return NULL;
  if (facts != NULL && !check_characters (node, error))
    return NULL;
  if (facts != NULL)
    self->facts = facts;
  return g_steal_pointer (&self);
}

/**
 * bv_context_to_json:
 * @self: a context
 *
 * Returns: (transfer full): the facts as JSON
 *
 * Since: 1.0
 */
char *
bv_context_to_json (BvContext *self)
{
  g_autoptr (BvArena) arena = bv_arena_new ();

  return bv_node_to_json (bv_encode_record (&bv_facts_context_type, self->facts, arena), TRUE);
}

/**
 * bv_context_get_field:
 * @self: a context
 * @path: a fact, `volumes.root.path` for one
 *
 * Returns: (transfer full) (nullable): the fact, or %NULL where it is not known
 *
 * Since: 1.0
 */
GVariant *
bv_context_get_field (BvContext *self, const char *path)
{
  return bv_field_path_get (&bv_facts_context_type, self->facts, path);
}

/**
 * bv_context_set_field:
 * @self: a context
 * @path: a fact, `hypervisorDeviceAvailable` for one; those by name (`volumes`, `networks` …) are
 * set as a whole
 * @value: what it is; a floating reference is taken
 * @error: return location
 *
 * Errors: [error@Barevirt.Error.INVALID_ARGUMENT]
 *
 * Returns: whether the fact was set
 *
 * Since: 1.0
 */
gboolean
bv_context_set_field (BvContext *self, const char *path, GVariant *value, GError **error)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (value);

  if (!check_characters (bv_node_new_from_variant (self->arena, owned), error))
    return FALSE;
  return bv_field_path_set (&bv_facts_context_type, self->facts, self->arena, path, owned, error);
}

BvFactsContext *
bv_context_get_facts (BvContext *self)
{
  return self->facts;
}
