/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "host/machine/bv-cpu-list.h"
#include "host/machine/bv-hugepages.h"
#include "host/schedule/bv-allocation.h"
#include "host/schedule/bv-reservations.h"
#include "model/bv-vmi-private.h"
#include "schedule-fixture.h"

#define MIB G_GUINT64_CONSTANT (1048576)

/* A host that guests ask one after the other. */
typedef struct
{
  BvConfig *config;
  BvHostFacts *facts;
  GArray *pages;
  GPtrArray *devices;
  GHashTable *functions; /* borrowed, or NULL */
  BvReservations *reservations;
  char *lacks;
} Host;

static void
host_clear (Host *host)
{
  bv_config_unref (host->config);
  bv_host_facts_unref (host->facts);
  g_array_unref (host->pages);
  g_ptr_array_unref (host->devices);
  g_assert_finalize_object (host->reservations);
  g_free (host->lacks);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Host, host_clear)

static GPtrArray *
make_devices (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "machine", "node-devices.xml", NULL);
  g_autofree char *text = NULL;
  g_autoptr (BvXmlDocument) document = NULL;
  GPtrArray *devices = g_ptr_array_new_with_free_func ((GDestroyNotify)bv_node_device_free);

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  document = bv_xml_document_new (text, NULL);
  for (BvXml *item = bv_xml_first (bv_xml_document_get_root (document)); item != NULL;
       item = bv_xml_next (item))
    {
      BvNodeDevice *device = bv_node_device_new_from_xml (item);

      if (device != NULL)
        g_ptr_array_add (devices, device);
    }
  return devices;
}

static void
host_init (Host *host, const char *config)
{
  static const BvHugepages pages[] = { { 0, 2048, 64, 64 }, { 1, 2048, 32, 16 } };

  *host = (Host){
    .config = schedule_make_config (config),
    .facts = schedule_make_facts (),
    .pages = g_array_new (FALSE, FALSE, sizeof (BvHugepages)),
    .devices = make_devices (),
    .reservations = bv_reservations_new (),
  };
  g_array_append_vals (host->pages, pages, G_N_ELEMENTS (pages));
}

static gboolean
allocate (GPtrArray *taken, BvReservation *reservation, gpointer data, GError **error)
{
  const BvAllocation *allocation = data;

  bv_allocation_run (allocation, taken, reservation);
  return allocation->lacks->len == 0;
}

static gboolean
allocate_more (GPtrArray *taken, BvReservation *reservation, gpointer data, GError **error)
{
  const BvAllocation *allocation = data;

  bv_allocation_grow (allocation, taken, reservation);
  return allocation->lacks->len == 0;
}

typedef BvReservation *(*Reserve) (BvReservations *self, const char *uid, BvReserveFunc func,
                                   gpointer data, GError **error);

/* What the guest UID of SPEC gets, or NULL, and host->lacks tells why. */
static BvReservation *
ask_by (Host *host, const char *uid, const char *spec, Reserve reserve, BvReserveFunc func)
{
  g_autoptr (BvVmi) vmi = schedule_make_vmi (spec);
  const BvApiVirtualMachineInstance *record = bv_vmi_get_record (vmi);
  BvGuestNeeds needs = bv_guest_needs_of (record, "amd64", host->config);
  g_autoptr (GPtrArray) lacks = g_ptr_array_new_with_free_func (g_free);
  BvAllocation allocation = {
    .name = uid,
    .uid = uid,
    .devices = record->spec->domain->devices,
    .needs = &needs,
    .config = host->config,
    .facts = host->facts,
    .pages = host->pages,
    .functions = host->functions,
    .node_devices = host->devices,
    .has_vsock = TRUE,
    .lacks = lacks,
  };
  BvReservation *reservation = reserve (host->reservations, uid, func, &allocation, NULL);

  g_ptr_array_add (lacks, NULL);
  g_free (host->lacks);
  host->lacks = g_strjoinv (" ", (char **)lacks->pdata);
  return reservation;
}

static BvReservation *
ask (Host *host, const char *uid, const char *spec)
{
  return ask_by (host, uid, spec, bv_reservations_reserve, allocate);
}

/* The same for a guest that runs. */
static BvReservation *
ask_more (Host *host, const char *uid, const char *spec)
{
  return ask_by (host, uid, spec, bv_reservations_change, allocate_more);
}

