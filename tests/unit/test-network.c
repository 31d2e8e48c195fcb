/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "host/network/bv-address-book.h"
#include "host/network/bv-host-routes.h"
#include "host/network/bv-listeners.h"
#include "network/bv-publication.h"
#include "host/network/bv-ruleset.h"
#include "host/network/bv-virtual-function.h"
#include "model/bv-error.h"

static BvIpRange
parse_range (const char *text)
{
  BvIpRange range;

  g_assert_true (bv_ip_range_parse (text, &range));
  return range;
}

static void
test_ranges (void)
{
  static const struct
  {
    const char *a;
    const char *b;
    gboolean overlap;
  } cases[] = {
    { "10.0.2.0/24", "10.0.2.128/25", TRUE },   { "10.0.2.0/24", "10.0.3.0/24", FALSE },
    { "10.0.0.0/8", "10.200.1.0/24", TRUE },    { "10.0.2.7/24", "10.0.2.9/32", TRUE },
    { "fd10:0:2::/120", "fd10::/16", TRUE },    { "fd10:0:2::/120", "fd10:0:3::/120", FALSE },
    { "10.0.2.0/24", "fd10:0:2::/120", FALSE }, { "0.0.0.0/1", "127.0.0.0/8", TRUE },
  };
  static const char *const wrong[] = { "",    "10.0.2.0", "10.0.2.0/33", "10.0.2/24",
                                       "x/8", "::/129",   "10.0.2.0/-1" };
  BvIpRange range = parse_range ("10.0.2.77/24");
  g_autofree char *text = bv_ip_range_to_string (&range);
  g_autofree char *third = bv_ip_range_get_address (&range, 3);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      BvIpRange a = parse_range (cases[i].a);
      BvIpRange b = parse_range (cases[i].b);

      g_assert_cmpint (bv_ip_range_overlaps (&a, &b), ==, cases[i].overlap);
      g_assert_cmpint (bv_ip_range_overlaps (&b, &a), ==, cases[i].overlap);
    }
  g_assert_cmpstr (text, ==, "10.0.2.0/24");
  g_assert_cmpstr (third, ==, "10.0.2.3");
  g_assert_cmpuint (bv_ip_range_count (&range), ==, 256);
  g_assert_true (bv_ip_range_contains (&range, "10.0.2.255"));
  g_assert_false (bv_ip_range_contains (&range, "10.0.3.0"));
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    g_assert_false (bv_ip_range_parse (wrong[i], &range));
}

#define IPV4_ROUTES                                                                                \
  "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"          \
  "eth0\t00000000\t0102000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"                                   \
  "eth0\t0002000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"                                   \
  "barevirt0\t0002010A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
#define ZEROS "00000000000000000000000000000000"
#define IPV6_ROUTES                                                                                \
  "fd100000000200000000000000000000 78 " ZEROS " 00 " ZEROS " 00000100 00000001 00000000 "         \
  "00000001     eth1\n"                                                                            \
  "fe800000000000000000000000000000 40 " ZEROS " 00 " ZEROS " 00000100 00000001 00000000 "         \
  "00000001     eth1\n"

static void
test_routes (void)
{
  g_autoptr (GPtrArray) routes = bv_host_routes_new_from_text (IPV4_ROUTES, IPV6_ROUTES);
  BvIpRange usual = parse_range ("10.0.2.0/24");
  BvIpRange own = parse_range ("10.1.2.0/24");
  BvIpRange link = parse_range ("fe80::/64");
  BvIpRange wide = parse_range ("fd10::/32");

  g_assert_cmpuint (routes->len, ==, 3);
  g_assert_cmpstr (bv_host_routes_find (routes, &usual, NULL)->device, ==, "eth0");
  g_assert_cmpstr (bv_host_routes_find (routes, &own, NULL)->device, ==, "barevirt0");
  g_assert_null (bv_host_routes_find (routes, &own, "barevirt0"));
  g_assert_null (bv_host_routes_find (routes, &link, NULL));
  g_assert_cmpstr (bv_host_routes_find (routes, &wide, NULL)->device, ==, "eth1");
}

