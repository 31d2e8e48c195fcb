/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "migration/bv-migration-config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "model/bv-error.h"
#include "model/bv-json.h"
#include "model/bv-record.h"

#define GROUP "migration"
#define ALLOW_POST_COPY "allowPostCopy"
#define ALLOW_DISRUPTION "allowWorkloadDisruption"
#define THREADS "parallelMigrationThreads"
#define THREADS_OF_KUBEVIRT 8

/* What Kubernetes labels each namespace with; a host's namespaces have nothing else. */
#define NAMESPACE_LABEL "kubernetes.io/metadata.name"

BvMigrationConfig *
bv_migration_config_copy (const BvMigrationConfig *self)
{
  BvMigrationConfig *copy = g_memdup2 (self, sizeof *self);

  copy->policy_name = g_strdup (self->policy_name);
  return copy;
}

void
bv_migration_config_free (BvMigrationConfig *self)
{
  g_free (self->policy_name);
  g_free (self);
}

typedef struct
{
  guint vmi;
  guint namespace;
} Score;

/* -1, 0 or 1: the more labels fit the better, and those of the VMI count for more. */
static int
compare_scores (const Score *a, const Score *b)
{
  guint all_of_a = a->vmi + a->namespace;
  guint all_of_b = b->vmi + b->namespace;

  if (all_of_a != all_of_b)
    return all_of_a > all_of_b ? 1 : -1;
  if (a->vmi != b->vmi)
    return a->vmi > b->vmi ? 1 : -1;
  return 0;
}

static const char *
get_vmi_label (const BvApiObjectMeta *vmi, const char *key)
{
  return bv_string_map_get (vmi->labels, vmi->n_labels, key);
}

static const char *
get_namespace_label (const BvApiObjectMeta *vmi, const char *key)
{
  if (!g_str_equal (key, NAMESPACE_LABEL))
    return NULL;
  return vmi->namespace != NULL ? vmi->namespace : "default";
}

/* Whether all of WANTED are there. */
static gboolean
match (GHashTable *wanted, const BvApiObjectMeta *vmi,
       const char *(*get_label) (const BvApiObjectMeta *vmi, const char *key))
{
  GHashTableIter iter;
  gpointer key, value;

  if (wanted == NULL)
    return TRUE;
  g_hash_table_iter_init (&iter, wanted);
  while (g_hash_table_iter_next (&iter, &key, &value))
    if (g_strcmp0 (get_label (vmi, key), value) != 0)
      return FALSE;
  return TRUE;
}

static Score
get_score (const BvMigrationPolicy *policy)
{
  return (Score){ policy->vmi_labels != NULL ? g_hash_table_size (policy->vmi_labels) : 0,
                  policy->namespace_labels != NULL ? g_hash_table_size (policy->namespace_labels)
                                                   : 0 };
}

const BvMigrationPolicy *
bv_migration_config_find_policy (GPtrArray *policies, const BvApiObjectMeta *vmi)
{
  const BvMigrationPolicy *best = NULL;
  Score best_score = { 0, 0 };

  for (guint i = 0; i < policies->len; i++)
    {
      const BvMigrationPolicy *policy = g_ptr_array_index (policies, i);
      Score score = get_score (policy);
      int order;

      if (!match (policy->vmi_labels, vmi, get_vmi_label) ||
          !match (policy->namespace_labels, vmi, get_namespace_label))
        continue;
      order = best != NULL ? compare_scores (&score, &best_score) : 1;
      if (order > 0 || (order == 0 && strcmp (policy->name, best->name) < 0))
        {
          best = policy;
          best_score = score;
        }
    }
  return best;
}

/* Options by name: those of a later source replace those of an earlier one. */
typedef struct
{
  BvMigrationConfig *config;
  gboolean disruption_set;
} Merge;

static void
apply (Merge *self, const BvMigrationOption *option, GVariant *value)
{
  bv_migration_option_apply (option, value, self->config);
  if (g_str_equal (option->name, ALLOW_DISRUPTION))
    self->disruption_set = TRUE;
  if (g_str_equal (option->name, THREADS))
    self->config->threads_chosen = TRUE;
}

/* As in KubeVirt, who allows post-copy and says nothing of disruption allows that too. */
static void
end_source (Merge *self, gboolean post_copy_set)
{
  if (post_copy_set && !self->disruption_set)
    self->config->allow_workload_disruption = self->config->allow_post_copy;
  self->disruption_set = FALSE;
}

static void
apply_settings (Merge *self, const BvConfig *config)
{
  for (guint i = 0; i < bv_n_migration_options; i++)
    {
      const BvMigrationOption *option = &bv_migration_options[i];
      const char *text = bv_config_get_string (config, GROUP, option->name);
      g_autoptr (GVariant) value = NULL;

      if (text == NULL)
        continue;
      value = g_variant_ref_sink (bv_migration_option_parse (option, text, NULL));
      apply (self, option, value);
    }
  end_source (self, TRUE);
}

static void
apply_policy (Merge *self, const BvMigrationPolicy *policy)
{
  GHashTableIter iter;
  gpointer option, value;
  gboolean post_copy_set = FALSE;

  g_hash_table_iter_init (&iter, policy->options);
  while (g_hash_table_iter_next (&iter, &option, &value))
    {
      apply (self, option, value);
      if (g_str_equal (((const BvMigrationOption *)option)->name, ALLOW_POST_COPY))
        post_copy_set = TRUE;
    }
  end_source (self, post_copy_set);
  self->config->policy_name = g_strdup (policy->name);
}

