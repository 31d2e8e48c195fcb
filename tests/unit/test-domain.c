/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime/domain/bv-domain.h"

#include "model/bv-error.h"

#include <string.h>

#define NAME "default_guest"

static const char domain_xml[] = "<domain type='test'>"
                                 "<name>" NAME "</name>"
                                 "<metadata><barevirt:vmi xmlns:barevirt='" BV_DOMAIN_METADATA_URI
                                 "'>&lt;&amp;</barevirt:vmi></metadata>"
                                 "<memory>65536</memory>"
                                 "<os><type>hvm</type></os>"
                                 "<features><acpi/></features>"
                                 "</domain>";

typedef struct
{
  BvConnection *connection;
  GAsyncResult *result;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->connection = bv_connection_new ("test:///default");
  bv_connection_start (fixture->connection);
  while (bv_connection_get_state (fixture->connection) != BV_CONNECTION_CONNECTED)
    g_main_context_iteration (NULL, TRUE);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  BvConnection *connection = fixture->connection;

  bv_connection_stop (connection);
  g_object_add_weak_pointer (G_OBJECT (connection), (gpointer *)&fixture->connection);
  g_object_unref (connection);
  while (fixture->connection != NULL)
    g_main_context_iteration (NULL, TRUE);
}

static void
ready_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  ((Fixture *)data)->result = g_object_ref (result);
}

/* The result of the call under way; valid until the next. */
static GAsyncResult *
wait_for (Fixture *fixture)
{
  GAsyncResult *result;

  while (fixture->result == NULL)
    g_main_context_iteration (NULL, TRUE);
  result = g_steal_pointer (&fixture->result);
  return result;
}

typedef gboolean (*Finish) (BvConnection *connection, GAsyncResult *result, GError **error);