static void
test_publications (void)
{
  static const char *const wrong[] = { "80:",      ":80",        "0:80",      "80:65536", "80/icmp",
                                       "80:80:80", "80/tcp/udp", "80,80/tcp", "a:b" };
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) list = bv_publications_parse ("8080:80/tcp, 53/UDP,8443:443", &error);
  const BvPublication *items;

  g_assert_no_error (error);
  g_assert_cmpuint (list->len, ==, 3);
  items = (const BvPublication *)(gpointer)list->data;
  g_assert_cmpuint (items[0].host_port, ==, 8080);
  g_assert_cmpuint (items[0].guest_port, ==, 80);
  g_assert_cmpstr (items[0].protocol, ==, "tcp");
  g_assert_cmpuint (items[1].guest_port, ==, 53);
  g_assert_cmpstr (items[1].protocol, ==, "udp");
  g_assert_cmpstr (items[2].protocol, ==, "tcp");
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) refused = NULL;

      g_assert_null (bv_publications_parse (wrong[i], &refused));
      g_assert_error (refused, BV_ERROR, BV_ERROR_UNSCHEDULABLE);
    }
}

#define N_PUBLISHED 8192

/* More than a host would publish: all are told apart in one pass. */
static void
test_all_publications (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) list = NULL;

  for (guint port = 1; port <= N_PUBLISHED; port++)
    g_string_append_printf (text, "%s%u,%u/udp", port > 1 ? "," : "", port, port);
  list = bv_publications_parse (text->str, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (list->len, ==, 2 * N_PUBLISHED);
  g_string_append (text, ",9:1/udp");
  g_assert_null (bv_publications_parse (text->str, &error));
  g_assert_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE);
  g_assert_nonnull (strstr (error->message, "9/udp twice; name it once"));
}

/* What says no protocol means tcp, whether it is left out or empty; a range must say one, which is
 * told when the manifest is read. */
static void
test_allowed_ports (void)
{
  static const char *const protocols[] = { NULL, "", "TCP" };

  for (gsize i = 0; i < G_N_ELEMENTS (protocols); i++)
    {
      BvApiPort port = { .protocol = protocols[i], .port = 80 };
      BvApiPortRange range = { .protocol = protocols[i], .start = 90, .end = 99 };
      BvApiPort *ports[] = { &port };
      BvApiPortRange *ranges[] = { &range };
      const BvApiInterface interface = {
        .ports = ports, .n_ports = 1, .port_ranges = ranges, .n_port_ranges = 1
      };

      g_assert_true (bv_interface_allows_port (&interface, "tcp", 80));
      g_assert_false (bv_interface_allows_port (&interface, "udp", 80));
      g_assert_true (bv_interface_allows_port (&interface, "tcp", 95));
      g_assert_false (bv_interface_allows_port (&interface, "udp", 95));
    }
}

static void
test_listeners (void)
{
  static const char tcp[] =
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout\n"
      "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000   0 1\n"
      "   1: 0100007F:0050 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0   0 2\n";
  static const char udp[] =
      "  1: 00000000000000000000000000000000:0035 00000000000000000000000000000000:0000 07 "
      "00000000:00000000 00:00000000 00000000   101        0 3\n";
  guint uid;

  g_assert_true (bv_listeners_find_in (tcp, "tcp", 8080, &uid));
  g_assert_cmpuint (uid, ==, 1000);
  g_assert_false (bv_listeners_find_in (tcp, "tcp", 80, &uid));
  g_assert_true (bv_listeners_find_in (udp, "udp", 53, &uid));
  g_assert_cmpuint (uid, ==, 101);
  g_assert_false (bv_listeners_find_in (udp, "tcp", 53, &uid));
}

static BvRulesetGuest *
new_guest (const char *tap, const char *mac, const char *ipv4, const char *ipv6)
{
  BvRulesetGuest *guest = g_new0 (BvRulesetGuest, 1);

  guest->tap = g_strdup (tap);
  guest->mac = g_strdup (mac);
  guest->ipv4 = g_strdup (ipv4);
  guest->ipv6 = g_strdup (ipv6);
  return guest;
}

/* A guest with ports, one that publishes, and one of which only the MAC address is guarded. */
static GPtrArray *
new_guests (void)
{
  GPtrArray *guests = g_ptr_array_new_with_free_func ((GDestroyNotify)bv_ruleset_guest_free);
  const BvRulesetPorts ports[] = { { "tcp", 80, 80 }, { "udp", 1000, 2000 } };
  BvRulesetGuest *guest = new_guest ("bvt1", "02:00:00:00:00:01", "10.0.2.2", "fd10:0:2::2");

  guest->ports = g_array_new (FALSE, FALSE, sizeof *ports);
  g_array_append_vals (guest->ports, ports, G_N_ELEMENTS (ports));
  g_ptr_array_add (guests, guest);
  guest = new_guest ("bvt2", "02:00:00:00:00:02", "10.0.2.3", NULL);
  guest->publications = bv_publications_parse ("8080:80", NULL);
  g_ptr_array_add (guests, guest);
  g_ptr_array_add (guests, new_guest ("bvt3", "02:00:00:00:00:03", NULL, NULL));
  return guests;
}

