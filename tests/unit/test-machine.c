/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gstdio.h>
#include <string.h>

#include "host/machine/bv-cgroups.h"
#include "host/machine/bv-cpu-list.h"
#include "host/machine/bv-domain-capabilities.h"
#include "host/machine/bv-firmware.h"
#include "host/machine/bv-host-memory.h"
#include "host/machine/bv-host-topology.h"
#include "host/machine/bv-hugepages.h"
#include "host/machine/bv-node-device.h"
#include "model/bv-error.h"

/* A folder of the test's own. */
typedef struct
{
  char *folder;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("bv-machine-XXXXXX", NULL);
}

static void
remove_folder (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_DIR))
        remove_folder (path);
      else
        g_unlink (path);
    }
  g_rmdir (folder);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  remove_folder (fixture->folder);
  g_free (fixture->folder);
}

static void
write_text (Fixture *fixture, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

static BvXmlDocument *
read_fixture (const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "machine", name, NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  BvXmlDocument *document;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  document = bv_xml_document_new (text, &error);
  g_assert_no_error (error);
  return document;
}

static void
test_cpu_list (void)
{
  static const struct
  {
    const char *text;
    const char *again; /* NULL: refused */
  } cases[] = {
    { "2-5,8", "2-5,8" }, { " 3 , 1-2 ,2", "1-3" }, { "", "" },        { "0", "0" },
    { "1,3", "1,3" },     { "5-2", NULL },          { "a", NULL },     { "1-", NULL },
    { ",1", NULL },       { "-1", NULL },           { "70000", NULL }, { "1 2", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GArray) cpus = bv_cpu_list_parse (cases[i].text, &error);
      g_autofree char *again = cpus != NULL ? bv_cpu_list_to_string (cpus) : NULL;

      g_assert_cmpstr (again, ==, cases[i].again);
      if (cpus == NULL)
        g_assert_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT);
    }
}

static void
test_small_topology (void)
{
  g_autoptr (BvXmlDocument) document = read_fixture ("small-capabilities.xml");
  g_autoptr (BvHostTopology) topology =
      bv_host_topology_new_from_capabilities (bv_xml_document_get_root (document));

  g_assert_cmpuint (topology->cells->len, ==, 1);
  g_assert_cmpuint (bv_host_topology_count_cpus (topology), ==, 2);
  g_assert_nonnull (bv_host_topology_find_cpu (topology, 1));
  g_assert_null (bv_host_topology_find_cpu (topology, 2));
}

static void
test_large_topology (void)
{
  g_autoptr (BvXmlDocument) document = read_fixture ("large-capabilities.xml");
  g_autoptr (BvHostTopology) topology =
      bv_host_topology_new_from_capabilities (bv_xml_document_get_root (document));
  const BvHostCell *cell = bv_host_topology_find_cell (topology, 12);
  const BvHostCpu *cpu = bv_host_topology_find_cpu (topology, 12);
  g_autofree char *siblings = bv_cpu_list_to_string (cpu->siblings);

  g_assert_cmpuint (cell->id, ==, 1);
  g_assert_cmpuint (cell->memory_kib, ==, 67108864);
  g_assert_cmpuint (cell->pages->len, ==, 3);
  g_assert_cmpuint (g_array_index (cell->pages, BvHostPages, 2).count, ==, 4);
  g_assert_cmpuint (g_array_index (cell->distances, BvHostDistance, 0).value, ==, 21);
  g_assert_cmpstr (siblings, ==, "4,12");
  /* One of the sixteen is offline. */
  g_assert_cmpuint (bv_host_topology_count_cpus (topology), ==, 15);
  g_assert_null (bv_host_topology_find_cpu (topology, 15));
}

static void
test_topology_json (void)
{
  g_autoptr (BvXmlDocument) document = read_fixture ("large-capabilities.xml");
  g_autoptr (BvHostTopology) topology =
      bv_host_topology_new_from_capabilities (bv_xml_document_get_root (document));
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *json = NULL;

  bv_host_topology_write (topology, builder);
  root = json_builder_get_root (builder);
  json = json_to_string (root, FALSE);
  g_assert_true (g_str_has_prefix (
      json, "{\"numa_cells\":[{\"id\":0,\"memory\":{\"amount\":67108864,\"unit\":\"KiB\"},"
            "\"pages\":[{\"count\":16777216,\"unit\":\"KiB\",\"size\":4}"));
  g_assert_nonnull (strstr (json, "\"cpus\":[{\"id\":0,\"siblings\":[0,8]}"));
}