static void
assert_cpus (const BvReservation *reservation, const char *expected)
{
  g_autoptr (GArray) copy = NULL;
  g_autofree char *sorted = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GString) list = g_string_new (NULL);

  g_assert_nonnull (reservation);
  for (guint i = 0; i < reservation->cpus->len; i++)
    g_string_append_printf (list, "%s%u", i > 0 ? "," : "",
                            g_array_index (reservation->cpus, guint32, i));
  copy = bv_cpu_list_parse (list->str, NULL);
  text = bv_cpu_list_to_string (copy);
  g_assert_cmpstr (text, ==, expected);
}

#define PINNED(cpu)                                                                                \
  "{domain: {cpu: {" cpu ", dedicatedCpuPlacement: true}, memory: {guest: 64Mi}, devices: {}}}"

static void
test_cpus (void)
{
  g_auto (Host) host = { NULL };
  g_autoptr (BvReservation) first = NULL;
  g_autoptr (BvReservation) second = NULL;
  g_autoptr (BvReservation) third = NULL;
  g_autoptr (BvReservation) again = NULL;

  host_init (&host, "[cpu]\npinning=2-5,10-12\n");
  /* Two whole cores fit on cell 0 alone. */
  first = ask (&host, "first", PINNED ("cores: 2, threads: 2"));
  assert_cpus (first, "2-3,10-11");
  second = ask (&host, "second", PINNED ("cores: 3"));
  assert_cpus (second, "4-5,12");
  third = ask (&host, "third", PINNED ("cores: 1"));
  g_assert_null (third);
  g_assert_nonnull (strstr (host.lacks, "1 CPUs of its own, and 0 of those set aside (2-5,10-12)"));
  bv_reservations_release (host.reservations, "first");
  again = ask (&host, "third", PINNED ("cores: 1"));
  g_assert_nonnull (again);
}

static void
test_whole_cores (void)
{
  g_auto (Host) host = { NULL };
  g_autoptr (BvReservation) first = NULL;
  g_autoptr (BvReservation) second = NULL;
  g_autoptr (BvReservation) third = NULL;

  host_init (&host, "[cpu]\npinning=0-1,8-9\nwhole-cores=true\n");
  first = ask (&host, "first", PINNED ("cores: 1"));
  assert_cpus (first, "0,8");
  g_assert_cmpuint (first->n_cpus, ==, 1);
  second = ask (&host, "second", PINNED ("cores: 1"));
  assert_cpus (second, "1,9");
  third = ask (&host, "third", PINNED ("cores: 1"));
  g_assert_null (third);
}

static void
test_nothing_set_aside (void)
{
  g_auto (Host) host = { NULL };
  g_autoptr (BvReservation) reservation = NULL;

  host_init (&host, "");
  reservation = ask (&host, "guest", PINNED ("cores: 1"));
  g_assert_null (reservation);
  g_assert_nonnull (strstr (host.lacks, "pinning="));
}

static void
test_shared_cpus (void)
{
  static const char one[] =
      "{domain: {memory: {guest: 64Mi}, resources: {requests: {cpu: 6}}, devices: {}}}";
  g_auto (Host) host = { NULL };
  g_autoptr (BvReservation) first = NULL;
  g_autoptr (BvReservation) second = NULL;

  host_init (&host, "[cpu]\npinning=0-3\n");
  first = ask (&host, "first", one);
  g_assert_nonnull (first);
  second = ask (&host, "second", one);
  g_assert_null (second);
  g_assert_nonnull (strstr (host.lacks, "6000m of CPU, and 5000m of the 11000m"));
}

#define PAGES(memory)                                                                              \
  "{domain: {memory: {guest: " memory ", hugepages: {pageSize: 2Mi}}, devices: {}}}"

