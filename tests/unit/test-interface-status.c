/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "model/bv-manifest.h"
#include "model/bv-vmi-private.h"
#include "runtime/domain/bv-domain-addresses.h"
#include "runtime/vmi/bv-interface-status.h"

#define MANIFEST                                                                                   \
  "{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstance, metadata: {name: web}, spec: "       \
  "{domain: {devices: {interfaces: [{name: back, bridge: {}}, {name: pod, masquerade: {}}, "       \
  "{name: vf, sriov: {}}]}}, networks: [{name: back, multus: {networkName: one}}, "                \
  "{name: pod, pod: {}}, {name: vf, multus: {networkName: two}}]}}"

#define DOMAIN                                                                                     \
  "<domain><devices>"                                                                              \
  "<interface type='bridge'><mac address='02:00:00:00:00:01'/><target dev='tap1'/>"                \
  "<link state='down'/><alias name='ua-back'/></interface>"                                        \
  "<interface type='network'><mac address='02:00:00:00:00:02'/><target dev='tap2'/>"               \
  "<driver name='vhost' queues='4'/><alias name='ua-pod'/></interface>"                            \
  "<interface type='user'><mac address='02:00:00:00:00:03'/><alias name='net2'/></interface>"      \
  "<hostdev mode='subsystem' type='pci'><alias name='ua-sriov-vf'/></hostdev>"                     \
  "</devices></domain>"

typedef struct
{
  BvVmi *vmi;
  BvDomainInfo *domain;
  GHashTable *known;
  BvGuestInfo *info;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (MANIFEST, strlen (MANIFEST));
  g_autoptr (BvManifest) manifest = bv_manifest_new_from_bytes (bytes, NULL, BV_MANIFEST_NONE);
  const char *const pod[] = { "10.0.2.2", "fd10:0:2::2", NULL };

  g_assert_true (bv_manifest_is_valid (manifest));
  fixture->vmi = g_list_model_get_item (bv_manifest_get_objects (manifest), 0);
  fixture->domain = bv_domain_info_new ("web", "");
  g_assert_true (bv_domain_info_read_xml (fixture->domain, DOMAIN, NULL));
  fixture->known = bv_domain_addresses_new ();
  g_hash_table_insert (fixture->known, g_strdup ("02:00:00:00:00:02"), g_strdupv ((char **)pod));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_object_unref (fixture->vmi);
  bv_domain_info_free (fixture->domain);
  g_hash_table_unref (fixture->known);
  g_clear_pointer (&fixture->info, bv_guest_info_unref);
}

/* What an agent tells: "if.0.name" and so on. */
static void
tell (Fixture *fixture, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) facts = g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, &error);

  g_assert_no_error (error);
  g_clear_pointer (&fixture->info, bv_guest_info_unref);
  fixture->info = bv_guest_info_new_from_facts (facts, BV_GUEST_INTERFACES);
}

static GPtrArray *
merge (Fixture *fixture)
{
  return bv_interface_statuses_new (bv_vmi_get_record (fixture->vmi)->spec, fixture->domain,
                                    fixture->known, fixture->info);
}

static void
check_addresses (const BvInterfaceStatus *status, const char *expected)
{
  g_autofree char *joined = g_strjoinv (" ", status->addresses);

  g_assert_cmpstr (joined, ==, expected);
}

static void
test_domain_alone (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) statuses = merge (fixture);
  const BvInterfaceStatus *first;
  const BvInterfaceStatus *back = bv_interface_statuses_find (statuses, "back");

  g_assert_cmpuint (statuses->len, ==, 3);
  first = g_ptr_array_index (statuses, 0);
  g_assert_cmpstr (first->name, ==, "pod");
  g_assert_cmpstr (first->info_source, ==, "domain");
  g_assert_cmpstr (first->link_state, ==, "up");
  g_assert_cmpstr (first->pod_interface_name, ==, "tap2");
  g_assert_cmpuint (first->queue_count, ==, 4);
  check_addresses (first, "10.0.2.2 fd10:0:2::2");
  g_assert_cmpstr (back->info_source, ==, "domain, multus-status");
  g_assert_cmpstr (back->link_state, ==, "down");
  g_assert_cmpuint (back->queue_count, ==, 1);
  check_addresses (back, "");
  g_assert_nonnull (bv_interface_statuses_find (statuses, "vf"));
}

#define AGENT                                                                                      \
  "{'if.count': <uint32 4>, "                                                                      \
  "'if.0.name': <'lo'>, 'if.0.addr.count': <uint32 1>, 'if.0.addr.0.type': <'ipv4'>, "             \
  "'if.0.addr.0.addr': <'127.0.0.1'>, "                                                            \
  "'if.1.name': <'eth0'>, 'if.1.hwaddr': <'02:00:00:00:00:02'>, 'if.1.addr.count': <uint32 2>, "   \
  "'if.1.addr.0.type': <'ipv4'>, 'if.1.addr.0.addr': <'172.16.0.1'>, "                             \
  "'if.1.addr.1.type': <'ipv6'>, 'if.1.addr.1.addr': <'fe80::1'>, "                                \
  "'if.2.name': <'eth1'>, 'if.2.hwaddr': <'02:00:00:00:00:01'>, 'if.2.addr.count': <uint32 2>, "   \
  "'if.2.addr.0.type': <'ipv6'>, 'if.2.addr.0.addr': <'fe80::2'>, "                                \
  "'if.2.addr.1.type': <'ipv4'>, 'if.2.addr.1.addr': <'10.55.0.1'>, "                              \
  "'if.3.name': <'docker0'>, 'if.3.hwaddr': <'06:00:00:00:00:09'>, 'if.3.addr.count': <uint32 0>}"