static BvDomainCapabilities *
read_capabilities (const char *name)
{
  g_autoptr (BvXmlDocument) host = read_fixture ("small-capabilities.xml");
  g_autoptr (BvXmlDocument) domain = read_fixture (name);

  return bv_domain_capabilities_new_from_xml (bv_xml_document_get_root (host),
                                              bv_xml_document_get_root (domain), "x86_64");
}

static void
test_emulated_capabilities (void)
{
  g_autoptr (BvDomainCapabilities) capabilities =
      read_capabilities ("small-domain-capabilities.xml");

  g_assert_true (capabilities->known);
  g_assert_true (bv_domain_capabilities_has_machine (capabilities, "q35"));
  g_assert_cmpstr (capabilities->deprecated_machines[0], ==, "pc-i440fx-1.7");
  g_assert_true (bv_domain_capabilities_has_machine (capabilities, "pc-q35-7.2"));
  g_assert_false (bv_domain_capabilities_has_machine (capabilities, "pc-q35-rhel9.2.0"));
  g_assert_true (bv_domain_capabilities_has_model (capabilities, "qemu64"));
  g_assert_false (bv_domain_capabilities_has_model (capabilities, "phenom"));
  g_assert_false (capabilities->host_passthrough);
  g_assert_true (capabilities->host_model);
  g_assert_true (capabilities->tpm);
  g_assert_true (capabilities->rng);
  g_assert_false (capabilities->sev);
}

static void
test_secure_capabilities (void)
{
  g_autoptr (BvDomainCapabilities) capabilities =
      read_capabilities ("secure-domain-capabilities.xml");

  g_assert_true (capabilities->host_passthrough);
  g_assert_true (capabilities->sev);
  g_assert_true (capabilities->sev_es);
  g_assert_true (capabilities->sev_snp);
  g_assert_false (capabilities->tdx);
  /* The TPM of the host itself is no emulated one. */
  g_assert_false (capabilities->tpm);
  g_assert_false (bv_domain_capabilities_has_model (capabilities, "Haswell"));
}

static void
test_hugepages (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GArray) pages = NULL;
  const BvHugepages *last;

  write_text (fixture, "devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages", "8\n");
  write_text (fixture, "devices/system/node/node1/hugepages/hugepages-2048kB/free_hugepages",
              "5\n");
  write_text (fixture, "devices/system/node/node0/hugepages/hugepages-1048576kB/nr_hugepages",
              "2\n");
  write_text (fixture, "devices/system/node/online", "0-1\n");
  write_text (fixture, "kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "99\n");
  pages = bv_hugepages_read (fixture->folder);
  g_assert_cmpuint (pages->len, ==, 2);
  last = &g_array_index (pages, BvHugepages, 1);
  g_assert_cmpuint (last->cell, ==, 1);
  g_assert_cmpuint (last->size_kib, ==, 2048);
  g_assert_cmpuint (last->total, ==, 8);
  g_assert_cmpuint (last->free, ==, 5);
  g_assert_cmpuint (bv_hugepages_get_total_kib (pages), ==, 2 * 1048576 + 8 * 2048);
}

static void
test_hugepages_without_numa (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GArray) none = bv_hugepages_read (fixture->folder);
  g_autoptr (GArray) pages = NULL;

  g_assert_cmpuint (none->len, ==, 0);
  write_text (fixture, "kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "3\n");
  write_text (fixture, "kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "1\n");
  pages = bv_hugepages_read (fixture->folder);
  g_assert_cmpuint (pages->len, ==, 1);
  g_assert_cmpuint (g_array_index (pages, BvHugepages, 0).free, ==, 1);
}

static void
test_memory (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "meminfo", NULL);

  g_assert_cmpuint (bv_host_memory_read_kib (path), ==, 0);
  write_text (fixture, "meminfo", "MemTotal:       24683944 kB\nMemFree:  1 kB\n");
  g_assert_cmpuint (bv_host_memory_read_kib (path), ==, 24683944);
}