static void
test_pages (void)
{
  g_auto (Host) host = { NULL };
  g_autoptr (BvReservation) large = NULL;
  g_autoptr (BvReservation) first = NULL;
  g_autoptr (BvReservation) second = NULL;
  g_autoptr (BvReservation) third = NULL;
  g_autoptr (BvReservation) settled = NULL;

  /* 96 pages, of which 80 are free. */
  host_init (&host, "");
  large = ask (&host, "large", PAGES ("162Mi"));
  g_assert_null (large);
  g_assert_nonnull (strstr (host.lacks, "81 huge pages of 2048 KiB, and 80 are left"));
  first = ask (&host, "first", PAGES ("100Mi"));
  g_assert_nonnull (first);
  /* It has not taken its 50 yet. */
  second = ask (&host, "second", PAGES ("62Mi"));
  g_assert_null (second);
  g_assert_nonnull (strstr (host.lacks, "31 huge pages of 2048 KiB, and 30 are left"));
  /* Now the kernel counts them: as few are free as those that it leaves. */
  settled = bv_reservations_settle (host.reservations, "first");
  g_array_index (host.pages, BvHugepages, 0).free = 14;
  third = ask (&host, "third", PAGES ("60Mi"));
  g_assert_nonnull (third);
}

static void
test_memory (void)
{
  g_auto (Host) host = { NULL };
  g_autoptr (BvReservation) first = NULL;
  g_autoptr (BvReservation) second = NULL;

  /* Of 8 GiB, 192 MiB are huge pages and 1 GiB is kept. */
  host_init (&host, "[memory]\nreserved=1Gi\n");
  first = ask (&host, "first", "{domain: {memory: {guest: 6Gi}, devices: {}}}");
  g_assert_nonnull (first);
  second = ask (&host, "second", "{domain: {memory: {guest: 512Mi}, devices: {}}}");
  g_assert_null (second);
  g_assert_nonnull (strstr (host.lacks, "GiB for guests are left"));
}

/* A guest that runs gets more, or keeps what it has. */
static void
test_growth (void)
{
  g_auto (Host) host = { NULL };
  g_autoptr (BvReservation) first = NULL;
  g_autoptr (BvReservation) more = NULL;
  g_autoptr (BvReservation) refused = NULL;
  g_autoptr (BvReservation) kept = NULL;
  g_autoptr (BvReservation) less = NULL;

  host_init (&host, "[memory]\nreserved=1Gi\n[cpu]\npinning=0-3\nallocation-ratio=1\n");
  first = ask (&host, "first", "{domain: {cpu: {sockets: 2}, memory: {guest: 1Gi}, devices: {}}}");
  g_assert_cmpuint (first->cpu_millis, ==, 2000);
  more =
      ask_more (&host, "first", "{domain: {cpu: {sockets: 4}, memory: {guest: 3Gi}, devices: {}}}");
  g_assert_cmpuint (more->cpu_millis, ==, 4000);
  g_assert_cmpuint (more->memory, >=, first->memory + 2048 * MIB);
  refused = ask_more (&host, "first",
                      "{domain: {cpu: {sockets: 12}, memory: {guest: 16Gi}, devices: {}}}");
  g_assert_null (refused);
  g_assert_nonnull (strstr (host.lacks, "12000m of CPU, and 11000m"));
  g_assert_nonnull (strstr (host.lacks, "GiB for guests are left"));
  kept = bv_reservations_get (host.reservations, "first");
  g_assert_cmpuint (kept->memory, ==, more->memory);
  less =
      ask_more (&host, "first", "{domain: {cpu: {sockets: 4}, memory: {guest: 2Gi}, devices: {}}}");
  g_assert_cmpuint (less->memory, <, more->memory);
}

static void
test_page_growth (void)
{
  g_auto (Host) host = { NULL };
  g_autoptr (BvReservation) first = NULL;
  g_autoptr (BvReservation) settled = NULL;
  g_autoptr (BvReservation) more = NULL;
  g_autoptr (BvReservation) refused = NULL;
  g_autoptr (BvReservation) less = NULL;

  /* 96 pages, of which 80 are free until the guest has its 50. */
  host_init (&host, "");
  first = ask (&host, "first", PAGES ("100Mi"));
  g_assert_nonnull (first);
  settled = bv_reservations_settle (host.reservations, "first");
  g_array_index (host.pages, BvHugepages, 0).free = 14;
  more = ask_more (&host, "first", PAGES ("160Mi"));
  g_assert_nonnull (more);
  g_assert_cmpuint (more->pages->len, ==, 1);
  g_assert_cmpuint (g_array_index (more->pages, BvReservedPages, 0).count, ==, 80);
  g_array_index (host.pages, BvHugepages, 0).free = 0;
  g_array_index (host.pages, BvHugepages, 1).free = 0;
  refused = ask_more (&host, "first", PAGES ("162Mi"));
  g_assert_null (refused);
  g_assert_nonnull (strstr (host.lacks, "1 huge pages of 2048 KiB, and 0 are left"));
  less = ask_more (&host, "first", PAGES ("100Mi"));
  g_assert_cmpuint (g_array_index (less->pages, BvReservedPages, 0).count, ==, 50);
}

