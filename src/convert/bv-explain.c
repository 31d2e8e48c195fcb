/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-explain.h"

#include "convert/bv-explain-rules.h"
#include "convert/bv-xml.h"
#include "model/bv-encode.h"
#include "model/bv-vmi-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

typedef struct
{
  const BvNode *vmi;
  GHashTable *lists; /* path -> (name of an entry -> its place, from 1 on) */
  GString *text;
} Explanation;

static const char *
alias_of (BvXml *device)
{
  BvXml *alias = bv_xml_find (device, "alias");

  return alias == NULL ? NULL : bv_xml_get (alias, "name");
}

/* Of entries with the same name the first counts. */
static GHashTable *
index_entries (const BvNode *vmi, const char *list)
{
  const BvNode *entries = bv_node_find (vmi, list);
  GHashTable *places = g_hash_table_new (g_str_hash, g_str_equal);
  guint place = 0;

  for (const BvNode *entry = entries == NULL ? NULL : entries->first; entry != NULL;
       entry = entry->next)
    {
      const char *name = bv_node_get_text (entry, "name");

      place++;
      if (name != NULL && !g_hash_table_contains (places, name))
        g_hash_table_insert (places, (gpointer)name, GUINT_TO_POINTER (place));
    }
  return places;
}

/* The place in the list at LIST of the entry called NAME, or -1. */
static int
find_entry (const Explanation *self, const char *list, const char *name)
{
  GHashTable *places = g_hash_table_lookup (self->lists, list);

  if (places == NULL)
    {
      places = index_entries (self->vmi, list);
      g_hash_table_insert (self->lists, g_strdup (list), places);
    }
  return GPOINTER_TO_INT (g_hash_table_lookup (places, name)) - 1;
}

/* The rule's field, with [*] made the entry that the alias names. */
static char *
resolve_field (const Explanation *self, const BvExplainRule *rule, const char *alias)
{
  const char *star = strstr (rule->field, "[*]");
  const char *prefix = rule->alias != NULL ? rule->alias : "ua-";
  g_autofree char *list = NULL;
  int index;

  if (star == NULL)
    return g_strdup (rule->field);
  list = g_strndup (rule->field, star - rule->field);
  if (alias == NULL || !g_str_has_prefix (alias, prefix))
    return g_strconcat (list, star + strlen ("[*]"), NULL);
  index = find_entry (self, list, alias + strlen (prefix));
  if (index < 0)
    return g_strconcat (list, star + strlen ("[*]"), NULL);
  return g_strdup_printf ("%s[%d]%s", list, index, star + strlen ("[*]"));
}

static void
explain (const Explanation *self, const char *path, const char *shown, const char *alias)
{
  const BvExplainRule *rule = bv_explain_rule_find (path, alias);
  g_autofree char *field = NULL;

  if (rule == NULL)
    return;
  field = resolve_field (self, rule, alias);
  g_string_append_printf (self->text, "/domain/%s: %s: %s\n", shown, field, _ (rule->rule));
}

/* How many children of each name there are. */
static GHashTable *
count_names (BvXml *parent)
{
  GHashTable *counts = g_hash_table_new (g_str_hash, g_str_equal);

  for (BvXml *child = bv_xml_first (parent); child != NULL; child = bv_xml_next (child))
    {
      gpointer name = (gpointer)bv_xml_get_name (child);
      guint n = GPOINTER_TO_UINT (g_hash_table_lookup (counts, name));

      g_hash_table_replace (counts, name, GUINT_TO_POINTER (n + 1));
    }
  return counts;
}

static char *
join (const char *path, const char *name)
{
  return path[0] == '\0' ? g_strdup (name) : g_strconcat (path, "/", name, NULL);
}

/* PATH is what rules know, SHOWN the same with numbers where there are several of a name. */
static void
explain_below (const Explanation *self, BvXml *parent, const char *path, const char *shown,
               const char *alias)
{
  g_autoptr (GHashTable) counts = count_names (parent);
  g_autoptr (GHashTable) numbers = g_hash_table_new (g_str_hash, g_str_equal);

  for (BvXml *child = bv_xml_first (parent); child != NULL; child = bv_xml_next (child))
    {
      gpointer name = (gpointer)bv_xml_get_name (child);
      guint number = GPOINTER_TO_UINT (g_hash_table_lookup (numbers, name)) + 1;
      gboolean several = GPOINTER_TO_UINT (g_hash_table_lookup (counts, name)) > 1;
      g_autofree char *numbered =
          several ? g_strdup_printf ("%s[%u]", (char *)name, number) : g_strdup (name);
      g_autofree char *child_path = join (path, name);
      g_autofree char *child_shown = join (shown, numbered);
      const char *own_alias = alias_of (child);

      g_hash_table_replace (numbers, name, GUINT_TO_POINTER (number));
      explain (self, child_path, child_shown, own_alias != NULL ? own_alias : alias);
      explain_below (self, child, child_path, child_shown, own_alias != NULL ? own_alias : alias);
    }
}

/**
 * bv_vmi_explain_domain:
 * @self: a VMI
 * @domain: the domain that it was converted to
 *
 * Tells of each element of the domain which field of the VMI it comes from, and by what rule.
 *
 * Returns: (transfer full): a line for each element: its XPath, the field, the rule
 *
 * Since: 1.0
 */
char *
bv_vmi_explain_domain (BvVmi *self, GVirConfigDomain *domain)
{
  g_autoptr (BvArena) arena = bv_arena_new ();
  g_autoptr (GHashTable) lists =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_hash_table_unref);
  Explanation explanation = {
    .lists = lists,
    .vmi =
        bv_encode_record (&bv_api_virtual_machine_instance_type, bv_vmi_get_record (self), arena),
    .text = g_string_new (NULL),
  };

  explain_below (&explanation, bv_xml_of (GVIR_CONFIG_OBJECT (domain)), "", "", NULL);
  return g_string_free (explanation.text, FALSE);
}
