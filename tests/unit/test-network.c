/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <string.h>
#include <unistd.h>

#include "host/network/bv-address-book.h"
#include "host/network/bv-cni-config.h"
#include "host/network/bv-firewall-monitor.h"
#include "host/network/bv-host-routes.h"
#include "host/network/bv-listeners.h"
#include "host/network/bv-network-names.h"
#include "host/network/bv-network-plan.h"
#include "host/network/bv-network-preparer.h"
#include "host/network/bv-networks.h"
#include "network/bv-publication.h"
#include "host/network/bv-ruleset.h"
#include "host/network/bv-virtual-function.h"
#include "model/bv-error.h"
#include "model/bv-manifest.h"
#include "model/bv-vmi-private.h"

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

  g_assert_cmpstr (first, ==, "10.0.2.2");
  g_assert_cmpstr (second, ==, "10.0.2.3");
  g_assert_true (bv_address_book_save (fixture->book, NULL));
  bv_address_book_free (fixture->book);
  fixture->book = bv_address_book_new (fixture->path);
  again = reserve (fixture, "b");
  g_assert_cmpstr (again, ==, "10.0.2.3");
  fixture->range = parse_range ("10.9.9.0/29");
  elsewhere = reserve (fixture, "b");
  g_assert_cmpstr (elsewhere, ==, "10.9.9.2");
}

/* Five guests have room; one more gets the address of one that does not run, or none. */
static void
test_book_when_full (BookFixture *fixture, gconstpointer data)
{
  static const char *const macs[] = { "a", "b", "c", "d", "e" };
  g_autofree char *late = NULL;
  g_autofree char *none = NULL;
  g_autofree char *gone = NULL;
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (macs); i++)
    {
      g_autofree char *address = reserve (fixture, macs[i]);

      if (i != 2)
        g_hash_table_add (fixture->taken, (gpointer)macs[i]);
    }
  late = reserve (fixture, "f");
  g_assert_cmpstr (late, ==, "10.0.2.4");
  gone = bv_address_book_find (fixture->book, "net", "c", G_SOCKET_FAMILY_IPV4);
  g_assert_null (gone);
  g_hash_table_add (fixture->taken, (gpointer) "f");
  none =
      bv_address_book_reserve (fixture->book, "net", "g", &fixture->range, fixture->taken, &error);
  g_assert_null (none);
  g_assert_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE);
}

static BvObject *
read_object (const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (BvManifest) manifest = bv_manifest_new_from_bytes (bytes, NULL, BV_MANIFEST_NONE);

  g_assert_true (bv_manifest_is_valid (manifest));
  return g_list_model_get_item (bv_manifest_get_objects (manifest), 0);
}

static BvVmi *
read_vmi (const char *name)
{
  g_autofree char *text = g_strdup_printf (
      "{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstance, metadata: {name: %s}, spec: "
      "{domain: {firmware: {uuid: 5d307ca9-b3ef-428c-8861-06e72d69f223}, devices: {interfaces: "
      "[{name: a, masquerade: {}}, {name: b, masquerade: {}, macAddress: DE-AD-00-00-BE-EF}]}}}}",
      name);

  return BV_VMI (read_object (text));
}

static void
test_names (void)
{
  g_autoptr (BvVmi) web = read_vmi ("web");
  g_autoptr (BvVmi) other = read_vmi ("other");
  BvApiInterface **interfaces = bv_vmi_get_record (web)->spec->domain->devices->interfaces;
  g_autofree char *mac = bv_network_names_make_mac (web, interfaces[0]);
  g_autofree char *again = bv_network_names_make_mac (web, interfaces[0]);
  g_autofree char *given = bv_network_names_make_mac (web, interfaces[1]);
  g_autofree char *others = bv_network_names_make_mac (other, interfaces[0]);
  g_autofree char *tap = bv_network_names_make_tap (web, interfaces[0]);

  g_assert_true (g_str_has_prefix (mac, "02:"));
  g_assert_cmpstr (mac, ==, again);
  g_assert_cmpstr (mac, !=, others);
  g_assert_cmpstr (given, ==, "de:ad:00:00:be:ef");
  g_assert_cmpuint (strlen (tap), <=, 15);
}