static void
test_ruleset (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "network", "ruleset.json", NULL);
  g_autofree char *golden = NULL;
  g_autofree char *made = NULL;
  g_autoptr (GPtrArray) networks = g_ptr_array_new ();
  g_autoptr (GPtrArray) guests = new_guests ();
  BvRulesetNetwork network = { (char *)"barevirt0", parse_range ("10.0.2.0/24"),
                               parse_range ("fd10:0:2::/120") };
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (networks, &network);
  g_file_get_contents (path, &golden, NULL, &error);
  g_assert_no_error (error);
  made = bv_ruleset_to_json (networks, guests);
  g_assert_cmpstr (made, ==, golden);
}

static void
test_no_guests (void)
{
  g_autoptr (GPtrArray) none = g_ptr_array_new ();
  g_autofree char *made = bv_ruleset_to_json (none, none);

  g_assert_nonnull (strstr (made, "{\"delete\":{\"table\":{\"family\":\"bridge\""));
  g_assert_null (strstr (made, "chain"));
}

typedef struct
{
  char *path;
  BvAddressBook *book;
  GHashTable *taken;
  BvIpRange range;
} BookFixture;

static void
set_up_book (BookFixture *fixture, gconstpointer data)
{
  g_autofree char *folder = g_dir_make_tmp ("bv-network-XXXXXX", NULL);

  fixture->path = g_build_filename (folder, "addresses", NULL);
  fixture->book = bv_address_book_new (fixture->path);
  fixture->taken = g_hash_table_new (g_str_hash, g_str_equal);
  fixture->range = parse_range ("10.0.2.0/29");
}

static void
tear_down_book (BookFixture *fixture, gconstpointer data)
{
  g_autofree char *folder = g_path_get_dirname (fixture->path);

  bv_address_book_free (fixture->book);
  g_hash_table_unref (fixture->taken);
  g_unlink (fixture->path);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
  g_free (fixture->path);
}

static char *
reserve (BookFixture *fixture, const char *mac)
{
  g_autoptr (GError) error = NULL;
  char *address =
      bv_address_book_reserve (fixture->book, "net", mac, &fixture->range, fixture->taken, &error);

  g_assert_no_error (error);
  return address;
}

static void
test_book_keeps (BookFixture *fixture, gconstpointer data)
{
  g_autofree char *first = reserve (fixture, "a");
  g_autofree char *second = reserve (fixture, "b");
  g_autofree char *again = NULL;
  g_autofree char *elsewhere = NULL;

  g_assert_cmpstr (first, !=, second);
  g_assert_true (bv_address_book_save (fixture->book, NULL));
  bv_address_book_free (fixture->book);
  fixture->book = bv_address_book_new (fixture->path);
  again = reserve (fixture, "b");
  g_assert_cmpstr (again, ==, second);
  fixture->range = parse_range ("10.9.9.0/29");
  elsewhere = reserve (fixture, "b");
  g_assert_true (bv_ip_range_contains (&fixture->range, elsewhere));
}

/* Five guests have room; one more gets the address of one that does not run, or none. */
static void
test_book_when_full (BookFixture *fixture, gconstpointer data)
{
  static const char *const macs[] = { "a", "b", "c", "d", "e" };
  g_autofree char *idle = NULL; /* of the one that does not run */
  g_autofree char *late = NULL;
  g_autofree char *none = NULL;
  g_autofree char *gone = NULL;
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (macs); i++)
    {
      g_autofree char *address = reserve (fixture, macs[i]);

      if (i == 2)
        idle = g_steal_pointer (&address);
      else
        g_hash_table_add (fixture->taken, (gpointer)macs[i]);
    }
  late = reserve (fixture, "f");
  g_assert_cmpstr (late, ==, idle);
  gone = bv_address_book_find (fixture->book, "net", "c", G_SOCKET_FAMILY_IPV4);
  g_assert_null (gone);
  g_hash_table_add (fixture->taken, (gpointer) "f");
  none =
      bv_address_book_reserve (fixture->book, "net", "g", &fixture->range, fixture->taken, &error);
  g_assert_null (none);
  g_assert_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE);
}

static gboolean
take (BookFixture *fixture, const char *mac, const char *address, GError **error)
{
  return bv_address_book_take (fixture->book, "net", mac, &fixture->range, fixture->taken, address,
                               error);
}

