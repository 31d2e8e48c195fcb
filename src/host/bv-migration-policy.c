/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/bv-migration-policy.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "model/bv-error.h"

#define VMI_SELECTOR "virtualMachineInstanceSelector"
#define NAMESPACE_SELECTOR "namespaceSelector"

BvMigrationPolicy *
bv_migration_policy_new (const char *name)
{
  BvMigrationPolicy *self = g_new0 (BvMigrationPolicy, 1);

  self->name = g_strdup (name);
  self->options = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)g_variant_unref);
  return self;
}

void
bv_migration_policy_free (BvMigrationPolicy *self)
{
  g_free (self->name);
  g_clear_pointer (&self->vmi_labels, g_hash_table_unref);
  g_clear_pointer (&self->namespace_labels, g_hash_table_unref);
  g_hash_table_unref (self->options);
  g_free (self);
}

/* “KEY=VALUE;KEY=VALUE”. */
static GHashTable *
parse_labels (const char *text, GError **error)
{
  g_autoptr (GHashTable) labels = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_auto (GStrv) list = g_strsplit (text, ";", -1);

  for (guint i = 0; list[i] != NULL; i++)
    {
      char *label = g_strstrip (list[i]);
      char *equals = strchr (label, '=');

      if (label[0] == '\0')
        continue;
      if (equals == NULL || equals == label)
        {
          g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                       _ ("“%s” is no label; write KEY=VALUE, and “;” between two"), label);
          return NULL;
        }
      g_hash_table_insert (labels, g_strndup (label, (gsize)(equals - label)),
                           g_strdup (equals + 1));
    }
  return g_steal_pointer (&labels);
}

static gboolean
set_labels (GHashTable **place, const char *value, GError **error)
{
  GHashTable *labels = parse_labels (value, error);

  if (labels == NULL)
    return FALSE;
  g_clear_pointer (place, g_hash_table_unref);
  *place = labels;
  return TRUE;
}

gboolean
bv_migration_policy_set (BvMigrationPolicy *self, const char *key, const char *value,
                         GError **error)
{
  const BvMigrationOption *option;
  GVariant *parsed;

  if (g_str_equal (key, VMI_SELECTOR))
    return set_labels (&self->vmi_labels, value, error);
  if (g_str_equal (key, NAMESPACE_SELECTOR))
    return set_labels (&self->namespace_labels, value, error);
  option = bv_migration_option_find (key, BV_MIGRATION_BY_POLICY, error);
  parsed = option != NULL ? bv_migration_option_parse (option, value, error) : NULL;
  if (parsed == NULL)
    return FALSE;
  g_hash_table_insert (self->options, (gpointer)option, g_variant_ref_sink (parsed));
  return TRUE;
}

/* One without selectors is for nobody, which nobody can have meant. */
gboolean
bv_migration_policy_selects (const BvMigrationPolicy *self)
{
  return self->vmi_labels != NULL || self->namespace_labels != NULL;
}
