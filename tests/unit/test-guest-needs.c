/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "host/schedule/bv-guest-needs.h"
#include "host/schedule/bv-host-check.h"
#include "host/schedule/bv-memory-overhead.h"
#include "model/bv-vmi-private.h"
#include "schedule-fixture.h"

#define MIB G_GUINT64_CONSTANT (1048576)

typedef struct
{
  const char *name;
  const char *spec;
  const char *config;
  BvGuestNeeds needs; /* overhead and what has it: without the overhead */
} NeedsRow;

static const NeedsRow needs_rows[] = {
  { "plain",
    "{domain: {memory: {guest: 512Mi}, devices: {}}}",
    "",
    { .n_cores = 1, .n_threads = 1, .cpu_millis = 100, .memory = 512 * MIB } },
  { "request",
    "{domain: {resources: {requests: {memory: 256Mi, cpu: 1500m}}, devices: {}}}",
    "",
    { .n_cores = 2, .n_threads = 1, .cpu_millis = 1500, .memory = 256 * MIB } },
  { "limits",
    "{domain: {memory: {guest: 512Mi}, resources: {limits: {memory: 1Gi, cpu: 2}}, devices: {}}}",
    "",
    { .n_cores = 2,
      .n_threads = 1,
      .cpu_millis = 2000,
      .cpu_limit = 2000,
      .memory = 1024 * MIB,
      .memory_limit = 1024 * MIB } },
  { "overcommit",
    "{domain: {memory: {guest: 512Mi}, devices: {}}}",
    "[memory]\novercommit=200\n",
    { .n_cores = 1, .n_threads = 1, .cpu_millis = 100, .memory = 256 * MIB } },
  { "dedicated",
    "{domain: {cpu: {cores: 2, threads: 2, dedicatedCpuPlacement: true, isolateEmulatorThread: "
    "true}, memory: {guest: 512Mi}, devices: {}}}",
    "",
    { .dedicated = TRUE,
      .n_cores = 2,
      .n_threads = 2,
      .n_others = 1,
      .memory = 512 * MIB,
      .memory_limit = 512 * MIB } },
  { "pages",
    "{domain: {memory: {guest: 63Mi, hugepages: {pageSize: 2Mi}}, devices: {}}}",
    "",
    { .n_cores = 1, .n_threads = 1, .cpu_millis = 100, .page_kib = 2048, .n_pages = 32 } },
  { "vsock",
    "{domain: {memory: {guest: 64Mi}, devices: {autoattachVSOCK: true}}}",
    "",
    { .n_cores = 1, .n_threads = 1, .cpu_millis = 100, .memory = 64 * MIB, .vsock = TRUE } },
};

static void
test_needs (gconstpointer data)
{
  const NeedsRow *row = data;
  g_autoptr (BvVmi) vmi = schedule_make_vmi (row->spec);
  g_autoptr (BvConfig) config = schedule_make_config (row->config);
  BvGuestNeeds needs = bv_guest_needs_of (bv_vmi_get_record (vmi), "amd64", config);

  g_assert_cmpint (needs.dedicated, ==, row->needs.dedicated);
  g_assert_cmpuint (needs.n_cores, ==, row->needs.n_cores);
  g_assert_cmpuint (needs.n_threads, ==, row->needs.n_threads);
  g_assert_cmpuint (needs.n_others, ==, row->needs.n_others);
  g_assert_cmpuint (needs.cpu_millis, ==, row->needs.cpu_millis);
  g_assert_cmpuint (needs.cpu_limit, ==, row->needs.cpu_limit);
  g_assert_cmpuint (needs.memory, ==, row->needs.memory + needs.overhead);
  g_assert_cmpuint (needs.memory_limit, ==,
                    row->needs.memory_limit > 0 ? row->needs.memory_limit + needs.overhead : 0);
  g_assert_cmpuint (needs.page_kib, ==, row->needs.page_kib);
  g_assert_cmpuint (needs.n_pages, ==, row->needs.n_pages);
  g_assert_cmpint (needs.vsock, ==, row->needs.vsock);
}

/* KubeVirt's own figures: 240 MiB for its processes, 8 for a vCPU, 8 for I/O, 32 for the display,
 * a 512th for page tables. */
