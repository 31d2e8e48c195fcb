/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-admit.h"
#include "bv-autocleanups.h"
#include "convert/bv-convert.h"
#include "model/bv-cause-private.h"
#include "model/bv-manifest.h"

#include <time.h>

/* bench-convert [--iterations N] VMI CONTEXT: how long YAML text to domain XML text takes, with
 * another name and uid in the text each time. Prints one line of JSON. */

typedef enum
{
  PARSE,
  ADMIT,
  CONVERT,
  SERIALIZE,
  N_PHASES
} Phase;

static const char *const phase_names[N_PHASES] = { "parse", "admit", "convert", "serialize" };

static gint64
now (void)
{
  struct timespec time;

  clock_gettime (CLOCK_MONOTONIC, &time);
  return time.tv_sec * G_GINT64_CONSTANT (1000000000) + time.tv_nsec;
}

/* TEXT with its first OLD, after KEY, replaced. */
static char *
replace_value (const char *text, const char *key, const char *old, const char *new)
{
  g_autofree char *quoted = g_regex_escape_string (old, -1);
  g_autofree char *pattern = g_strdup_printf ("(\\b%s\"?:\\s*\"?)%s", key, quoted);
  g_autofree char *replacement = g_strconcat ("\\g<1>", new, NULL);
  g_autoptr (GRegex) regex = g_regex_new (pattern, 0, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  g_autofree char *head = NULL;
  g_autofree char *found = NULL;
  int start;
  int end;

  if (!g_regex_match (regex, text, 0, &match))
    g_error ("The manifest has no “%s: %s”.", key, old);
  g_match_info_fetch_pos (match, 0, &start, &end);
  head = g_strndup (text, start);
  found = g_match_info_expand_references (match, replacement, NULL);
  return g_strconcat (head, found, text + end, NULL);
}

static GBytes *
vary (const char *text, BvObject *object, guint i)
{
  g_autofree char *name = g_strdup_printf ("vm-%08u", i);
  g_autofree char *uid = g_strdup_printf ("5d307ca9-b3ef-428c-8861-%012u", i);
  char *varied = replace_value (text, "name", bv_object_get_name (object), name);

  if (bv_object_get_uid (object) != NULL)
    {
      char *both = replace_value (varied, "uid", bv_object_get_uid (object), uid);

      g_free (varied);
      varied = both;
    }
  return g_bytes_new_take (varied, strlen (varied));
}

static void
convert_once (GBytes *bytes, BvPolicy *policy, BvContext *context, gint64 *spent)
{
  gint64 times[N_PHASES + 1];
  g_autoptr (BvManifest) manifest = NULL;
  g_autoptr (BvObject) object = NULL;
  g_autoptr (GPtrArray) causes = NULL;
  g_autoptr (GVirConfigDomain) domain = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *xml = NULL;

  times[PARSE] = now ();
  manifest = bv_manifest_new_from_bytes (bytes, NULL, BV_MANIFEST_NONE);
  object = g_list_model_get_item (bv_manifest_get_objects (manifest), 0);
  times[ADMIT] = now ();
  causes = bv_object_admit (object, policy);
  times[CONVERT] = now ();
  domain = bv_vmi_convert (BV_VMI (object), context, &error);
  times[SERIALIZE] = now ();
  if (domain == NULL || bv_causes_have_error (causes))
    g_error ("The VMI does not convert: %s", domain == NULL ? error->message : "it is refused");
  xml = gvir_config_object_to_xml (GVIR_CONFIG_OBJECT (domain));
  times[N_PHASES] = now ();
  for (guint i = 0; i < N_PHASES; i++)
    spent[i] += times[i + 1] - times[i];
}

static void
print_result (const gint64 *spent, gint64 total, guint n)
{
  g_print ("{\"ns_per_op\": %" G_GINT64_FORMAT ", \"phases\": {", total / n);
  for (guint i = 0; i < N_PHASES; i++)
    g_print ("%s\"%s\": %" G_GINT64_FORMAT, i > 0 ? ", " : "", phase_names[i], spent[i] / n);
  g_print ("}}\n");
}

int
main (int argc, char **argv)
{
  int n = 2000;
  const GOptionEntry entries[] = {
    { "iterations", 'n', 0, G_OPTION_ARG_INT, &n, "How often (default 2000)", "N" },
    { NULL },
  };
  g_autoptr (GOptionContext) options = g_option_context_new ("VMI CONTEXT");
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_autofree char *json = NULL;
  g_autoptr (BvContext) context = NULL;
  g_autoptr (BvPolicy) policy = bv_policy_new ();
  g_autoptr (BvManifest) manifest = NULL;
  g_autoptr (BvObject) object = NULL;
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
  gint64 spent[N_PHASES] = { 0 };
  gint64 start;

  g_option_context_add_main_entries (options, entries, NULL);
  if (!g_option_context_parse (options, &argc, &argv, &error) || argc != 3 || n < 1)
    {
      g_printerr ("Usage: bench-convert [--iterations N] VMI CONTEXT\n");
      return 2;
    }
  if (!g_file_get_contents (argv[1], &text, NULL, &error) ||
      !g_file_get_contents (argv[2], &json, NULL, &error) ||
      (context = bv_context_new_from_json (json, &error)) == NULL)
    g_error ("%s", error->message);
  bv_policy_set_enforce_gates (policy, FALSE);
  manifest = bv_manifest_new_from_file (argv[1], BV_MANIFEST_NONE, &error);
  object = g_list_model_get_item (bv_manifest_get_objects (manifest), 0);
  for (int i = 0; i < n; i++)
    g_ptr_array_add (texts, vary (text, object, i));

  for (int i = 0; i < MIN (n, 100); i++)
    convert_once (texts->pdata[i], policy, context, (gint64[N_PHASES]){ 0 });
  /* The whole is more than its phases: it ends when all memory is given back. */
  start = now ();
  for (int i = 0; i < n; i++)
    convert_once (texts->pdata[i], policy, context, spent);
  print_result (spent, now () - start, n);
  return 0;
}
