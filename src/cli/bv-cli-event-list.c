/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-event-list.h"

#include "cli/bv-cli-table.h"
#include "cli/bv-cli-text.h"

#include <glib/gi18n.h>

/* `virtualmachine/web`, as people name it elsewhere. */
static char *
name_object (GVariant *event)
{
  g_autofree char *kind = bv_cli_dict_text (event, "kind");
  g_autofree char *name = bv_cli_dict_text (event, "name");
  g_autofree char *word = g_ascii_strdown (kind, -1);

  return g_strconcat (word, "/", name, NULL);
}

static char *
get_age (GVariant *event)
{
  guint64 last = 0;

  g_variant_lookup (event, "lastTimestamp", "t", &last);
  return bv_cli_age (last);
}

static char *
get_count (GVariant *event)
{
  guint32 count = 1;

  g_variant_lookup (event, "count", "u", &count);
  return g_strdup_printf ("%u", count);
}

static void
add_event (BvCliTable *table, GVariant *event, gboolean with_object)
{
  g_autofree char *age = get_age (event);
  g_autofree char *count = get_count (event);
  g_autofree char *type = bv_cli_dict_text (event, "type");
  g_autofree char *reason = bv_cli_dict_text (event, "reason");
  g_autofree char *object = name_object (event);
  g_autofree char *message = bv_cli_dict_text (event, "message");

  if (with_object)
    bv_cli_table_add (table, age, count, type, reason, object, message, NULL);
  else
    bv_cli_table_add (table, age, count, type, reason, message, NULL);
}

void
bv_cli_print_events (GVariant *events, gboolean with_object)
{
  const char *const all[] = { _ ("LAST SEEN"), _ ("COUNT"),   _ ("TYPE"), _ ("REASON"),
                              _ ("OBJECT"),    _ ("MESSAGE"), NULL };
  const char *const own[] = { _ ("LAST SEEN"), _ ("COUNT"),   _ ("TYPE"),
                              _ ("REASON"),    _ ("MESSAGE"), NULL };
  g_autoptr (BvCliTable) table = bv_cli_table_new (with_object ? all : own);

  for (gsize i = 0; i < g_variant_n_children (events); i++)
    {
      g_autoptr (GVariant) event = g_variant_get_child_value (events, i);

      add_event (table, event, with_object);
    }
  bv_cli_table_print (table);
}