static const BvApiDHCPOptions *
get_options (BvVmi *vmi)
{
  return bv_vmi_get_record (vmi)->spec->domain->devices->interfaces[0]->dhcp_options;
}

static BvVmi *
read_options (const char *options)
{
  g_autofree char *text = g_strdup_printf (
      "{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstance, metadata: {name: web}, spec: "
      "{domain: {devices: {interfaces: [{name: a, masquerade: {}, dhcpOptions: %s}]}}}}",
      options);

  return BV_VMI (read_object (text));
}

static void
test_plan (void)
{
  g_autoptr (BvNetworkPlan) plan = g_new0 (BvNetworkPlan, 1);
  g_autoptr (BvVmi) vmi = read_options (
      "{bootFileName: pxe.0, ntpServers: [10.0.0.1, 10.0.0.2], privateOptions: [{option: 240, "
      "value: \"a,b\\n'\"}, {option: 241, value: \"7\"}]}");
  g_autoptr (GArray) leases = g_array_new (FALSE, FALSE, sizeof (BvNetworkLease));
  const BvNetworkLease lease = { "02:00:00:00:00:01", "10.7.0.2" };
  g_autoptr (GError) error = NULL;
  g_autofree char *xml = NULL;
  BvIpRange ipv4, ipv6;

  plan->name = g_strdup ("net");
  plan->bridge = g_strdup ("bvb1");
  plan->hosts_file = g_strdup ("/run/hosts");
  plan->addressed = TRUE;
  plan->ipv4 = parse_range ("10.7.0.0/24");
  plan->ipv6 = parse_range ("fd10:7::/120");
  g_array_append_val (leases, lease);
  g_assert_true (bv_network_plan_add_dhcp_options (plan, get_options (vmi), &error));
  xml = bv_network_plan_to_xml (plan, leases);
  g_assert_nonnull (strstr (xml, "<host mac='02:00:00:00:00:01' ip='10.7.0.2'/>"));
  g_assert_nonnull (strstr (xml, "<ip family='ipv6' address='fd10:7::1' prefix='120'>"));
  g_assert_nonnull (strstr (xml, "value='dhcp-option=67,&quot;pxe.0&quot;'"));
  g_assert_nonnull (strstr (xml, "value='dhcp-option=42,10.0.0.1,10.0.0.2'"));
  g_assert_nonnull (strstr (xml, "value='dhcp-option=240,61:2c:62:0a:27'"));
  g_assert_nonnull (strstr (xml, "value='dhcp-option=241,55'"));
  g_assert_true (bv_network_plan_read_ranges (xml, &ipv4, &ipv6));
  g_assert_true (bv_ip_range_overlaps (&ipv4, &plan->ipv4));
  g_assert_true (bv_ip_range_overlaps (&ipv6, &plan->ipv6));
}

/* Nothing that dnsmasq would take for a directive, or for more than one value. */
static void
test_wrong_options (void)
{
  static const char *const wrong[] = {
    "{bootFileName: \"a\\ndhcp-script=/bin/sh\"}",
    "{tftpServerName: 'a,b'}",
    "{bootFileName: 'a\"b'}",
    "{ntpServers: ['10.0.0.1,evil']}",
    "{ntpServers: ['fd10::1']}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (BvNetworkPlan) plan = g_new0 (BvNetworkPlan, 1);
      g_autoptr (BvVmi) vmi = read_options (wrong[i]);
      g_autoptr (GError) error = NULL;

      g_assert_false (bv_network_plan_add_dhcp_options (plan, get_options (vmi), &error));
      g_assert_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE);
    }
}

static BvCniConfig *
read_config (const char *config, const char *annotations, GError **error)
{
  g_autofree char *text =
      g_strdup_printf ("apiVersion: k8s.cni.cncf.io/v1\nkind: NetworkAttachmentDefinition\n"
                       "metadata: {name: net, annotations: {%s}}\nspec:\n  config: '%s'\n",
                       annotations, config);
  g_autoptr (BvObject) object = read_object (text);

  return bv_cni_config_new (bv_object_get_record (object), error);
}

