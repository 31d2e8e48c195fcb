/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "admit/bv-admit.h"
#include "model/bv-cause-private.h"
#include "model/bv-manifest.h"

#include <string.h>

/* Text to objects; what was read is written, read again and judged. */

static BvManifest *
read_text (const void *text, gsize length)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, length);

  return bv_manifest_new_from_bytes (bytes, "fuzz", BV_MANIFEST_SKIP_UNKNOWN);
}

static void
check_text (BvObject *object, const char *text)
{
  g_autoptr (BvManifest) manifest = read_text (text, strlen (text));
  g_autoptr (BvObject) again = g_list_model_get_item (bv_manifest_get_objects (manifest), 0);

  g_assert_true (bv_manifest_is_valid (manifest));
  g_assert_nonnull (again);
  g_assert_true (bv_object_equal (object, again));
}

static void
check_object (BvObject *object)
{
  g_autofree char *yaml = bv_object_to_yaml (object);
  g_autofree char *json = bv_object_to_json (object);

  check_text (object, yaml);
  check_text (object, json);
}

static void
check_causes (GPtrArray *causes)
{
  for (guint i = 0; i < causes->len; i++)
    {
      g_autofree char *line = bv_cause_to_string (causes->pdata[i]);

      g_assert_true (g_utf8_validate (line, -1, NULL));
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (BvManifest) manifest = read_text (data, size);
  g_autoptr (BvPolicy) policy = bv_policy_new ();
  GListModel *objects = bv_manifest_get_objects (manifest);

  check_causes (bv_manifest_get_causes (manifest));
  for (guint i = 0; i < g_list_model_get_n_items (objects); i++)
    {
      g_autoptr (BvObject) object = g_list_model_get_item (objects, i);
      g_autoptr (GPtrArray) causes = NULL;

      if (bv_manifest_is_valid (manifest))
        check_object (object);
      causes = bv_object_admit (object, policy);
      check_causes (causes);
    }
  return 0;
}
