/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "live-cases.h"

#include <string.h>

#include "model/bv-manifest.h"
#include "runtime/live/bv-change-rules.h"

BvObject *
live_cases_read_vmi (const LiveLists *lists, const char *devices, const char *sources)
{
  g_autofree char *text = g_strdup_printf ("apiVersion: kubevirt.io/v1\n"
                                           "kind: VirtualMachineInstance\n"
                                           "metadata: {name: one}\n"
                                           "spec: {domain: {devices: {%s: [%s]}}, %s: [%s]}\n",
                                           lists->devices, devices, lists->sources, sources);
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));
  g_autoptr (BvManifest) manifest = bv_manifest_new_from_bytes (bytes, "test", BV_MANIFEST_NONE);

  g_assert_cmpuint (g_list_model_get_n_items (bv_manifest_get_objects (manifest)), ==, 1);
  return g_list_model_get_item (bv_manifest_get_objects (manifest), 0);
}

void
live_cases_check (const LiveLists *lists, const LiveCase *cases, gsize n_cases)
{
  g_autoptr (BvPolicy) policy = bv_policy_new ();

  for (const LiveCase *one = cases; one < cases + n_cases; one++)
    {
      g_autoptr (BvObject) vmi = live_cases_read_vmi (lists, one->devices, one->sources);
      g_autoptr (BvObject) before = bv_object_copy (vmi);
      g_autoptr (BvObject) wanted =
          live_cases_read_vmi (lists, one->wanted_devices, one->wanted_sources);

      g_test_message ("%s", one->name);
      g_assert_cmpint (bv_live_update_carry (BV_VMI (vmi), BV_VMI (wanted), policy, NULL), ==,
                       one->changed);
      g_assert_cmpint (bv_object_equal (vmi, before), ==, !one->changed);
      g_assert_cmpint (bv_change_rules_need_restart (vmi, wanted), ==, one->needs_restart);
      /* What was taken over is not taken over again. */
      g_assert_false (bv_live_update_carry (BV_VMI (vmi), BV_VMI (wanted), policy, NULL));
    }
}
