/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "random-record.h"

#include "admit/bv-admit.h"
#include "convert/bv-convert.h"
#include "model/bv-cause-private.h"
#include "model/bv-manifest.h"
#include "model/bv-vmi-private.h"

#include <libxml/parser.h>
#include <string.h>

/* The cases of the conformance suite with a few fields changed at random: each is refused with a
 * cause, fails to convert with an error, or becomes XML; nothing else happens. */

#define MUTANTS 25
#define MOST_CHANGES 3

typedef struct
{
  guint refused;
  guint failed;
  guint converted;
} Tally;

static void
check_xml (const char *xml)
{
  xmlDoc *document = xmlReadMemory (xml, strlen (xml), NULL, NULL, XML_PARSE_NONET);

  g_assert_nonnull (document);
  xmlFreeDoc (document);
}

static void
check_mutant (BvVmi *vmi, BvContext *context, Tally *tally)
{
  g_autoptr (BvPolicy) policy = bv_policy_new ();
  g_autoptr (GPtrArray) causes = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *xml = NULL;

  bv_policy_set_enforce_gates (policy, FALSE);
  causes = bv_object_admit (BV_OBJECT (vmi), policy);
  if (bv_causes_have_error (causes))
    {
      tally->refused++;
      return;
    }
  xml = bv_vmi_convert_to_xml (vmi, context, &error);
  g_assert_true ((xml == NULL) == (error != NULL));
  if (xml == NULL)
    {
      tally->failed++;
      return;
    }
  tally->converted++;
  check_xml (xml);
}

static BvVmi *
change (BvVmi *vmi)
{
  BvObject *copy = bv_object_copy (BV_OBJECT (vmi));
  BvApiVirtualMachineInstance *record = bv_vmi_get_record (BV_VMI (copy));

  for (int i = g_test_rand_int_range (0, MOST_CHANGES) + 1; i > 0; i--)
    random_change (&bv_api_virtual_machine_instance_spec_type, record->spec,
                   bv_object_get_arena (copy));
  return BV_VMI (copy);
}

static void
check_case (const char *folder, const char *name, Tally *tally)
{
  g_autofree char *path = g_build_filename (folder, name, "vmi.yaml", NULL);
  g_autofree char *facts = g_build_filename (folder, name, "context.json", NULL);
  g_autofree char *json = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (BvManifest) manifest = bv_manifest_new_from_file (path, BV_MANIFEST_NONE, &error);
  g_autoptr (BvContext) context = NULL;
  g_autoptr (BvVmi) vmi = NULL;

  g_assert_no_error (error);
  if (!bv_manifest_is_valid (manifest))
    return;
  g_assert_true (g_file_get_contents (facts, &json, NULL, NULL));
  context = bv_context_new_from_json (json, &error);
  g_assert_no_error (error);
  vmi = g_list_model_get_item (bv_manifest_get_objects (manifest), 0);
  for (guint i = 0; i < MUTANTS; i++)
    {
      g_autoptr (BvVmi) mutant = change (vmi);

      check_mutant (mutant, context, tally);
    }
}

static int
compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static void
test_cases (void)
{
  const char *folder = g_getenv ("BAREVIRT_CASES");
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) cases = NULL;
  const char *name;
  Tally tally = { 0 };

  g_assert_nonnull (folder);
  cases = g_dir_open (folder, 0, NULL);
  g_assert_nonnull (cases);
  while ((name = g_dir_read_name (cases)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  /* So that the same seed makes the same mutants. */
  g_ptr_array_sort (names, compare);
  for (guint i = 0; i < names->len; i++)
    check_case (folder, names->pdata[i], &tally);
  g_test_message ("%u refused, %u failed, %u converted", tally.refused, tally.failed,
                  tally.converted);
  g_assert_cmpuint (tally.refused, >, 100);
  g_assert_cmpuint (tally.converted, >, 100);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mutation/cases", test_cases);
  return g_test_run ();
}
