/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/machine/bv-cpu-list.h"

#include <glib/gi18n-lib.h>

#include "model/bv-error.h"

/* More than the kernel can be built for. */
#define MAX_CPU 65535

static gboolean
parse_number (const char *text, guint64 *number)
{
  return g_ascii_string_to_unsigned (text, 10, 0, MAX_CPU, number, NULL);
}

static gboolean
add_range (GArray *cpus, char *text)
{
  char *dash = strchr (text, '-');
  guint64 first, last;

  if (dash != NULL)
    *dash++ = '\0';
  if (!parse_number (g_strstrip (text), &first))
    return FALSE;
  last = first;
  if (dash != NULL && (!parse_number (g_strstrip (dash), &last) || last < first))
    return FALSE;
  for (guint32 cpu = (guint32)first; cpu <= last; cpu++)
    g_array_append_val (cpus, cpu);
  return TRUE;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  const guint32 *left = a;
  const guint32 *right = b;

  return *left < *right ? -1 : *left > *right;
}

static void
remove_doubles (GArray *cpus)
{
  guint n = 0;

  for (guint i = 0; i < cpus->len; i++)
    {
      guint32 cpu = g_array_index (cpus, guint32, i);

      if (n == 0 || g_array_index (cpus, guint32, n - 1) != cpu)
        g_array_index (cpus, guint32, n++) = cpu;
    }
  g_array_set_size (cpus, n);
}

GArray *
bv_cpu_list_parse (const char *text, GError **error)
{
  g_autoptr (GArray) cpus = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autofree char *copy = g_strstrip (g_strdup (text));
  g_auto (GStrv) parts = g_strsplit (copy, ",", -1);

  for (guint i = 0; copy[0] != '\0' && parts[i] != NULL; i++)
    if (!add_range (cpus, parts[i]))
      {
        g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                     _ ("“%s” is no list of CPUs; write one as “2-5,8”."), text);
        return NULL;
      }
  g_array_sort (cpus, compare);
  remove_doubles (cpus);
  return g_steal_pointer (&cpus);
}

char *
bv_cpu_list_to_string (const GArray *cpus)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0, end; i < cpus->len; i = end)
    {
      guint32 first = g_array_index (cpus, guint32, i);

      for (end = i + 1; end < cpus->len; end++)
        if (g_array_index (cpus, guint32, end) != first + end - i)
          break;
      g_string_append_printf (text, "%s%u", text->len > 0 ? "," : "", first);
      if (end - i > 1)
        g_string_append_printf (text, "-%u", first + end - i - 1);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

gboolean
bv_cpu_list_has (const GArray *cpus, guint32 cpu)
{
  return g_array_binary_search ((GArray *)cpus, &cpu, compare, NULL);
}
