/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit-rules.h"

#include "admit/bv-admit.h"
#include "model/bv-manifest.h"

#include <string.h>

typedef struct
{
  const Rule *rule;
  const char *const *gates; /* switched on, or off after a dash; or defaults, as name=value */
  BvSeverity severity;
} Case;

static char *
write_manifest (const Rule *rule)
{
  if (rule->devices == NULL)
    return g_strdup (rule->others);
  return g_strdup_printf (
      "apiVersion: kubevirt.io/v1\nkind: VirtualMachineInstance\nmetadata: {name: guest}\n"
      "spec: {domain: {memory: {guest: 128Mi}, devices: {%s}}%s}\n",
      rule->devices, rule->others);
}

static BvPolicy *
make_policy (const char *const *gates)
{
  BvPolicy *policy = bv_policy_new ();

  for (; gates != NULL && *gates != NULL; gates++)
    {
      gboolean off = **gates == '-';
      g_auto (GStrv) setting = g_strsplit (*gates, "=", 2);

      if (setting[1] != NULL)
        g_assert_true (bv_policy_set_default (policy, setting[0], setting[1], NULL));
      else
        g_assert_true (bv_policy_set_feature_gate (policy, *gates + off, !off, NULL));
    }
  return policy;
}

/* The causes of reading the manifest and of admitting what is in it. */
static GPtrArray *
admit (const Rule *rule, const char *const *gates)
{
  g_autofree char *text = write_manifest (rule);
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));
  g_autoptr (BvManifest) manifest = bv_manifest_new_from_bytes (bytes, "x", BV_MANIFEST_NONE);
  g_autoptr (BvPolicy) policy = make_policy (gates);
  GListModel *objects = bv_manifest_get_objects (manifest);
  GPtrArray *causes = g_ptr_array_copy (bv_manifest_get_causes (manifest),
                                        (GCopyFunc)(GCallback)bv_cause_ref, NULL);

  g_ptr_array_set_free_func (causes, (GDestroyNotify)bv_cause_unref);
  for (guint i = 0; i < g_list_model_get_n_items (objects); i++)
    {
      g_autoptr (BvObject) object = g_list_model_get_item (objects, i);

      g_ptr_array_extend_and_steal (causes, bv_object_admit (object, policy));
    }
  return causes;
}

static void
print_causes (GPtrArray *causes)
{
  for (guint i = 0; i < causes->len; i++)
    {
      g_autofree char *line = bv_cause_to_string (causes->pdata[i]);

      g_test_message ("%s", line);
    }
}

/* The cause is there just once, and there is no other at its field. */
static void
test_rule (gconstpointer data)
{
  const Case *self = data;
  g_autoptr (GPtrArray) causes = admit (self->rule, self->gates);
  guint n_like = 0;
  guint n_at = 0;

  print_causes (causes);
  for (guint i = 0; i < causes->len; i++)
    {
      BvCause *cause = causes->pdata[i];
      gboolean at = g_str_equal (bv_cause_get_field (cause), self->rule->field) &&
                    bv_cause_get_severity (cause) == self->severity;

      n_at += at;
      n_like += at && g_str_equal (bv_cause_get_reason (cause), self->rule->reason) &&
                strstr (bv_cause_get_message (cause), self->rule->words) != NULL;
      g_assert_cmpuint (bv_cause_get_line (cause), >, 0);
    }
  g_assert_cmpuint (n_like, ==, 1);
  g_assert_cmpuint (n_at, ==, 1);
}

static void
test_accepted (gconstpointer data)
{
  const Case *self = data;
  g_autoptr (GPtrArray) causes = admit (self->rule, self->gates);

  print_causes (causes);
  g_assert_false (bv_causes_have_error (causes));
}

static void
add (const char *path, const Rule *rules, gsize n_rules, const char *const *gates,
     BvSeverity severity, GTestDataFunc function)
{
  for (gsize i = 0; i < n_rules; i++)
    {
      g_autofree char *name = g_strconcat (path, rules[i].name, NULL);
      Case *self = g_new0 (Case, 1);

      *self = (Case){ &rules[i], gates, severity };
      g_test_add_data_func_full (name, self, function, g_free);
    }
}

void
add_rules (const char *path, const Rule *rules, gsize n_rules)
{
  add (path, rules, n_rules, NULL, BV_SEVERITY_ERROR, test_rule);
}

void
add_gated_rules (const char *path, const Rule *rules, gsize n_rules, const char *const *gates)
{
  add (path, rules, n_rules, gates, BV_SEVERITY_ERROR, test_rule);
}

void
add_warnings (const char *path, const Rule *rules, gsize n_rules)
{
  add (path, rules, n_rules, NULL, BV_SEVERITY_WARNING, test_rule);
}

void
add_accepted (const char *path, const Rule *rules, gsize n_rules)
{
  add (path, rules, n_rules, NULL, BV_SEVERITY_ERROR, test_accepted);
}
