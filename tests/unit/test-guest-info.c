/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "agent/bv-agent-call.h"
#include "agent/bv-agent-exec.h"
#include "agent/bv-agent-reply.h"
#include "agent/bv-agent-support.h"
#include "agent/bv-guest-agent.h"
#include "agent/bv-guest-info-variant.h"
#include "model/bv-error.h"
#include "model/bv-manifest.h"
#include "model/bv-vmi-private.h"

#include <string.h>

#define ALL                                                                                        \
  (BV_GUEST_OS | BV_GUEST_HOSTNAME | BV_GUEST_TIMEZONE | BV_GUEST_INTERFACES | BV_GUEST_USERS |    \
   BV_GUEST_FILESYSTEMS)

static BvGuestInfo *
read_facts (const char *facts)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) variant =
      g_variant_parse (G_VARIANT_TYPE_VARDICT, facts, NULL, NULL, &error);

  g_assert_no_error (error);
  return bv_guest_info_new_from_facts (variant, ALL);
}

static const char facts[] =
    "{'os.id': <'debian'>, 'os.name': <'Debian GNU/Linux'>, 'os.pretty-name': <'Debian GNU/Linux "
    "12'>,"
    " 'os.version': <'12 (bookworm)'>, 'os.version-id': <'12'>, 'os.machine': <'x86_64'>,"
    " 'os.kernel-release': <'6.1.0'>, 'os.kernel-version': <'#1 SMP'>,"
    " 'hostname': <'guest'>, 'timezone.name': <'CET'>, 'timezone.offset': <int32 3600>,"
    " 'if.count': <uint32 2>, 'if.0.name': <'lo'>, 'if.0.addr.count': <uint32 1>, "
    "'if.0.addr.0.type': <'ipv4'>,"
    " 'if.0.addr.0.addr': <'127.0.0.1'>, 'if.0.addr.0.prefix': <uint32 8>,"
    " 'if.1.name': <'eth0'>, 'if.1.hwaddr': <'52:54:00:00:00:01'>, 'if.1.addr.count': <uint32 0>,"
    " 'user.count': <uint32 1>, 'user.0.name': <'root'>, 'user.0.login-time': <uint64 "
    "1795257302000>,"
    " 'fs.count': <uint32 1>, 'fs.0.name': <'vda2'>, 'fs.0.mountpoint': <'/data'>, 'fs.0.fstype': "
    "<'ext4'>,"
    " 'fs.0.used-bytes': <uint64 5>, 'fs.0.total-bytes': <uint64 18446744073709551615>,"
    " 'fs.0.disk.count': <uint32 1>, 'fs.0.disk.0.alias': <'vda'>, 'fs.0.disk.0.serial': <'S1'>}";

static void
test_facts (void)
{
  g_autoptr (BvGuestInfo) info = read_facts (facts);
  BvGuestInterface *interface;
  BvGuestAddress *address;
  BvGuestUser *user;
  BvGuestFilesystem *filesystem;
  BvGuestDisk *disk;

  g_assert_cmpstr (info->os.id, ==, "debian");
  g_assert_cmpstr (info->os.pretty_name, ==, "Debian GNU/Linux 12");
  g_assert_cmpstr (info->os.kernel_version, ==, "#1 SMP");
  g_assert_cmpstr (info->hostname, ==, "guest");
  g_assert_cmpstr (info->timezone, ==, "CET");
  g_assert_cmpint (info->timezone_offset, ==, 3600);

  g_assert_cmpuint (info->interfaces->len, ==, 2);
  interface = g_ptr_array_index (info->interfaces, 0);
  g_assert_null (interface->mac);
  address = g_ptr_array_index (interface->addresses, 0);
  g_assert_cmpstr (address->address, ==, "127.0.0.1");
  g_assert_cmpstr (address->type, ==, "ipv4");
  g_assert_cmpuint (address->prefix, ==, 8);
  interface = g_ptr_array_index (info->interfaces, 1);
  g_assert_cmpstr (interface->mac, ==, "52:54:00:00:00:01");
  g_assert_cmpuint (interface->addresses->len, ==, 0);

  user = g_ptr_array_index (info->users, 0);
  g_assert_cmpstr (user->name, ==, "root");
  g_assert_cmpint (user->login_time, ==, 1795257302);
  filesystem = g_ptr_array_index (info->filesystems, 0);
  g_assert_cmpstr (filesystem->mount_point, ==, "/data");
  g_assert_cmpuint (filesystem->used_bytes, ==, 5);
  g_assert_cmpuint (filesystem->total_bytes, ==, G_MAXINT64);
  disk = g_ptr_array_index (filesystem->disks, 0);
  g_assert_cmpstr (disk->target, ==, "vda");
  g_assert_cmpstr (disk->serial, ==, "S1");
}