/* What a manifest asks for and limits follows what is plugged into the guest. */
static void
test_grown_needs (void)
{
  g_autoptr (BvVmi) vmi =
      schedule_make_vmi ("{domain: {memory: {guest: 2Gi}, resources: {requests: {memory: 1Gi}, "
                         "limits: {memory: 1536Mi}}, devices: {}}}");
  g_autoptr (BvConfig) config = schedule_make_config ("");
  const BvApiVirtualMachineInstance *record = bv_vmi_get_record (vmi);
  BvGuestNeeds before = bv_guest_needs_of (record, "amd64", config);
  BvGuestNeeds now = bv_guest_needs_of_grown (record, "amd64", config, 1024 * MIB);

  g_assert_cmpuint (now.memory, ==, before.memory + 1024 * MIB);
  g_assert_cmpuint (now.memory_limit, ==, before.memory_limit + 1024 * MIB);
}

#define DEVICE(resource)                                                                           \
  "{domain: {memory: {guest: 64Mi}, devices: {hostDevices: [{name: d, deviceName: " resource "}]}" \
  "}}"

static void
test_devices (void)
{
  static const char config[] = "[host-device nvidia.com/T4]\npci-vendor-selector=10DE:1EB8\n"
                               "[host-device nvidia.com/GRID]\nmdev-name-selector=GRID T4-1B\n"
                               "[host-device me/stick]\nusb-selector=0781:5583\n"
                               "[host-device me/other]\nusb-selector=0781:ffff\n";
  g_auto (Host) host = { NULL };
  g_autoptr (BvReservation) gpu = NULL;
  g_autoptr (BvReservation) second = NULL;
  g_autoptr (BvReservation) mediated = NULL;
  g_autoptr (BvReservation) stick = NULL;
  g_autoptr (BvReservation) none = NULL;
  g_autoptr (BvReservation) unknown = NULL;
  const BvReservedDevice *device;

  host_init (&host, config);
  /* There are two, and one of them is the host's own. */
  gpu = ask (&host, "first", DEVICE ("nvidia.com/T4"));
  device = bv_reservation_find_device (gpu, "d");
  g_assert_cmpstr (device->address, ==, "0000:65:00.0");
  g_assert_cmpint (device->numa_cell, ==, 1);
  second = ask (&host, "second", DEVICE ("nvidia.com/T4"));
  g_assert_null (second);
  g_assert_nonnull (strstr (host.lacks, "in use by other guests"));
  mediated = ask (&host, "second", DEVICE ("nvidia.com/GRID"));
  device = bv_reservation_find_device (mediated, "d");
  g_assert_cmpstr (device->address, ==, "4b20d080-1b54-4048-85b3-a6a62d165c01");
  stick = ask (&host, "third", DEVICE ("me/stick"));
  device = bv_reservation_find_device (stick, "d");
  g_assert_cmpstr (device->address, ==, "1:4");
  none = ask (&host, "fourth", DEVICE ("me/other"));
  g_assert_null (none);
  g_assert_nonnull (strstr (host.lacks, "has none that fits the section [host-device me/other]"));
  unknown = ask (&host, "fourth", DEVICE ("me/unknown"));
  g_assert_null (unknown);
  g_assert_nonnull (strstr (host.lacks, "no section [host-device me/unknown]"));
}