/* The pod's address is not the guest's to replace; a family that it does not have is cleared, and a
 * link-local address is of no use behind masquerade. */
static void
test_agent_merges (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) statuses = NULL;
  g_auto (GStrv) all = NULL;
  g_autofree char *joined = NULL;
  const BvInterfaceStatus *pod, *back, *last;

  tell (fixture, AGENT);
  statuses = merge (fixture);
  pod = bv_interface_statuses_find (statuses, "pod");
  back = bv_interface_statuses_find (statuses, "back");
  g_assert_cmpuint (statuses->len, ==, 4);
  g_assert_cmpstr (pod->interface_name, ==, "eth0");
  g_assert_cmpstr (pod->info_source, ==, "domain, guest-agent");
  check_addresses (pod, "10.0.2.2");
  g_assert_cmpstr (back->info_source, ==, "domain, guest-agent, multus-status");
  check_addresses (back, "10.55.0.1 fe80::2");
  last = g_ptr_array_index (statuses, 3);
  g_assert_null (last->name);
  g_assert_cmpstr (last->interface_name, ==, "docker0");
  g_assert_cmpstr (last->info_source, ==, "guest-agent");
  all = bv_interface_statuses_list_addresses (statuses);
  joined = g_strjoinv (" ", all);
  g_assert_cmpstr (joined, ==, "10.0.2.2 10.55.0.1");
}

static void
test_ten_of_the_guest (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) text = g_string_new ("{'if.count': <uint32 30>");
  g_autoptr (GPtrArray) statuses = NULL;

  for (guint i = 0; i < 30; i++)
    g_string_append_printf (
        text, ", 'if.%u.name': <'eth%u'>, 'if.%u.hwaddr': <'06:00:00:00:01:%02x'>", i, i, i, i);
  g_string_append (text, "}");
  tell (fixture, text->str);
  statuses = merge (fixture);
  g_assert_cmpuint (statuses->len, ==, 3 + 10);
}

static void
test_variant (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) statuses = merge (fixture);
  g_autoptr (GVariant) variant = g_variant_ref_sink (bv_interface_statuses_to_variant (statuses));
  g_autoptr (GVariant) first = g_variant_get_child_value (variant, 0);
  g_autofree char *text = g_variant_print (first, FALSE);

  g_assert_cmpstr (text, ==,
                   "{'infoSource': <'domain'>, 'ipAddress': <'10.0.2.2'>, 'ipAddresses': "
                   "<['10.0.2.2', 'fd10:0:2::2']>, 'linkState': <'up'>, 'mac': "
                   "<'02:00:00:00:00:02'>, 'name': <'pod'>, 'podInterfaceName': <'tap2'>, "
                   "'queueCount': <int64 4>}");
}

/* Its addresses are in its order, and the IPv4 one is that by which it is known. */
static void
test_main_address_of_the_guest (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) statuses = NULL;
  g_autoptr (GVariant) variant = NULL;
  g_autoptr (GVariant) last = NULL;
  g_autofree char *text = NULL;

  tell (fixture, "{'if.count': <uint32 1>, 'if.0.name': <'tun0'>, "
                 "'if.0.hwaddr': <'06:00:00:00:00:09'>, 'if.0.addr.count': <uint32 2>, "
                 "'if.0.addr.0.type': <'ipv6'>, 'if.0.addr.0.addr': <'fd00::7'>, "
                 "'if.0.addr.1.type': <'ipv4'>, 'if.0.addr.1.addr': <'10.8.0.7'>}");
  statuses = merge (fixture);
  variant = g_variant_ref_sink (bv_interface_statuses_to_variant (statuses));
  last = g_variant_get_child_value (variant, 3);
  text = g_variant_print (last, FALSE);
  g_assert_cmpstr (text, ==,
                   "{'infoSource': <'guest-agent'>, 'interfaceName': <'tun0'>, 'ipAddress': "
                   "<'10.8.0.7'>, 'ipAddresses': <['fd00::7', '10.8.0.7']>, 'mac': "
                   "<'06:00:00:00:00:09'>}");
}

static void
test_no_domain (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) statuses =
      bv_interface_statuses_new (bv_vmi_get_record (fixture->vmi)->spec, NULL, NULL, NULL);

  g_assert_cmpuint (statuses->len, ==, 0);
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/interface-status/domain-alone", test_domain_alone);
  ADD ("/interface-status/agent-merges", test_agent_merges);
  ADD ("/interface-status/ten-of-the-guest", test_ten_of_the_guest);
  ADD ("/interface-status/variant", test_variant);
  ADD ("/interface-status/main-address-of-the-guest", test_main_address_of_the_guest);
  ADD ("/interface-status/no-domain", test_no_domain);
  return g_test_run ();
}
