/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/live/bv-live-size.h"

#include <string.h>

#include "model/bv-vmi-private.h"
#include "schedule-fixture.h"

#define MIB (G_GUINT64_CONSTANT (1) << 20)

#define CPU(cpu) "{domain: {cpu: {" cpu "}, memory: {guest: 64Mi}, devices: {}}}"

typedef struct
{
  const char *name;
  const char *spec;
  gint64 sockets;
  const char *fault; /* part of it; NULL: there is none */
} SocketsRow;

static const SocketsRow sockets_rows[] = {
  { "more", CPU ("sockets: 2, cores: 2"), 8, NULL },
  { "too-many", CPU ("sockets: 2, cores: 2"), 9, "up to 8 sockets, and 9 are asked for" },
  { "given", CPU ("sockets: 2, maxSockets: 3"), 4, "up to 3 sockets" },
  { "less", CPU ("sockets: 2"), 1, "cannot be taken" },
  { "arm64", "{architecture: arm64, domain: {memory: {guest: 64Mi}, devices: {}}}", 2,
    "cannot be added" },
  { "dedicated", CPU ("sockets: 1, dedicatedCpuPlacement: true"), 2, "CPUs of its own" },
};

static void
test_sockets (gconstpointer data)
{
  const SocketsRow *row = data;
  g_autoptr (BvVmi) vmi = schedule_make_vmi (row->spec);
  g_autofree char *fault =
      bv_live_size_find_sockets_fault (bv_vmi_get_record (vmi)->spec, row->sockets);

  if (row->fault == NULL)
    g_assert_null (fault);
  else
    g_assert_nonnull (strstr (fault, row->fault));
}

#define MEMORY(memory) "{domain: {memory: {" memory "}, devices: {}}}"

typedef struct
{
  const char *name;
  const char *spec;
  guint64 at_boot_mib;
  const char *guest;
  const char *fault;
} MemoryRow;

static const MemoryRow memory_rows[] = {
  { "more", MEMORY ("guest: 1Gi"), 1024, "4Gi", NULL },
  { "less-again", MEMORY ("guest: 3Gi, maxGuest: 4Gi"), 1024, "1Gi", NULL },
  { "too-much", MEMORY ("guest: 1Gi"), 1024, "5Gi", "grow to 4Gi, and 5Gi is asked for" },
  { "below-boot", MEMORY ("guest: 2Gi"), 2048, "1Gi", "less memory than it was started with" },
  { "blocks", MEMORY ("guest: 1Gi"), 1024, "1025Mi", "blocks of 2Mi, of which 1025Mi" },
  { "huge-blocks", MEMORY ("guest: 1Gi, hugepages: {pageSize: 1Gi}"), 1024, "1026Mi",
    "blocks of 1Gi, of which 1026Mi" },
  { "small", MEMORY ("guest: 512Mi, maxGuest: 2Gi"), 512, "1Gi", "cannot change" },
  { "odd-limit", MEMORY ("guest: 1Gi, maxGuest: 2049Mi"), 1024, "2Gi", "cannot change" },
  { "no-limit", MEMORY ("guest: 1000Mi"), 1000, "2Gi", "cannot change" },
  { "before-it-is-seen", MEMORY ("guest: 1Gi"), 0, "2Gi", "cannot change" },
  { "protected",
    "{domain: {memory: {guest: 1Gi, maxGuest: 2Gi}, launchSecurity: {snp: {}}, "
    "devices: {}}}",
    1024, "2Gi", "cannot change" },
};

static void
test_memory (gconstpointer data)
{
  const MemoryRow *row = data;
  g_autoptr (BvVmi) vmi = schedule_make_vmi (row->spec);
  BvQuantity guest;
  g_autofree char *fault = NULL;

  g_assert_true (bv_quantity_parse (row->guest, &guest));
  fault = bv_live_size_find_memory_fault (bv_vmi_get_record (vmi)->spec, row->at_boot_mib * MIB,
                                          &guest);
  if (row->fault == NULL)
    g_assert_null (fault);
  else
    g_assert_nonnull (strstr (fault, row->fault));
}

/* A guest is given what its VMI has and it has not, once; what libvirt refused is not tried again.
 */
static void
test_wants (void)
{
  g_autoptr (BvVmi) vmi = schedule_make_vmi (
      "{domain: {cpu: {sockets: 2, cores: 2}, memory: {guest: 3Gi, maxGuest: 4Gi}, devices: {}}}");
  const BvApiVirtualMachineInstanceSpec *spec = bv_vmi_get_record (vmi)->spec;
  BvDomainSize size = {
    .vcpus = 2, .most_vcpus = 16, .guest_at_boot = 1024 * MIB, .guest_requested = 1024 * MIB
  };

  g_assert_true (bv_live_size_wants_cpus (spec, &size));
  g_assert_true (bv_live_size_wants_memory (spec, 0, &size));
  size.vcpus = 4;
  size.guest_requested = 3072 * MIB;
  g_assert_false (bv_live_size_wants_cpus (spec, &size));
  g_assert_false (bv_live_size_wants_memory (spec, 0, &size));
  /* It has more than it is to have: memory goes, CPUs stay. */
  size.vcpus = 6;
  size.guest_requested = 4096 * MIB;
  g_assert_false (bv_live_size_wants_cpus (spec, &size));
  g_assert_true (bv_live_size_wants_memory (spec, 0, &size));
  g_assert_false (bv_live_size_wants_memory (spec, 3072 * MIB, &size));
}

static void
test_device (void)
{
  g_autoptr (BvVmi) vmi = schedule_make_vmi (MEMORY ("guest: 1536Mi, maxGuest: 4Gi"));
  g_autofree char *xml =
      bv_live_size_make_device (bv_vmi_get_record (vmi)->spec->domain->memory, 1024 * MIB);

  g_assert_cmpstr (xml, ==,
                   "<memory model='virtio-mem'><target><size unit='b'>3221225472</size>"
                   "<node>0</node><block unit='b'>2097152</block>"
                   "<requested unit='b'>536870912</requested></target></memory>");
}

static void
test_dimm (void)
{
  static const struct
  {
    guint64 before;
    guint64 wanted;
    const char *fault;
  } rows[] = {
    { 1024, 1152, NULL },
    { 1024, 2048, NULL },
    { 1026, 1154, NULL },
    { 1024, 1100, "in steps of 128Mi" },
    { 2048, 1024, "cannot be taken" },
  };
  g_autofree char *xml = bv_live_size_make_dimm (128 * MIB);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *fault =
          bv_live_size_find_dimm_fault (rows[i].before * MIB, rows[i].wanted * MIB);

      g_assert_cmpint (fault != NULL, ==, rows[i].fault != NULL);
      if (fault != NULL)
        g_assert_nonnull (strstr (fault, rows[i].fault));
    }
  g_assert_cmpstr (xml, ==,
                   "<memory model='dimm'><target><size unit='b'>134217728</size><node>0</node>"
                   "</target></memory>");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (sockets_rows); i++)
    {
      g_autofree char *path = g_strconcat ("/live-size/sockets/", sockets_rows[i].name, NULL);

      g_test_add_data_func (path, &sockets_rows[i], test_sockets);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (memory_rows); i++)
    {
      g_autofree char *path = g_strconcat ("/live-size/memory/", memory_rows[i].name, NULL);

      g_test_add_data_func (path, &memory_rows[i], test_memory);
    }
  g_test_add_func ("/live-size/wants", test_wants);
  g_test_add_func ("/live-size/device", test_device);
  g_test_add_func ("/live-size/dimm", test_dimm);
  return g_test_run ();
}