/* A guest that runs gets what it lacks and keeps what it has, and none takes what another has. */
static void
test_more_devices (void)
{
  g_auto (Host) host = { NULL };
  g_autoptr (BvReservation) nothing = NULL;
  g_autoptr (BvReservation) more = NULL;
  g_autoptr (BvReservation) same = NULL;
  g_autoptr (BvReservation) other = NULL;

  host_init (&host, "[host-device me/stick]\nusb-selector=0781:5583\n");
  nothing = ask (&host, "first", "{domain: {memory: {guest: 64Mi}, devices: {}}}");
  g_assert_cmpuint (nothing->devices->len, ==, 0);
  more = ask_more (&host, "first", DEVICE ("me/stick"));
  g_assert_cmpuint (more->devices->len, ==, 1);
  same = ask_more (&host, "first", DEVICE ("me/stick"));
  g_assert_cmpuint (same->devices->len, ==, 1);
  other = ask_more (&host, "second", DEVICE ("me/stick"));
  g_assert_null (other);
  g_assert_nonnull (strstr (host.lacks, "in use by other guests"));
}

/* Interfaces ask by the resource of their network's definition. */
static void
test_functions (void)
{
  static const char spec[] = "{domain: {memory: {guest: 64Mi}, devices: {interfaces: [{name: lan, "
                             "bridge: {}}, {name: vf, sriov: {}}]}}}";
  g_auto (Host) host = { NULL };
  g_autoptr (GHashTable) functions = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (BvReservation) first = NULL;
  g_autoptr (BvReservation) second = NULL;

  host_init (&host, "[host-device vendor/net]\npci-vendor-selector=10DE:1EB8\n");
  g_hash_table_insert (functions, (gpointer) "vf", (gpointer) "vendor/net");
  host.functions = functions;
  first = ask (&host, "first", spec);
  g_assert_cmpuint (first->devices->len, ==, 1);
  g_assert_cmpstr (bv_reservation_find_device (first, "vf")->address, ==, "0000:65:00.0");
  second = ask (&host, "second", spec);
  g_assert_null (second);
  g_assert_nonnull (strstr (host.lacks, "Its device vf needs a vendor/net"));
}

static void
test_cids (void)
{
  static const char spec[] = "{domain: {memory: {guest: 64Mi}, devices: {autoattachVSOCK: true}}}";
  g_auto (Host) host = { NULL };
  g_auto (Host) other = { NULL };
  g_autoptr (BvReservation) first = NULL;
  g_autoptr (BvReservation) second = NULL;
  g_autoptr (BvReservation) moved = NULL;

  host_init (&host, "");
  host_init (&other, "");
  first = ask (&host, "first", spec);
  second = ask (&host, "second", spec);
  g_assert_cmpuint (first->vsock_cid, !=, second->vsock_cid);
  g_assert_cmpuint (MIN (first->vsock_cid, second->vsock_cid), >=, 65536);
  /* Where it moves to it keeps its own, whoever was there first. */
  moved = ask (&other, "second", spec);
  g_assert_cmpuint (moved->vsock_cid, ==, second->vsock_cid);
}

static void
test_cid_is_taken (void)
{
  static const char spec[] = "{domain: {memory: {guest: 64Mi}, devices: {autoattachVSOCK: true}}}";
  g_auto (Host) host = { NULL };
  g_autoptr (BvReservation) before = bv_reservation_new ();
  g_autoptr (BvReservation) guest = NULL;
  guint32 own;

  host_init (&host, "");
  guest = ask (&host, "guest", spec);
  own = guest->vsock_cid;
  g_clear_pointer (&guest, bv_reservation_free);
  bv_reservations_release (host.reservations, "guest");
  before->vsock_cid = own;
  bv_reservations_restore (host.reservations, "before", before);
  guest = ask (&host, "guest", spec);
  g_assert_cmpuint (guest->vsock_cid, ==, own + 1);
}

static void
test_all_lacks (void)
{
  g_auto (Host) host = { NULL };
  g_autoptr (BvReservation) reservation = NULL;

  host_init (&host, "");
  reservation =
      ask (&host, "guest",
           "{domain: {cpu: {cores: 2, dedicatedCpuPlacement: true}, memory: {guest: 64Gi, "
           "hugepages: {pageSize: 1Gi}}, devices: {hostDevices: [{name: d, deviceName: "
           "me/x}]}}}");
  g_assert_null (reservation);
  g_assert_nonnull (strstr (host.lacks, "CPUs of its own"));
  g_assert_nonnull (strstr (host.lacks, "64 huge pages of 1048576 KiB, and 0 are left"));
  g_assert_nonnull (strstr (host.lacks, "[host-device me/x]"));
}