static void
test_definitions (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BvCniConfig) bridge = read_config (
      "{\"type\": \"bridge\", \"bridge\": \"br1\", \"vlan\": 7, \"mtu\": 9000, \"macspoofchk\": "
      "true, \"ipam\": {\"type\": \"whereabouts\"}}",
      "", &error);
  g_autoptr (BvCniConfig) list = read_config (
      "{\"plugins\": [{\"type\": \"macvtap\", \"master\": \"eth0\"}, {\"type\": \"tuning\"}]}",
      "k8s.v1.cni.cncf.io/resourceName: x/eth1", &error);

  g_assert_no_error (error);
  g_assert_cmpstr (bridge->type, ==, "bridge");
  g_assert_cmpstr (bridge->bridge, ==, "br1");
  g_assert_cmpuint (bridge->vlan, ==, 7);
  g_assert_cmpuint (bridge->mtu, ==, 9000);
  g_assert_true (bridge->guards_mac);
  g_assert_cmpstr (list->type, ==, "macvtap");
  g_assert_cmpstr (list->master, ==, "eth0");
  g_assert_cmpstr (list->resource, ==, "x/eth1");
}

static void
test_wrong_definitions (void)
{
  static const char *const wrong[] = {
    "{}",
    "[]",
    "{\"plugins\": []}",
    "{\"type\": 3}",
    "{\"type\": \"bridge\", \"vlan\": 4095}",
    "{\"type\": \"bridge\", \"mtu\": \"big\"}",
    "{\"type\"",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (BvCniConfig) config = read_config (wrong[i], "", &error);

      g_assert_null (config);
      g_assert_nonnull (error);
    }
}

typedef struct
{
  struct nlmsghdr header;
  struct nfgenmsg family;
  struct nlattr attribute;
  char name[16];
} Message;

static Message
make_message (guint16 type, const char *table)
{
  Message message = { .header.nlmsg_len = sizeof message,
                      .header.nlmsg_type = (NFNL_SUBSYS_NFTABLES << 8) | type,
                      .attribute.nla_len = NLA_HDRLEN + strlen (table) + 1,
                      .attribute.nla_type = NFTA_TABLE_NAME };

  g_strlcpy (message.name, table, sizeof message.name);
  return message;
}

static void
test_monitor (void)
{
  const Message ours = make_message (NFT_MSG_DELTABLE, "barevirt");
  const Message others[] = { make_message (NFT_MSG_DELRULE, "barevirt2"),
                             make_message (NFT_MSG_NEWRULE, "bare") };
  Message both[] = { others[0], ours };
  Message broken = ours;

  g_assert_true (bv_firewall_monitor_concerns (&ours, sizeof ours));
  g_assert_false (bv_firewall_monitor_concerns (others, sizeof others));
  g_assert_true (bv_firewall_monitor_concerns (both, sizeof both));
  broken.attribute.nla_len = 4000;
  g_assert_false (bv_firewall_monitor_concerns (&broken, sizeof broken));
  g_assert_false (bv_firewall_monitor_concerns (&ours, sizeof ours.header - 1));
}

#define POD_VMI                                                                                    \
  "{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstance, metadata: {name: web, annotations: " \
  "{%s}}, spec: {domain: {devices: {interfaces: [{name: a, %s}]}}, networks: [{name: a, %s}]}}"

typedef struct
{
  BvNetworkMode mode;
  const char *annotations;
  const char *binding;
  const char *network;
  const char *attachment; /* NULL: nobody can prepare it */
  const char *plug;       /* a libvirt network, or NULL */
} PrepareRow;

static const PrepareRow prepare_rows[] = {
  { BV_NETWORK_MODE_SYSTEM, "", "masquerade: {}", "pod: {}", "network", "barevirt" },
  { BV_NETWORK_MODE_SYSTEM, "", "bridge: {}", "pod: {}", "network", "default" },
  { BV_NETWORK_MODE_SYSTEM, "", "passtBinding: {}", "pod: {}", "passt", NULL },
  { BV_NETWORK_MODE_SYSTEM, "", "sriov: {}", "resourceClaim: {}", NULL, NULL },
  { BV_NETWORK_MODE_SESSION, "", "masquerade: {}", "pod: {}", "passt", NULL },
  { BV_NETWORK_MODE_SESSION, "", "bridge: {}", "pod: {}", "passt", NULL },
  { BV_NETWORK_MODE_SESSION, "", "bridge: {}", "multus: {networkName: net}", NULL, NULL },
  { BV_NETWORK_MODE_OTHER, "", "masquerade: {}", "pod: {}", "network", "default" },
  { BV_NETWORK_MODE_OTHER, "", "bridge: {}", "multus: {networkName: net}", "network", "default" },
};

