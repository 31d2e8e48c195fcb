/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "bv-autocleanups.h"
#include "convert/bv-convert.h"
#include "host/bv-domain-limits.h"
#include "model/bv-error.h"
#include "schedule-fixture.h"

#define PINNED(cpu)                                                                                \
  "{domain: {cpu: {" cpu ", dedicatedCpuPlacement: true}, memory: {guest: 64Mi}, devices: {}}}"

/* What a domain gets of the limits. */

typedef struct
{
  const char *name;
  const char *spec;
  const char *config;
  BvCgroups cgroups;
  const char *there; /* in the XML */
  const char *absent;
} LimitsRow;

#define LIMITED                                                                                    \
  "{domain: {memory: {guest: 512Mi}, resources: {requests: {memory: 512Mi}, limits: {memory: "     \
  "512Mi, cpu: 1500m}}, devices: {}}}"

static const LimitsRow limits_rows[] = {
  { "quota", LIMITED, "", { .cpu = TRUE }, "<global_quota>150000</global_quota>", "memtune" },
  { "shares", LIMITED, "", { .cpu = TRUE }, "<shares>1536</shares>", NULL },
  { "weight", LIMITED, "", { .cpu = TRUE, .unified = TRUE }, "<shares>59</shares>", NULL },
  /* 512 MiB, and 397 that go with a guest that asks for as much as it may use. */
  { "memory",
    LIMITED,
    "",
    { .memory = TRUE },
    "<hard_limit unit=\"KiB\">930816</hard_limit>",
    "cputune" },
  { "no-limit",
    "{domain: {memory: {guest: 512Mi}, devices: {}}}",
    "",
    { TRUE, TRUE },
    "<shares>102</shares>",
    "global_quota" },
  { "no-cgroups", LIMITED, "", { FALSE }, "<domain", "tune" },
  { "off", LIMITED, "[cgroup]\nlimits=false\n", { TRUE, TRUE }, "<domain", "tune" },
  { "partition",
    LIMITED,
    "[cgroup]\npartition=/guests\n",
    { TRUE, TRUE },
    "<partition>/guests</partition>",
    NULL },
  { "keep-off",
    LIMITED,
    "[cpu]\npinning=2-5,10-12\n",
    { FALSE },
    "cpuset=\"0-1,6-9,13-14\"",
    NULL },
};

static void
test_limits (gconstpointer data)
{
  const LimitsRow *row = data;
  g_autoptr (BvVmi) vmi = schedule_make_vmi (row->spec);
  g_autoptr (BvConfig) config = schedule_make_config (row->config);
  g_autoptr (BvHostFacts) facts = schedule_make_facts ();
  g_autoptr (GError) error = NULL;
  g_autoptr (BvContext) context = bv_context_new_from_json ("{\"allowEmulation\": true}", &error);
  g_autoptr (GVirConfigDomain) domain = bv_vmi_convert (vmi, context, &error);
  g_autofree char *xml = NULL;

  g_assert_no_error (error);
  facts->cgroups = row->cgroups;
  bv_domain_limits_add (domain, vmi, context, facts, config);
  xml = gvir_config_object_to_xml (GVIR_CONFIG_OBJECT (domain));
  g_assert_nonnull (strstr (xml, row->there));
  if (row->absent != NULL)
    g_assert_null (strstr (xml, row->absent));
}

static void
test_emulator (void)
{
  g_autoptr (BvVmi) vmi = schedule_make_vmi (PINNED ("cores: 2"));
  g_autoptr (BvConfig) config = schedule_make_config ("[cpu]\npinning=2-5\n");
  g_autoptr (BvHostFacts) facts = schedule_make_facts ();
  g_autoptr (GError) error = NULL;
  g_autofree char *json = bv_context_to_json (facts->context);
  g_autofree char *with_cpus =
      g_strdup_printf ("{\"allowEmulation\": true, \"cpuSet\": [2, 3], %s", json + 1);
  g_autoptr (BvContext) context = bv_context_new_from_json (with_cpus, &error);
  g_autoptr (GVirConfigDomain) domain = NULL;
  g_autofree char *xml = NULL;

  g_assert_no_error (error);
  domain = bv_vmi_convert (vmi, context, &error);
  g_assert_no_error (error);
  facts->cgroups = (BvCgroups){ TRUE, TRUE };
  bv_domain_limits_add (domain, vmi, context, facts, config);
  xml = gvir_config_object_to_xml (GVIR_CONFIG_OBJECT (domain));
  g_assert_nonnull (strstr (xml, "<emulatorpin cpuset=\"2-3\"/>"));
  g_assert_null (strstr (xml, "<shares>"));
  g_assert_nonnull (strstr (xml, "<hard_limit"));
}

/* More CPUs to start with than it can grow to: admission refuses that, but not everybody admits. */
static void
test_shrinking (void)
{
  g_autoptr (BvVmi) vmi = schedule_make_vmi (
      "{domain: {cpu: {sockets: 2147483648, cores: 1, threads: 2, maxSockets: 1, "
      "dedicatedCpuPlacement: true}, memory: {guest: 64Mi}, ioThreadsPolicy: auto, "
      "devices: {disks: [{name: c, cdrom: {bus: sata}}]}}}");
  g_autoptr (GError) error = NULL;
  g_autoptr (BvContext) context =
      bv_context_new_from_json ("{hypervisorDeviceAvailable: true}", &error);

  g_assert_no_error (error);
  g_assert_null (bv_vmi_convert (vmi, context, &error));
  g_assert_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (limits_rows); i++)
    {
      g_autofree char *path = g_strconcat ("/limits/", limits_rows[i].name, NULL);

      g_test_add_data_func (path, &limits_rows[i], test_limits);
    }
  g_test_add_func ("/limits/emulator", test_emulator);
  g_test_add_func ("/limits/shrinking", test_shrinking);
  return g_test_run ();
}
