/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-manifest.h"
#include "cli/bv-cli.h"
#include "model/bv-cause-private.h"
#include "model/bv-error.h"

#include <glib/gi18n.h>
#include <json-glib/json-glib.h>

static void
add_cause (JsonBuilder *builder, BvCause *cause)
{
  const struct
  {
    const char *name;
    const char *text;
  } texts[] = {
    { "reason", bv_cause_get_reason (cause) },
    { "field", bv_cause_get_field (cause) },
    { "message", bv_cause_get_message (cause) },
    { "severity", bv_severity_to_string (bv_cause_get_severity (cause)) },
    { "file", bv_cause_get_file (cause) },
  };
  const struct
  {
    const char *name;
    guint number;
  } numbers[] = {
    { "document", bv_cause_get_document (cause) },
    { "line", bv_cause_get_line (cause) },
    { "column", bv_cause_get_column (cause) },
  };

  json_builder_begin_object (builder);
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      json_builder_set_member_name (builder, texts[i].name);
      json_builder_add_string_value (builder, texts[i].text);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      json_builder_set_member_name (builder, numbers[i].name);
      json_builder_add_int_value (builder, numbers[i].number);
    }
  json_builder_end_object (builder);
}

static void
print_json (GPtrArray *causes)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "causes");
  json_builder_begin_array (builder);
  for (guint i = 0; i < causes->len; i++)
    add_cause (builder, causes->pdata[i]);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  text = json_to_string (root, TRUE);
  g_print ("%s\n", text);
}

int
bv_cli_validate (int argc, char **argv)
{
  g_autofree char *output = NULL;
  gboolean skip_unknown = FALSE;
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_STRING, &output, N_ ("Print the causes as json"),
      N_ ("FORMAT") },
    { "skip-unknown", 0, 0, G_OPTION_ARG_NONE, &skip_unknown,
      N_ ("Leave out objects of unknown kinds"), NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) options = g_option_context_new (_ ("MANIFEST"));
  g_autoptr (GError) error = NULL;
  g_autoptr (BvPolicy) policy = bv_policy_new ();
  g_autoptr (BvManifest) manifest = NULL;
  g_autoptr (GPtrArray) causes = NULL;

  bv_policy_set_enforce_gates (policy, FALSE);
  g_option_context_add_main_entries (options, entries, GETTEXT_PACKAGE);
  if (!g_option_context_parse (options, &argc, &argv, &error))
    return bv_cli_fail (error);
  manifest = bv_cli_read_manifest (
      argc > 1 ? argv[1] : "-", skip_unknown ? BV_MANIFEST_SKIP_UNKNOWN : BV_MANIFEST_NONE, &error);
  if (manifest == NULL)
    return bv_cli_fail (error);
  causes = bv_cli_admit (manifest, policy);
  if (g_strcmp0 (output, "json") == 0)
    print_json (causes);
  else
    bv_cli_print_causes (causes);
  return bv_causes_have_error (causes) ? 1 : 0;
}