static gboolean
apply_overrides (Merge *self, GVariant *overrides, GError **error)
{
  GVariantIter iter;
  const char *name;
  GVariant *given;
  gboolean post_copy_set = FALSE;

  g_variant_iter_init (&iter, overrides);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &given))
    {
      g_autoptr (GVariant) value = given;
      const BvMigrationOption *option =
          bv_migration_option_find (name, BV_MIGRATION_BY_CALLER, error);
      GVariant *converted =
          option != NULL ? bv_migration_option_convert (option, value, error) : NULL;
      g_autoptr (GVariant) sunk = NULL;

      if (converted == NULL)
        return FALSE;
      sunk = g_variant_ref_sink (converted);
      apply (self, option, sunk);
      post_copy_set = post_copy_set || g_str_equal (name, ALLOW_POST_COPY);
    }
  end_source (self, post_copy_set);
  return TRUE;
}

/* Several threads would take the CPU from a guest that has no more than it needs. */
static void
limit_threads (BvMigrationConfig *config, const BvApiDomainSpec *domain)
{
  const BvQuantity *limit =
      domain->resources != NULL
          ? bv_quantity_map_get (domain->resources->limits, domain->resources->n_limits, "cpu")
          : NULL;
  gboolean limited = limit != NULL && bv_quantity_sign (limit) > 0;

  if (limited || (domain->cpu != NULL && domain->cpu->dedicated_cpu_placement))
    config->parallel_migration_threads = 0;
}

BvMigrationConfig *
bv_migration_config_resolve (const BvConfig *config, const BvApiVirtualMachineInstance *vmi,
                             GVariant *overrides, GError **error)
{
  g_autoptr (BvMigrationConfig) self = g_new0 (BvMigrationConfig, 1);
  Merge merge = { self, FALSE };
  BvPolicy *gates = bv_config_get_policy (config);
  const BvMigrationPolicy *policy =
      bv_migration_config_find_policy (bv_config_get_migration_policies (config), vmi->metadata);

  self->parallel_migration_threads = THREADS_OF_KUBEVIRT;
  apply_settings (&merge, config);
  if (policy != NULL)
    apply_policy (&merge, policy);
  if (overrides != NULL && !apply_overrides (&merge, overrides, error))
    return NULL;
  limit_threads (self, vmi->spec->domain);
  self->stall_detection = bv_policy_has_feature_gate (gates, "MigrationStallDetection");
  self->downtime_tuning = bv_policy_has_feature_gate (gates, "MigrationDowntimeTuning");
  self->initial_ms = MIN (self->initial_ms, self->max_downtime_ms);
  return g_steal_pointer (&self);
}

/* A member may be an object: {"stallDetector": {"stallMargin": 5}}, as KubeVirt nests them. */
static gboolean
read_members (JsonObject *object, const char *prefix, GVariantDict *dict, GError **error)
{
  g_autoptr (GList) names = json_object_get_members (object);

  for (GList *item = names; item != NULL; item = item->next)
    {
      g_autofree char *name = g_strconcat (prefix, item->data, NULL);
      JsonNode *node = json_object_get_member (object, item->data);
      g_autofree char *nested = g_strconcat (name, ".", NULL);
      GVariant *value;

      if (JSON_NODE_HOLDS_OBJECT (node))
        {
          if (!read_members (json_node_get_object (node),
                             g_str_equal (name, "experimental") ? "" : nested, dict, error))
            return FALSE;
          continue;
        }
      value = JSON_NODE_HOLDS_VALUE (node) ? json_gvariant_deserialize (node, NULL, error) : NULL;
      if (value == NULL)
        {
          g_clear_error (error);
          g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                       _ ("the value of %s must be a text, a number, true or false"), name);
          return FALSE;
        }
      g_variant_dict_insert_value (dict, name, value);
    }
  return TRUE;
}

GVariant *
bv_migration_config_read_annotation (const BvApiObjectMeta *metadata, GError **error)
{
  const char *text = bv_string_map_get (metadata->annotations, metadata->n_annotations,
                                        BV_MIGRATION_CONFIGURATION_ANNOTATION);
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (JsonNode) root = NULL;
  g_autoptr (GError) wrong = NULL;

  if (text == NULL)
    return NULL;
  root = bv_json_parse (text, &wrong);
  if (root != NULL && JSON_NODE_HOLDS_OBJECT (root) &&
      read_members (json_node_get_object (root), "", &dict, &wrong))
    return g_variant_ref_sink (g_variant_dict_end (&dict));
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
               _ ("The annotation %s of the migration %s is no JSON object of options: %s."),
               BV_MIGRATION_CONFIGURATION_ANNOTATION, metadata->name,
               wrong != NULL ? wrong->message : text);
  return NULL;
}

GVariant *
bv_migration_config_to_variant (const BvMigrationConfig *self)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (guint i = 0; i < bv_n_migration_options; i++)
    {
      const BvMigrationOption *option = &bv_migration_options[i];

      if ((g_str_has_prefix (option->name, "stallDetector.") && !self->stall_detection) ||
          (g_str_has_prefix (option->name, "downtimeTuning.") && !self->downtime_tuning))
        continue;
      g_variant_builder_add (&builder, "{sv}", option->name,
                             bv_migration_option_read (option, self));
    }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}