/* A guest may say anything: nothing of it crashes, nothing is without a limit, nothing is obeyed by
 * a terminal. */
static void
test_hostile_facts (void)
{
  g_autoptr (BvGuestInfo) info = read_facts (
      "{'os.id': <5>, 'os.name': <''>, 'hostname': <'a\\u001b[2Jb\\n'>, 'timezone.offset': <int64 "
      "-9999999>,"
      " 'if.count': <uint32 4000000000>, 'if.0.name': <'eth0'>, 'if.0.addr.count': <int32 -1>,"
      " 'if.2.name': <'eth2'>, 'if.2.addr.count': <'many'>, 'user.count': <true>,"
      " 'fs.count': <uint64 3>, 'fs.1.mountpoint': <'/'>, 'fs.1.used-bytes': <int64 -1>}");
  g_autofree char *long_text = g_strnfill (100000, 'x');
  g_autofree char *cut = bv_guest_text (long_text);
  g_autofree char *broken = bv_guest_text ("a\xff\xc3");

  g_assert_null (info->os.id);
  g_assert_null (info->os.name);
  g_assert_cmpstr (info->hostname, ==, "a?[2Jb?");
  g_assert_cmpint (info->timezone_offset, ==, -86400);
  g_assert_cmpuint (info->interfaces->len, ==, 2);
  g_assert_cmpuint (info->users->len, ==, 0);
  g_assert_cmpuint (info->filesystems->len, ==, 1);
  g_assert_cmpuint (((BvGuestFilesystem *)g_ptr_array_index (info->filesystems, 0))->used_bytes, ==,
                    0);
  g_assert_cmpuint (strlen (cut), ==, 256);
  g_assert_true (g_utf8_validate (broken, -1, NULL));
}

static void
test_merge (void)
{
  g_autoptr (BvGuestInfo) empty = bv_guest_info_new ();
  g_autoptr (BvGuestInfo) first = read_facts (facts);
  g_autoptr (BvGuestInfo) again = read_facts (facts);
  g_autoptr (GVariant) news = g_variant_ref_sink (g_variant_new_parsed ("{'hostname': <'other'>}"));
  g_autoptr (BvGuestInfo) second = bv_guest_info_new_from_facts (news, BV_GUEST_HOSTNAME);
  g_autoptr (BvGuestInfo) merged = bv_guest_info_merge (first, second);
  g_autoptr (BvGuestInfo) same = bv_guest_info_merge (empty, first);

  g_assert_true (bv_guest_info_equal (first, again));
  g_assert_true (bv_guest_info_equal (first, same));
  g_assert_false (bv_guest_info_equal (first, empty));
  g_assert_false (bv_guest_info_equal (first, merged));
  g_assert_cmpstr (merged->hostname, ==, "other");
  g_assert_cmpstr (merged->os.id, ==, "debian");
  g_assert_cmpuint (merged->interfaces->len, ==, 2);
  g_assert_cmpint (merged->parts, ==, first->parts);
}

static void
test_version (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BvGuestInfo) info =
      bv_agent_read_version ("{\"return\": {\"version\": \"7.2\", \"supported_commands\": ["
                             "{\"name\": \"guest-ping\", \"enabled\": true},"
                             "{\"name\": \"guest-exec\", \"enabled\": false},"
                             "7, {\"name\": 5, \"enabled\": true}, {\"enabled\": true}]}}",
                             &error);

  g_assert_no_error (error);
  g_assert_cmpstr (info->agent_version, ==, "7.2");
  g_assert_cmpuint (g_strv_length (info->commands), ==, 1);
  g_assert_cmpstr (info->commands[0], ==, "guest-ping");
  g_assert_cmpint (info->parts, ==, BV_GUEST_VERSION);
}

static void
test_freeze (void)
{
  const char *const answers[] = { "{\"return\": \"frozen\"}", "{\"return\": \"thawed\"}",
                                  "{\"return\": {}}", "{\"return\": 7}" };

  for (gsize i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (BvGuestInfo) info = bv_agent_read_freeze (answers[i], &error);

      g_assert_no_error (error);
      g_assert_cmpint (info->is_frozen, ==, i == 0);
    }
}

