/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "schedule-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

#include "admit/bv-admit.h"
#include "model/bv-manifest.h"

#define HEAD                                                                                       \
  "{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstance, metadata: {name: guest}, spec: "

BvConfig *
schedule_make_config (const char *text)
{
  g_autofree char *folder = g_dir_make_tmp ("bv-schedule-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "barevirt.conf", NULL);
  g_autoptr (GError) error = NULL;
  BvConfig *config;

  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
  config = bv_config_new_from_file (path, &error);
  g_assert_no_error (error);
  g_unlink (path);
  g_rmdir (folder);
  return config;
}

BvVmi *
schedule_make_vmi (const char *spec)
{
  g_autofree char *text = g_strconcat (HEAD, spec, "}", NULL);
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (BvManifest) manifest = bv_manifest_new_from_bytes (bytes, "guest", BV_MANIFEST_NONE);
  g_autoptr (BvPolicy) policy = bv_policy_new ();
  g_autoptr (GPtrArray) causes = NULL;
  BvVmi *vmi;

  g_assert_true (bv_manifest_is_valid (manifest));
  vmi = g_list_model_get_item (bv_manifest_get_objects (manifest), 0);
  causes = bv_object_admit (BV_OBJECT (vmi), policy);
  g_assert_nonnull (causes);
  return vmi;
}

/* Two sockets of four cores with two threads: CPU n and n + 8 share a core, 0-3 and 8-11 are of
 * cell 0; CPU 15 is offline. */
BvHostFacts *
schedule_make_facts (void)
{
  g_autofree char *path =
      g_test_build_filename (G_TEST_DIST, "machine", "large-capabilities.xml", NULL);
  g_autofree char *text = NULL;
  g_autofree char *json = NULL;
  g_autoptr (BvXmlDocument) document = NULL;
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autoptr (GError) error = NULL;
  BvHostFacts *facts = bv_host_facts_new ();

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  document = bv_xml_document_new (text, &error);
  g_assert_no_error (error);
  bv_host_topology_free (facts->topology);
  facts->topology = bv_host_topology_new_from_capabilities (bv_xml_document_get_root (document));
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "topology");
  bv_host_topology_write (facts->topology, builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  json = json_to_string (root, FALSE);
  g_object_unref (facts->context);
  facts->context = bv_context_new_from_json (json, &error);
  g_assert_no_error (error);
  facts->memory_kib = 8 * 1024 * 1024;
  return facts;
}