static void
count_released (guint *count)
{
  (*count)++;
}

/* What the bus tells of it. */
static void
assert_resources (const BvReservation *reservation)
{
  g_autoptr (GVariant) told = g_variant_ref_sink (bv_reservation_to_variant (reservation));
  g_autoptr (GVariant) nothing = g_variant_ref_sink (bv_reservation_to_variant (NULL));
  g_autoptr (GVariant) devices = g_variant_lookup_value (told, "devices", G_VARIANT_TYPE ("a{ss}"));
  const char *text = NULL;
  guint32 cid = 0;

  g_assert_cmpuint (g_variant_n_children (nothing), ==, 0);
  g_assert_true (g_variant_lookup (told, "cpus", "&s", &text));
  g_assert_cmpstr (text, ==, "2-3");
  g_assert_true (g_variant_lookup (told, "vsockCid", "u", &cid));
  g_assert_cmpuint (cid, ==, reservation->vsock_cid);
  g_assert_true (g_variant_lookup (devices, "d", "&s", &text));
  g_assert_cmpstr (text, ==, "usb_1_4");
}

/* What is stored of it is what a service after this one gives back. */
static void
test_restore (void)
{
  g_auto (Host) host = { NULL };
  g_autoptr (BvReservation) first = NULL;
  g_autoptr (BvReservation) read = NULL;
  g_autoptr (BvReservation) second = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *json = NULL;
  g_autofree char *again = NULL;
  guint released = 0;

  host_init (&host, "[cpu]\npinning=2-3\n[host-device me/stick]\nusb-selector=0781:5583\n");
  first = ask (&host, "first",
               "{domain: {cpu: {cores: 2, dedicatedCpuPlacement: true}, memory: {guest: 64Mi, "
               "hugepages: {pageSize: 2Mi}}, devices: {autoattachVSOCK: true, hostDevices: [{name: "
               "d, deviceName: me/stick}]}}}");
  g_assert_nonnull (first);
  g_assert_true (bv_reservation_is_exclusive (first));
  assert_resources (first);
  json = bv_reservation_to_json (first);
  read = bv_reservation_new_from_json (json, &error);
  g_assert_no_error (error);
  again = bv_reservation_to_json (read);
  g_assert_cmpstr (again, ==, json);

  g_signal_connect_swapped (host.reservations, "released", G_CALLBACK (count_released), &released);
  bv_reservations_release (host.reservations, "first");
  g_assert_cmpuint (released, ==, 0);
  read->settled = TRUE;
  bv_reservations_restore (host.reservations, "first", read);
  second = ask (&host, "second", PINNED ("cores: 1"));
  g_assert_null (second);
  bv_reservations_release (host.reservations, "first");
  g_assert_cmpuint (released, ==, 1);
}

static void
test_unreadable (void)
{
  static const char *const texts[] = { "", "[]", "{}", "{\"cpus\": []}" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (bv_reservation_new_from_json (texts[i], &error));
      g_assert_nonnull (error);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/schedule/cpus", test_cpus);
  g_test_add_func ("/schedule/cpus/whole-cores", test_whole_cores);
  g_test_add_func ("/schedule/cpus/nothing-set-aside", test_nothing_set_aside);
  g_test_add_func ("/schedule/cpus/shared", test_shared_cpus);
  g_test_add_func ("/schedule/pages", test_pages);
  g_test_add_func ("/schedule/memory", test_memory);
  g_test_add_func ("/schedule/growth", test_growth);
  g_test_add_func ("/schedule/page-growth", test_page_growth);
  g_test_add_func ("/schedule/grown-needs", test_grown_needs);
  g_test_add_func ("/schedule/devices", test_devices);
  g_test_add_func ("/schedule/more-devices", test_more_devices);
  g_test_add_func ("/schedule/functions", test_functions);
  g_test_add_func ("/schedule/cids", test_cids);
  g_test_add_func ("/schedule/cid-is-taken", test_cid_is_taken);
  g_test_add_func ("/schedule/all-lacks", test_all_lacks);
  g_test_add_func ("/schedule/restore", test_restore);
  g_test_add_func ("/schedule/unreadable", test_unreadable);
  return g_test_run ();
}