static void
assert_done (Fixture *fixture, Finish finish)
{
  g_autoptr (GAsyncResult) result = wait_for (fixture);
  g_autoptr (GError) error = NULL;

  gboolean ok = finish (fixture->connection, result, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
}

static void
assert_fails (Fixture *fixture, Finish finish, BvError code)
{
  g_autoptr (GAsyncResult) result = wait_for (fixture);
  g_autoptr (GError) error = NULL;

  g_assert_false (finish (fixture->connection, result, &error));
  g_assert_error (error, BV_ERROR, (int)code);
  g_assert_nonnull (strstr (error->message, NAME));
}

static void
assert_state (Fixture *fixture, const char *state, const char *reason)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  BvDomainState actual_state = BV_DOMAIN_NO_STATE;
  BvDomainReason actual_reason = BV_DOMAIN_REASON_UNKNOWN;

  bv_domain_get_state_async (fixture->connection, NAME, NULL, ready_cb, fixture);
  result = wait_for (fixture);
  g_assert_true (bv_domain_get_state_finish (fixture->connection, result, &actual_state,
                                             &actual_reason, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (bv_domain_state_to_string (actual_state), ==, state);
  g_assert_cmpstr (bv_domain_reason_to_string (actual_reason), ==, reason);
}

static void
start (Fixture *fixture)
{
  bv_domain_define_and_start_async (fixture->connection, NAME, domain_xml, BV_DOMAIN_START_DEFAULT,
                                    NULL, ready_cb, fixture);
  assert_done (fixture, bv_domain_define_and_start_finish);
}

static void
end (Fixture *fixture)
{
  bv_domain_act_async (fixture->connection, BV_DOMAIN_DESTROY, NAME, NULL,
                       BV_DOMAIN_DESTROY_GRACEFUL, NULL, ready_cb, fixture);
  assert_done (fixture, bv_domain_act_finish);
  bv_domain_act_async (fixture->connection, BV_DOMAIN_UNDEFINE, NAME, NULL,
                       BV_DOMAIN_UNDEFINE_KEEP_NVRAM, NULL, ready_cb, fixture);
  assert_done (fixture, bv_domain_act_finish);
}

static void
test_life (Fixture *fixture, gconstpointer data)
{
  assert_state (fixture, "NoState", "NonExistent");
  bv_domain_define_async (fixture->connection, NAME, domain_xml, NULL, ready_cb, fixture);
  assert_done (fixture, bv_domain_define_finish);
  assert_state (fixture, "Shutoff", "Unknown");
  bv_domain_create_async (fixture->connection, NAME, BV_DOMAIN_START_DEFAULT, NULL, ready_cb,
                          fixture);
  assert_done (fixture, bv_domain_create_finish);
  assert_state (fixture, "Running", "Unknown");

  bv_domain_act_async (fixture->connection, BV_DOMAIN_SUSPEND, NAME, NULL, 0, NULL, ready_cb,
                       fixture);
  assert_done (fixture, bv_domain_act_finish);
  assert_state (fixture, "Paused", "User");
  bv_domain_act_async (fixture->connection, BV_DOMAIN_RESUME, NAME, NULL, 0, NULL, ready_cb,
                       fixture);
  assert_done (fixture, bv_domain_act_finish);
  assert_state (fixture, "Running", "Unknown");

  bv_domain_act_async (fixture->connection, BV_DOMAIN_DESTROY, NAME, NULL, BV_DOMAIN_DESTROY_ROUGH,
                       NULL, ready_cb, fixture);
  assert_done (fixture, bv_domain_act_finish);
  assert_state (fixture, "Shutoff", "Destroyed");
  bv_domain_act_async (fixture->connection, BV_DOMAIN_UNDEFINE, NAME, NULL,
                       BV_DOMAIN_UNDEFINE_KEEP_NVRAM, NULL, ready_cb, fixture);
  assert_done (fixture, bv_domain_act_finish);
  assert_state (fixture, "NoState", "NonExistent");
}

static void
test_errors (Fixture *fixture, gconstpointer data)
{
  bv_domain_create_async (fixture->connection, NAME, BV_DOMAIN_START_DEFAULT, NULL, ready_cb,
                          fixture);
  assert_fails (fixture, bv_domain_create_finish, BV_ERROR_NOT_FOUND);
  bv_domain_define_async (fixture->connection, NAME, "<domain", NULL, ready_cb, fixture);
  assert_fails (fixture, bv_domain_define_finish, BV_ERROR_INVALID_ARGUMENT);

  bv_domain_define_async (fixture->connection, NAME, domain_xml, NULL, ready_cb, fixture);
  assert_done (fixture, bv_domain_define_finish);
  bv_domain_act_async (fixture->connection, BV_DOMAIN_SUSPEND, NAME, NULL, 0, NULL, ready_cb,
                       fixture);
  assert_fails (fixture, bv_domain_act_finish, BV_ERROR_NOT_RUNNING);
  /* Another took its name. */
  bv_domain_act_async (fixture->connection, BV_DOMAIN_UNDEFINE, NAME,
                       "11111111-2222-3333-4444-555555555555", 0, NULL, ready_cb, fixture);
  assert_fails (fixture, bv_domain_act_finish, BV_ERROR_NOT_FOUND);
  bv_domain_act_async (fixture->connection, BV_DOMAIN_DESTROY, NAME, NULL, BV_DOMAIN_DESTROY_ROUGH,
                       NULL, ready_cb, fixture);
  assert_fails (fixture, bv_domain_act_finish, BV_ERROR_NOT_RUNNING);
  bv_domain_act_async (fixture->connection, BV_DOMAIN_UNDEFINE, NAME, NULL,
                       BV_DOMAIN_UNDEFINE_DEFAULT, NULL, ready_cb, fixture);
  assert_done (fixture, bv_domain_act_finish);
}

static void
test_list (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = NULL;
  gboolean found = FALSE;

  start (fixture);
  bv_domain_list_all_async (fixture->connection, NULL, ready_cb, fixture);
  result = wait_for (fixture);
  list = bv_domain_list_all_finish (fixture->connection, result, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < list->len; i++)
    {
      BvDomainInfo *info = g_ptr_array_index (list, i);

      if (g_strcmp0 (info->name, NAME) != 0)
        {
          g_assert_null (info->metadata);
          continue;
        }
      found = TRUE;
      g_assert_true (g_uuid_string_is_valid (info->uuid));
      g_assert_cmpint (info->state, ==, BV_DOMAIN_RUNNING);
      g_assert_true (info->has_acpi);
      g_assert_true (info->is_persistent);
      g_assert_false (info->agent_connected);
      g_assert_nonnull (strstr (info->metadata, "&lt;&amp;"));
      g_assert_nonnull (strstr (info->metadata, BV_DOMAIN_METADATA_URI));
    }
  g_assert_true (found);
  end (fixture);
}

static void
test_xml (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *xml = NULL;

  start (fixture);
  bv_domain_get_xml_async (fixture->connection, NAME, NULL, ready_cb, fixture);
  result = wait_for (fixture);
  xml = bv_domain_get_xml_finish (fixture->connection, result, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (xml, "<name>" NAME "</name>"));
  end (fixture);
}

static void
test_read_xml (void)
{
  g_autoptr (BvDomainInfo) info = bv_domain_info_new ("a", "b");
  g_autoptr (GError) error = NULL;
  const char *xml =
      "<domain><metadata><x/><barevirt:vmi xmlns:barevirt='" BV_DOMAIN_METADATA_URI
      "' uid='7'/></metadata>"
      "<devices><serial type='unix'><source mode='bind' path='/run/serial0'/></serial>"
      "<channel type='unix'><target type='virtio' name='other' state='connected'/></channel>"
      "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0' state='connected'/>"
      "</channel><graphics type='vnc'/></devices></domain>";

  g_assert_true (bv_domain_info_read_xml (info, xml, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (info->console_path, ==, "/run/serial0");
  g_assert_true (info->agent_connected);
  g_assert_false (info->has_acpi);
  g_assert_true (info->has_graphics);
  g_assert_nonnull (strstr (info->metadata, "uid=\"7\""));

  g_assert_false (bv_domain_info_read_xml (info, "<domain>", &error));
  g_assert_error (error, BV_ERROR, BV_ERROR_INTERNAL);
}

/* Two memory devices, one of which the guest has taken in part; the sum is an old one. */
static void
test_read_size (void)
{
  g_autoptr (BvDomainInfo) info = bv_domain_info_new ("a", "b");
  g_autoptr (BvDomainInfo) plain = bv_domain_info_new ("a", "b");
  const char *xml =
      "<domain><memory unit='KiB'>4194304</memory><currentMemory unit='KiB'>1310720</currentMemory>"
      "<vcpu placement='static' current='3'>4</vcpu><devices>"
      "<memory model='virtio-mem'><target><size unit='KiB'>2097152</size><node>0</node>"
      "<requested unit='KiB'>524288</requested><current unit='KiB'>262144</current></target>"
      "</memory><memory model='dimm'><target><size unit='KiB'>1048576</size></target></memory>"
      "</devices></domain>";

  g_assert_true (bv_domain_info_read_xml (info, xml, NULL));
  g_assert_cmpuint (info->size.vcpus, ==, 3);
  g_assert_cmpuint (info->size.most_vcpus, ==, 4);
  g_assert_cmpuint (info->size.guest_at_boot, ==, G_GUINT64_CONSTANT (1) << 30);
  g_assert_cmpuint (info->size.guest_requested, ==, G_GUINT64_CONSTANT (2560) << 20);
  g_assert_cmpuint (info->size.guest_current, ==, G_GUINT64_CONSTANT (2304) << 20);
  g_assert_true (info->size.has_device);

  g_assert_true (bv_domain_info_read_xml (
      plain, "<domain><memory unit='KiB'>1024</memory><vcpu>2</vcpu></domain>", NULL));
  g_assert_cmpuint (plain->size.vcpus, ==, 2);
  g_assert_cmpuint (plain->size.guest_requested, ==, 1 << 20);
  g_assert_false (plain->size.has_device);
  g_assert_true (bv_domain_size_equal (&plain->size, &plain->size));
  g_assert_false (bv_domain_size_equal (&plain->size, &info->size));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/domain/life", Fixture, NULL, set_up, test_life, tear_down);
  g_test_add ("/domain/errors", Fixture, NULL, set_up, test_errors, tear_down);
  g_test_add ("/domain/list", Fixture, NULL, set_up, test_list, tear_down);
  g_test_add ("/domain/xml", Fixture, NULL, set_up, test_xml, tear_down);
  g_test_add_func ("/domain/read-xml", test_read_xml);
  g_test_add_func ("/domain/read-size", test_read_size);
  return g_test_run ();
}