static void
test_load (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BvGuestInfo) info = bv_agent_read_load (
      "{\"return\": {\"load1m\": 0.5, \"load5m\": 2, \"load15m\": \"x\"}}", &error);
  g_autoptr (BvGuestInfo) none = bv_guest_info_new ();
  g_autoptr (GVariant) load = NULL, empty = NULL;
  gsize n;
  const double *values;

  g_assert_no_error (error);
  load = g_variant_ref_sink (bv_guest_load_to_variant (info));
  values = g_variant_get_fixed_array (load, &n, sizeof (double));
  g_assert_cmpuint (n, ==, BV_GUEST_N_LOADS);
  g_assert_cmpfloat (values[0], ==, 0.5);
  g_assert_cmpfloat (values[1], ==, 2);
  g_assert_cmpfloat (values[2], ==, 0);
  empty = g_variant_ref_sink (bv_guest_load_to_variant (none));
  g_assert_cmpuint (g_variant_n_children (empty), ==, 0);
}

/* COMMANDS: without the guest- that they begin with. */
static const char *
find_lack (const char *commands, const char *credentials, const char **missing)
{
  g_auto (GStrv) names = g_strsplit (commands, " ", -1);
  g_autofree char *list = g_strjoinv ("\", \"enabled\": true}, {\"name\": \"guest-", names);
  g_autofree char *json = g_strdup_printf ("{\"return\": {\"supported_commands\": ["
                                           "{\"name\": \"guest-%s\", \"enabled\": true}]}}",
                                           list);
  g_autofree char *yaml = g_strdup_printf (
      "{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstance, metadata: {name: a}, "
      "spec: {domain: {devices: {}}, accessCredentials: [%s]}}",
      credentials);
  g_autoptr (GError) error = NULL;
  g_autoptr (BvGuestInfo) info = bv_agent_read_version (json, &error);
  g_autoptr (BvManifest) manifest = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (BvVmi) vmi = NULL;

  g_assert_no_error (error);
  bytes = g_bytes_new (yaml, strlen (yaml));
  manifest = bv_manifest_new_from_bytes (bytes, "test", BV_MANIFEST_NONE);
  vmi = g_list_model_get_item (bv_manifest_get_objects (manifest), 0);
  return bv_agent_find_lack (info, bv_vmi_get_record (vmi)->spec, missing);
}

static const char basic_commands[] =
    "ping get-time info shutdown network-get-interfaces get-fsinfo get-host-name get-users "
    "get-timezone get-osinfo";

static void
test_lack (void)
{
  static const char password[] = "{userPassword: {source: {secret: {secretName: s}}, "
                                 "propagationMethod: {qemuGuestAgent: {}}}}";
  const char *missing = NULL;
  g_autofree char *all = g_strconcat (basic_commands, " set-user-password", NULL);

  g_assert_null (find_lack (basic_commands, "", &missing));
  g_assert_nonnull (find_lack ("ping", "", &missing));
  g_assert_cmpstr (missing, ==, "guest-get-time");
  g_assert_nonnull (strstr (find_lack (basic_commands, password, &missing), "password commands"));
  g_assert_cmpstr (missing, ==, "guest-set-user-password");
  g_assert_null (find_lack (all, password, &missing));
}

static void
test_garbage (void)
{
  const char *const answers[] = { "",
                                  "{",
                                  "[]",
                                  "null",
                                  "{\"error\": {}}",
                                  "{\"return\": 5}",
                                  "\xff\xfe",
                                  "{\"return\"",
                                  "{\"return\": {\"version\": \"1\"" };

  for (gsize i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (bv_agent_read_version (answers[i], &error));
      g_assert_error (error, BV_ERROR, BV_ERROR_AGENT_UNAVAILABLE);
    }
}

static void
test_too_much (void)
{
  g_autofree char *deep = g_strnfill (500000, '[');
  g_autofree char *filling = g_strnfill (2000000, 'x');
  g_autofree char *large = g_strdup_printf ("{\"return\": \"%s\"}", filling);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = NULL;

  g_assert_null (bv_agent_reply_parse (deep, &error));
  g_assert_error (error, BV_ERROR, BV_ERROR_AGENT_UNAVAILABLE);
  g_clear_error (&error);
  g_assert_null (bv_agent_reply_parse (large, &error));
  g_assert_error (error, BV_ERROR, BV_ERROR_AGENT_UNAVAILABLE);
  g_clear_error (&error);

  /* Brackets in a string are no levels. */
  node = bv_agent_reply_parse (
      "{\"return\": \"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[[[\"}", &error);
  g_assert_no_error (error);
  g_assert_true (JSON_NODE_HOLDS_VALUE (node));
}