static void
test_cgroups (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *controllers; /* NULL: version 1 */
    const char *conf;
    gboolean cpu;
    gboolean memory;
  } cases[] = {
    { "cpuset cpu io memory pids\n", "", TRUE, TRUE },
    { "cpuset io\n", "", FALSE, FALSE },
    { "cpu memory\n", "cgroup_controllers = []\n", FALSE, FALSE },
    { "cpu memory\n", "#cgroup_controllers = []\n", TRUE, TRUE },
    { "cpu memory\n", "cgroup_controllers = [ \"cpu\",\n \"devices\" ]\n", TRUE, FALSE },
    { NULL, "", TRUE, FALSE },
  };
  g_autofree char *conf = g_build_filename (fixture->folder, "qemu.conf", NULL);

  write_text (fixture, "cpu/cpu.cfs_quota_us", "-1\n");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_build_filename (fixture->folder, "cgroup.controllers", NULL);
      BvCgroups cgroups;

      g_unlink (path);
      if (cases[i].controllers != NULL)
        write_text (fixture, "cgroup.controllers", cases[i].controllers);
      write_text (fixture, "qemu.conf", cases[i].conf);
      cgroups = bv_cgroups_read (fixture->folder, conf);
      g_assert_cmpint (cgroups.cpu, ==, cases[i].cpu);
      g_assert_cmpint (cgroups.memory, ==, cases[i].memory);
      g_assert_cmpint (cgroups.unified, ==, cases[i].controllers != NULL);
    }
}

static void
test_node_devices (void)
{
  g_autoptr (BvXmlDocument) document = read_fixture ("node-devices.xml");
  g_autoptr (GPtrArray) devices =
      g_ptr_array_new_with_free_func ((GDestroyNotify)bv_node_device_free);
  const BvNodeDevice *gpu, *mediated, *usb;
  g_autofree char *type_name = NULL;

  for (BvXml *item = bv_xml_first (bv_xml_document_get_root (document)); item != NULL;
       item = bv_xml_next (item))
    {
      BvNodeDevice *device = bv_node_device_new_from_xml (item);

      if (device != NULL)
        g_ptr_array_add (devices, device);
    }
  g_assert_cmpuint (devices->len, ==, 4);
  gpu = g_ptr_array_index (devices, 0);
  g_assert_cmpstr (gpu->kind, ==, "pci");
  g_assert_cmpstr (gpu->address, ==, "0000:65:00.0");
  g_assert_cmpstr (gpu->id, ==, "10de:1eb8");
  g_assert_cmpstr (gpu->driver, ==, "vfio-pci");
  g_assert_cmpint (gpu->numa_cell, ==, 1);
  g_assert_cmpint (gpu->iommu_group, ==, 38);
  mediated = g_ptr_array_index (devices, 2);
  type_name = bv_node_device_get_type_name (mediated, devices);
  g_assert_cmpstr (mediated->kind, ==, "mdev");
  g_assert_cmpstr (mediated->address, ==, "4b20d080-1b54-4048-85b3-a6a62d165c01");
  g_assert_cmpstr (type_name, ==, "GRID_T4-1B");
  usb = g_ptr_array_index (devices, 3);
  g_assert_cmpstr (usb->id, ==, "0781:5583");
  g_assert_cmpuint (usb->bus, ==, 1);
  g_assert_cmpuint (usb->device, ==, 4);
}

/* Firmware. */

#define DESCRIPTOR(code, vars, features)                                                           \
  "{\"description\": \"" code "\", \"interface-types\": [\"uefi\"], \"mapping\": "                 \
  "{\"device\": \"flash\", \"executable\": {\"filename\": \"%s/" code "\", \"format\": \"raw\"}, " \
  "\"nvram-template\": {\"filename\": \"%s/" vars "\", \"format\": \"raw\"}}, \"targets\": "       \
  "[{\"architecture\": \"x86_64\", \"machines\": [\"pc-q35-*\"]}], \"features\": [" features "]}"

static void
write_descriptor (Fixture *fixture, const char *name, const char *format)
{
  g_auto (GStrv) parts = g_strsplit (format, "%s", -1);
  g_autofree char *text = g_strjoinv (fixture->folder, parts);

  write_text (fixture, name, text);
}

static void
write_firmware (Fixture *fixture)
{
  static const char *const images[] = { "secure", "smm", "plain", "vars", "enrolled", "memory" };

  for (guint i = 0; i < G_N_ELEMENTS (images); i++)
    write_text (fixture, images[i], "");
  write_descriptor (
      fixture, "share/40-enrolled.json",
      DESCRIPTOR ("secure", "enrolled", "\"secure-boot\", \"enrolled-keys\", \"requires-smm\""));
  write_descriptor (fixture, "share/50-smm.json",
                    DESCRIPTOR ("smm", "vars", "\"secure-boot\", \"requires-smm\""));
  write_descriptor (fixture, "share/60-plain.json", DESCRIPTOR ("plain", "vars", "\"amd-sev\""));
  write_descriptor (fixture, "share/70-gone.json", DESCRIPTOR ("gone", "vars", "\"amd-sev-es\""));
  write_descriptor (
      fixture, "share/80-snp.json",
      "{\"interface-types\": [\"uefi\"], \"mapping\": {\"device\": \"memory\", \"filename\": "
      "\"%s/memory\"}, \"targets\": [{\"architecture\": \"x86_64\", \"machines\": "
      "[\"pc-q35-*\"]}], \"features\": [\"amd-sev\", \"amd-sev-snp\"]}");
  write_text (fixture, "share/90-bios.json", "{\"interface-types\": [\"bios\"]}");
}