/* What can be told in a dry run: nothing is looked at and nothing made. */
static void
test_prepare (gconstpointer data)
{
  const PrepareRow *row = data;
  g_autofree char *text = g_strdup_printf (POD_VMI, row->annotations, row->binding, row->network);
  g_autoptr (BvVmi) vmi = BV_VMI (read_object (text));
  const BvApiVirtualMachineInstanceSpec *spec = bv_vmi_get_record (vmi)->spec;
  g_autoptr (BvConfig) config = bv_config_new ();
  g_autoptr (BvNetworks) networks = bv_networks_new (row->mode, "/nonexistent", "/nonexistent");
  const BvVolumeWork work = { .vmi = vmi, .config = config, .networks = networks, .dry_run = TRUE };
  const BvNetworkWork network_work = { &work, spec->networks[0],
                                       spec->domain->devices->interfaces[0] };
  const BvNetworkPreparer *preparer = bv_network_preparer_find (&network_work);
  g_auto (BvNetworkFacts) facts = { 0 };
  g_autoptr (GError) error = NULL;

  if (row->attachment == NULL)
    {
      g_assert_null (preparer);
      return;
    }
  g_assert_nonnull (preparer);
  g_assert_true (preparer->prepare (&network_work, &facts, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (facts.attachment, ==, row->attachment);
  g_assert_cmpstr (facts.network, ==, row->plug);
  g_assert_nonnull (facts.mac);
}

static void
test_session_publishes_nothing (void)
{
  g_autofree char *text =
      g_strdup_printf (POD_VMI, "barevirt.org/publish: '80'", "masquerade: {}", "pod: {}");
  g_autoptr (BvVmi) vmi = BV_VMI (read_object (text));
  const BvApiVirtualMachineInstanceSpec *spec = bv_vmi_get_record (vmi)->spec;
  g_autoptr (BvNetworks) networks =
      bv_networks_new (BV_NETWORK_MODE_SESSION, "/nonexistent", "/nonexistent");
  const BvVolumeWork work = { .vmi = vmi, .networks = networks };
  const BvNetworkWork network_work = { &work, spec->networks[0],
                                       spec->domain->devices->interfaces[0] };
  g_auto (BvNetworkFacts) facts = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_false (
      bv_network_preparer_find (&network_work)->prepare (&network_work, &facts, &error));
  g_assert_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE);
}

static void
test_modes (void)
{
  g_assert_cmpint (bv_network_mode_from_uri ("qemu:///system"), ==, BV_NETWORK_MODE_SYSTEM);
  g_assert_cmpint (bv_network_mode_from_uri ("qemu+unix:///session?socket=x"), ==,
                   BV_NETWORK_MODE_SESSION);
  g_assert_cmpint (bv_network_mode_from_uri ("test:///default"), ==, BV_NETWORK_MODE_OTHER);
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
  g_test_add ("/network/book/full", BookFixture, NULL, set_up_book, test_book_when_full,
              tear_down_book);
  g_test_add_func ("/network/names", test_names);
  g_test_add_func ("/network/plan", test_plan);
  g_test_add_func ("/network/plan/wrong-options", test_wrong_options);
  g_test_add_func ("/network/definitions", test_definitions);
  g_test_add_func ("/network/definitions/wrong", test_wrong_definitions);
  g_test_add_func ("/network/monitor", test_monitor);
  g_test_add_func ("/network/modes", test_modes);
  for (gsize i = 0; i < G_N_ELEMENTS (prepare_rows); i++)
    {
      g_autofree char *path = g_strdup_printf ("/network/prepare/%" G_GSIZE_FORMAT, i);

      g_test_add_data_func (path, &prepare_rows[i], test_prepare);
    }
  g_test_add_func ("/network/prepare/session-publishes-nothing", test_session_publishes_nothing);
  return g_test_run ();
}
