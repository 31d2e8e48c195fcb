/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "bv-autocleanups.h"
#include "convert/bv-explain-rules.h"
#include "convert/bv-explain.h"
#include "convert/bv-xml.h"
#include "model/bv-manifest.h"

static void
check_rules (BvXml *parent, const char *path, const char *alias)
{
  for (BvXml *child = bv_xml_first (parent); child != NULL; child = bv_xml_next (child))
    {
      g_autofree char *below =
          g_strconcat (path, path[0] == '\0' ? "" : "/", bv_xml_get_name (child), NULL);
      BvXml *own = bv_xml_find (child, "alias");
      const char *name = own == NULL ? alias : bv_xml_get (own, "name");

      if (bv_explain_rule_find (below, name) == NULL)
        g_error ("No rule explains /domain/%s (alias %s).", below, name);
      check_rules (child, below, name);
    }
}

/* Every element of every domain in the folder has a rule. */
static guint
check_cases (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint n = 0;

  g_assert_nonnull (dir);
  for (const char *name = g_dir_read_name (dir); name != NULL; name = g_dir_read_name (dir))
    {
      g_autofree char *path = g_build_filename (folder, name, "domain.xml", NULL);
      g_autofree char *xml = NULL;
      g_autoptr (GVirConfigDomain) domain = NULL;

      if (!g_file_get_contents (path, &xml, NULL, NULL))
        continue;
      domain = gvir_config_domain_new_from_xml (xml, NULL);
      check_rules (bv_xml_of (GVIR_CONFIG_OBJECT (domain)), "", NULL);
      n++;
    }
  return n;
}

static void
test_every_element (void)
{
  g_autofree char *own = g_build_filename (g_getenv ("BAREVIRT_CASES"), "..", "own", NULL);

  g_assert_cmpuint (check_cases (g_getenv ("BAREVIRT_CASES")), >, 100);
  g_assert_cmpuint (check_cases (own), >, 20);
}

static void
test_entries (void)
{
  static const char manifest_text[] =
      "{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstance, metadata: {name: a}, spec: "
      "{domain: {devices: {disks: "
      "[{name: one}, {name: two}], gpus: [{name: g}]}}, volumes: [{name: two}, {name: one}]}}";
  g_autoptr (GBytes) bytes = g_bytes_new_static (manifest_text, sizeof manifest_text - 1);
  g_autoptr (BvManifest) manifest = bv_manifest_new_from_bytes (bytes, NULL, BV_MANIFEST_NONE);
  g_autoptr (BvVmi) vmi = g_list_model_get_item (bv_manifest_get_objects (manifest), 0);
  g_autoptr (GVirConfigDomain) domain = gvir_config_domain_new_from_xml (
      "<domain><devices><disk><source/><alias name='ua-one'/></disk><disk><source/><alias "
      "name='ua-two'/></disk>"
      "<hostdev><alias name='ua-gpu-g'/></hostdev></devices></domain>",
      NULL);
  g_autofree char *text = bv_vmi_explain_domain (vmi, domain);

  g_assert_nonnull (strstr (text, "/domain/devices/disk[1]: spec.domain.devices.disks[0]: "));
  g_assert_nonnull (strstr (text, "/domain/devices/disk[2]/source: spec.volumes[0]: "));
  g_assert_nonnull (strstr (text, "/domain/devices/hostdev: spec.domain.devices.gpus[0]: "));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/explain/every-element", test_every_element);
  g_test_add_func ("/explain/entries", test_entries);
  return g_test_run ();
}