/* A guest that comes has its address already; it gets it, unless another runs with it. */
static void
test_book_takes (BookFixture *fixture, gconstpointer data)
{
  g_autofree char *there = reserve (fixture, "there");
  g_autofree char *other = NULL;
  g_autofree char *now = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (take (fixture, "comes", there, NULL));
  now = reserve (fixture, "comes");
  g_assert_cmpstr (now, ==, there);
  other = reserve (fixture, "there");
  g_assert_cmpstr (other, !=, there);
  g_hash_table_add (fixture->taken, (gpointer) "there");
  g_assert_false (take (fixture, "comes", other, &error));
  g_assert_error (error, BV_ERROR, BV_ERROR_CONFLICT);
  g_assert_nonnull (strstr (error->message, other));
  g_clear_error (&error);
  g_assert_false (take (fixture, "comes", "10.7.7.7", &error));
  g_assert_error (error, BV_ERROR, BV_ERROR_CONFLICT);
}

/* Virtual functions, in what sysfs looks like. */

#define CARD "0000:03:00.0"
#define FIRST "0000:03:10.0"
#define SECOND "0000:03:10.2"

static const char *const folders[] = { CARD, CARD "/net", CARD "/net/eth7", FIRST, SECOND };
static const char *const links[][2] = {
  { CARD "/virtfn0", "../" FIRST },
  { CARD "/virtfn1", "../" SECOND },
  { FIRST "/physfn", "../" CARD },
  { SECOND "/physfn", "../" CARD },
};

static char *
make_devices (void)
{
  char *devices = g_dir_make_tmp ("bv-pci-XXXXXX", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *path = g_build_filename (devices, folders[i], NULL);

      g_assert_cmpint (g_mkdir (path, 0755), ==, 0);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (links); i++)
    {
      g_autofree char *path = g_build_filename (devices, links[i][0], NULL);

      g_assert_cmpint (symlink (links[i][1], path), ==, 0);
    }
  return devices;
}

static void
remove_devices (const char *devices)
{
  for (gsize i = 0; i < G_N_ELEMENTS (links); i++)
    {
      g_autofree char *path = g_build_filename (devices, links[i][0], NULL);

      g_unlink (path);
    }
  for (gsize i = G_N_ELEMENTS (folders); i > 0; i--)
    {
      g_autofree char *path = g_build_filename (devices, folders[i - 1], NULL);

      g_rmdir (path);
    }
  g_assert_cmpint (g_rmdir (devices), ==, 0);
}

static void
test_virtual_function (void)
{
  g_autofree char *devices = make_devices ();
  g_auto (BvVirtualFunction) function = { 0 };
  g_auto (BvVirtualFunction) none = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_true (bv_virtual_function_find (&function, devices, SECOND, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (function.card, ==, "eth7");
  g_assert_cmpuint (function.index, ==, 1);
  g_assert_false (bv_virtual_function_find (&none, devices, CARD, &error));
  g_assert_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE);
  remove_devices (devices);
}

/* The loopback has none: the kernel reads the request, and says so, or that one may not ask. */
static void
test_virtual_function_is_set (void)
{
  const BvVirtualFunction function = { (char *)"lo", 0 };
  const BvVirtualFunction gone = { (char *)"gone0", 0 };
  g_autofree char *unsupported = g_strconcat (": ", g_strerror (EOPNOTSUPP), ".", NULL);
  g_autofree char *forbidden = g_strconcat (": ", g_strerror (EPERM), ".", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (bv_virtual_function_set (&function, "02:00:00:00:00:01", 5, &error));
  g_assert_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE);
  g_assert_true (g_str_has_suffix (error->message, unsupported) ||
                 g_str_has_suffix (error->message, forbidden));
  g_clear_error (&error);
  g_assert_false (bv_virtual_function_set (&gone, NULL, 5, &error));
  g_assert_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/network/ranges", test_ranges);
  g_test_add_func ("/network/routes", test_routes);
  g_test_add_func ("/network/publications", test_publications);
  g_test_add_func ("/network/publications/all", test_all_publications);
  g_test_add_func ("/network/publications/allowed", test_allowed_ports);
  g_test_add_func ("/network/listeners", test_listeners);
  g_test_add_func ("/network/ruleset", test_ruleset);
  g_test_add_func ("/network/virtual-function", test_virtual_function);
  g_test_add_func ("/network/virtual-function/set", test_virtual_function_is_set);
  g_test_add_func ("/network/ruleset/no-guests", test_no_guests);
  g_test_add ("/network/book/keeps", BookFixture, NULL, set_up_book, test_book_keeps,
              tear_down_book);
  g_test_add ("/network/book/takes", BookFixture, NULL, set_up_book, test_book_takes,
              tear_down_book);
  g_test_add ("/network/book/full", BookFixture, NULL, set_up_book, test_book_when_full,
              tear_down_book);
  return g_test_run ();
}