/* The name of the image that is chosen, or NULL. */
static char *
choose (Fixture *fixture, const BvFirmwareWish *wish, GPtrArray *problems)
{
  g_autofree char *share = g_build_filename (fixture->folder, "share", NULL);
  g_autofree char *etc = g_build_filename (fixture->folder, "etc", NULL);
  const char *const folders[] = { share, etc, NULL };
  g_autoptr (GPtrArray) list = bv_firmware_list (folders, problems);
  const BvFirmware *firmware = bv_firmware_choose (list, wish);

  return firmware != NULL ? g_path_get_basename (firmware->code) : NULL;
}

static void
test_firmware (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    BvFirmwareWish wish;
    const char *code;
  } cases[] = {
    { { "x86_64", "pc-q35-7.2", .secure_boot = TRUE }, "secure" },
    { { "x86_64", "q35" }, "plain" },
    { { "x86_64", "q35", .sev = TRUE }, "plain" },
    { { "x86_64", "q35", .sev = TRUE, .sev_es = TRUE }, NULL },
    { { "x86_64", "q35", .sev_snp = TRUE }, "memory" },
    { { "x86_64", "q35", .tdx = TRUE }, NULL },
    { { "x86_64", "pc-i440fx-7.2" }, NULL },
    { { "aarch64", "virt" }, NULL },
  };

  write_firmware (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *code = choose (fixture, &cases[i].wish, NULL);

      g_assert_cmpstr (code, ==, cases[i].code);
    }
}

static void
test_firmware_precedence (Fixture *fixture, gconstpointer data)
{
  const BvFirmwareWish plain = { "x86_64", "q35" };
  const BvFirmwareWish secure = { "x86_64", "q35", .secure_boot = TRUE };
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *hidden = NULL;
  g_autofree char *fallback = NULL;
  g_autofree char *early = NULL;

  write_firmware (fixture);
  write_text (fixture, "etc/40-enrolled.json", "");
  hidden = choose (fixture, &secure, problems);
  g_assert_null (hidden);
  g_assert_cmpuint (problems->len, ==, 0);
  write_text (fixture, "etc/60-plain.json", "{ no JSON");
  fallback = choose (fixture, &plain, problems);
  g_assert_cmpstr (fallback, ==, "smm");
  g_assert_cmpuint (problems->len, ==, 1);
  g_assert_nonnull (strstr (g_ptr_array_index (problems, 0), "60-plain.json"));
  write_descriptor (fixture, "etc/10-own.json", DESCRIPTOR ("memory", "vars", ""));
  early = choose (fixture, &plain, NULL);
  g_assert_cmpstr (early, ==, "memory");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/machine/cpu-list", test_cpu_list);
  g_test_add_func ("/machine/topology/small", test_small_topology);
  g_test_add_func ("/machine/topology/large", test_large_topology);
  g_test_add_func ("/machine/topology/json", test_topology_json);
  g_test_add_func ("/machine/capabilities/emulated", test_emulated_capabilities);
  g_test_add_func ("/machine/capabilities/secure", test_secure_capabilities);
  g_test_add ("/machine/hugepages", Fixture, NULL, set_up, test_hugepages, tear_down);
  g_test_add ("/machine/hugepages/without-numa", Fixture, NULL, set_up, test_hugepages_without_numa,
              tear_down);
  g_test_add ("/machine/memory", Fixture, NULL, set_up, test_memory, tear_down);
  g_test_add ("/machine/cgroups", Fixture, NULL, set_up, test_cgroups, tear_down);
  g_test_add_func ("/machine/node-devices", test_node_devices);
  g_test_add ("/machine/firmware/choice", Fixture, NULL, set_up, test_firmware, tear_down);
  g_test_add ("/machine/firmware/precedence", Fixture, NULL, set_up, test_firmware_precedence,
              tear_down);
  return g_test_run ();
}