static void
assert_exec (const char *reply, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) result = NULL;
  g_autofree char *text = NULL;

  g_assert_true (bv_agent_read_exec (reply, &result, &error));
  g_assert_no_error (error);
  text = result != NULL ? g_variant_print (result, FALSE) : g_strdup ("runs");
  g_assert_cmpstr (text, ==, expected);
}

static void
test_exec (void)
{
  assert_exec ("{\"return\": {\"exited\": false}}", "runs");
  assert_exec ("{\"return\": {}}", "runs");
  assert_exec ("{\"return\": {\"exited\": true, \"exitcode\": 3, \"out-data\": \"aGkA\"}}",
               "(3, b'hi', [])");
  assert_exec ("{\"return\": {\"exited\": true, \"signal\": 9, \"err-data\": \"AQ==\"}}",
               "(137, [], [0x01])");
  assert_exec ("{\"return\": {\"exited\": true, \"exitcode\": [], \"out-data\": 7}}",
               "(128, [], [])");
}

static void
test_exec_too_much (void)
{
  g_autofree char *filling = g_strnfill (980 * 1024, 'x');
  g_autofree char *large =
      g_strdup_printf ("{\"return\": {\"exited\": true, \"out-data\": \"%s\"}}", filling);
  const char *const answers[] = { filling, large,
                                  "{\"return\": {\"exited\": true, \"out-truncated\": true}}" };

  for (gsize i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) result = NULL;
      int expected = i == 0 ? BV_ERROR_AGENT_UNAVAILABLE : BV_ERROR_LIMIT_EXCEEDED;

      g_assert_false (bv_agent_read_exec (answers[i], &result, &error));
      g_assert_error (error, BV_ERROR, expected);
      g_assert_null (result);
    }
}

/* A driver that knows no agents: nothing is told, nothing breaks, and the object goes when it is
 * let go. */
static void
test_no_agent (void)
{
  BvConnection *connection = bv_connection_new ("test:///default");
  g_autoptr (BvConfig) config = bv_config_new ();
  BvGuestAgent *agent = bv_guest_agent_new (connection, config, "test");
  g_autoptr (BvDomainEvent) event =
      bv_domain_event_new (BV_DOMAIN_EVENT_AGENT_CONNECTED, "test", "");
  gpointer alive_agent = agent, alive_connection = connection;

  bv_connection_start (connection);
  while (bv_connection_get_state (connection) != BV_CONNECTION_CONNECTED)
    g_main_context_iteration (NULL, TRUE);
  bv_guest_agent_handle_event (agent, event);
  g_assert_true (bv_guest_agent_is_connected (agent));
  g_assert_false (bv_guest_agent_is_responsive (agent));
  g_assert_cmpint (bv_guest_agent_get_info (agent)->parts, ==, 0);
  bv_guest_agent_set_connected (agent, FALSE);

  g_object_add_weak_pointer (G_OBJECT (agent), &alive_agent);
  g_object_unref (agent);
  while (alive_agent != NULL)
    g_main_context_iteration (NULL, TRUE);
  g_object_add_weak_pointer (G_OBJECT (connection), &alive_connection);
  bv_connection_stop (connection);
  g_object_unref (connection);
  while (alive_connection != NULL)
    g_main_context_iteration (NULL, TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/guest-info/facts", test_facts);
  g_test_add_func ("/guest-info/hostile-facts", test_hostile_facts);
  g_test_add_func ("/guest-info/merge", test_merge);
  g_test_add_func ("/guest-info/version", test_version);
  g_test_add_func ("/guest-info/freeze", test_freeze);
  g_test_add_func ("/guest-info/load", test_load);
  g_test_add_func ("/guest-info/lack", test_lack);
  g_test_add_func ("/guest-info/garbage", test_garbage);
  g_test_add_func ("/guest-info/too-much", test_too_much);
  g_test_add_func ("/guest-info/exec", test_exec);
  g_test_add_func ("/guest-info/exec-too-much", test_exec_too_much);
  g_test_add_func ("/guest-agent/no-agent", test_no_agent);
  return g_test_run ();
}