static void
test_overhead (void)
{
  static const struct
  {
    const char *spec;
    const char *architecture;
    double ratio;
    guint64 mib;
  } rows[] = {
    { "{domain: {resources: {requests: {memory: 512Mi}}, devices: {}}}", "amd64", 1, 289 },
    { "{domain: {resources: {requests: {memory: 512Mi}}, devices: {}}}", "arm64", 1, 417 },
    { "{domain: {resources: {requests: {memory: 512Mi}}, devices: {}}}", "amd64", 2, 578 },
    { "{domain: {resources: {requests: {memory: 512Mi}}, devices: {tpm: {}}}}", "amd64", 1, 342 },
    { "{domain: {resources: {requests: {memory: 512Mi}}, devices: {autoattachGraphicsDevice: "
      "false}}}",
      "amd64", 1, 257 },
    { "{domain: {resources: {requests: {memory: 512Mi}}, devices: {gpus: [{name: g, deviceName: "
      "a/b}]}}}",
      "amd64", 1, 1313 },
    { "{domain: {cpu: {cores: 4}, resources: {requests: {memory: 512Mi}}, devices: {}}}", "amd64",
      1, 313 },
    { "{domain: {resources: {requests: {memory: 512Mi, cpu: 1}, limits: {memory: 512Mi, cpu: 1}}, "
      "devices: {}}}",
      "amd64", 1, 389 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (BvVmi) vmi = schedule_make_vmi (rows[i].spec);

      g_assert_cmpuint (bv_memory_overhead_of (bv_vmi_get_record (vmi)->spec, rows[i].architecture,
                                               rows[i].ratio),
                        ==, rows[i].mib * MIB);
    }
}

/* What no guest of a host can have. */

typedef struct
{
  const char *name;
  const char *spec;
  const char *lack; /* NULL: none */
} CheckRow;

static const CheckRow check_rows[] = {
  { "plain", "{domain: {devices: {}}}", NULL },
  { "machine", "{domain: {machine: {type: pc-q35-rhel9.2.0}, devices: {}}}",
    "no machine type pc-q35-rhel9.2.0" },
  { "model", "{domain: {cpu: {model: phenom}, devices: {}}}", "CPU model phenom" },
  { "model-usable", "{domain: {cpu: {model: qemu64}, devices: {}}}", NULL },
  { "tpm", "{domain: {devices: {tpm: {}}}}", NULL },
  { "sev", "{domain: {launchSecurity: {sev: {}}, devices: {}}}", "AMD SEV," },
  { "snp", "{domain: {launchSecurity: {snp: {}}, devices: {}}}", "SEV-SNP" },
  { "tdx", "{domain: {launchSecurity: {tdx: {}}, devices: {}}}", "TDX" },
  { "foreign", "{architecture: arm64, domain: {devices: {}}}", "made for arm64" },
};

static void
test_check (gconstpointer data)
{
  const CheckRow *row = data;
  g_autoptr (BvVmi) vmi = schedule_make_vmi (row->spec);
  g_autoptr (BvConfig) config = schedule_make_config ("");
  g_autoptr (BvHostFacts) facts = schedule_make_facts ();
  g_autoptr (GPtrArray) lacks = g_ptr_array_new_with_free_func (g_free);

  facts->architecture = "amd64";
  facts->kvm_usable = TRUE;
  facts->capabilities->known = TRUE;
  facts->capabilities->tpm = TRUE;
  g_strfreev (facts->capabilities->machines);
  g_strfreev (facts->capabilities->models);
  facts->capabilities->machines = g_strsplit ("q35 pc-q35-7.2", " ", 0);
  facts->capabilities->models = g_strsplit ("qemu64", " ", 0);
  bv_host_check_run (bv_vmi_get_record (vmi)->spec, facts, config, lacks);
  g_assert_cmpuint (lacks->len, ==, row->lack != NULL ? 1 : 0);
  if (row->lack != NULL)
    g_assert_nonnull (strstr (g_ptr_array_index (lacks, 0), row->lack));
}

static void
test_kvm (void)
{
  g_autoptr (BvVmi) vmi = schedule_make_vmi ("{domain: {devices: {}}}");
  g_autoptr (BvHostFacts) facts = schedule_make_facts ();
  g_autoptr (BvConfig) strict = schedule_make_config ("");
  g_autoptr (BvConfig) lenient = schedule_make_config ("[hypervisor]\nallow-emulation=true\n");
  g_autoptr (GPtrArray) lacks = g_ptr_array_new_with_free_func (g_free);

  facts->architecture = "amd64";
  bv_host_check_run (bv_vmi_get_record (vmi)->spec, facts, lenient, lacks);
  g_assert_cmpuint (lacks->len, ==, 0);
  bv_host_check_run (bv_vmi_get_record (vmi)->spec, facts, strict, lacks);
  g_assert_cmpuint (lacks->len, ==, 1);
  g_assert_nonnull (strstr (g_ptr_array_index (lacks, 0), "no usable KVM"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (needs_rows); i++)
    {
      g_autofree char *path = g_strconcat ("/guest-needs/", needs_rows[i].name, NULL);

      g_test_add_data_func (path, &needs_rows[i], test_needs);
    }
  for (guint i = 0; i < G_N_ELEMENTS (check_rows); i++)
    {
      g_autofree char *path = g_strconcat ("/guest-needs/check/", check_rows[i].name, NULL);

      g_test_add_data_func (path, &check_rows[i], test_check);
    }
  g_test_add_func ("/guest-needs/check-kvm", test_kvm);
  g_test_add_func ("/guest-needs/overhead", test_overhead);
  return g_test_run ();
}
