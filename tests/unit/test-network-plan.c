/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <string.h>

#include "host/network/bv-cni-config.h"
#include "host/network/bv-firewall-monitor.h"
#include "host/network/bv-network-names.h"
#include "host/network/bv-network-plan.h"
#include "host/network/bv-network-preparer.h"
#include "host/network/bv-networks.h"
#include "model/bv-error.h"
#include "model/bv-manifest.h"
#include "model/bv-vmi-private.h"

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
  g_assert_true (bv_ip_range_parse ("10.7.0.0/24", &plan->ipv4));
  g_assert_true (bv_ip_range_parse ("fd10:7::/120", &plan->ipv6));
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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/network-plan/names", test_names);
  g_test_add_func ("/network-plan/plan", test_plan);
  g_test_add_func ("/network-plan/plan/wrong-options", test_wrong_options);
  g_test_add_func ("/network-plan/definitions", test_definitions);
  g_test_add_func ("/network-plan/definitions/wrong", test_wrong_definitions);
  g_test_add_func ("/network-plan/monitor", test_monitor);
  g_test_add_func ("/network-plan/modes", test_modes);
  for (gsize i = 0; i < G_N_ELEMENTS (prepare_rows); i++)
    {
      g_autofree char *path = g_strdup_printf ("/network-plan/prepare/%" G_GSIZE_FORMAT, i);

      g_test_add_data_func (path, &prepare_rows[i], test_prepare);
    }
  g_test_add_func ("/network-plan/prepare/session-publishes-nothing",
                   test_session_publishes_nothing);
  return g_test_run ();
}
