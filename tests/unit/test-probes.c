/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "agent/bv-access-plan.h"
#include "agent/bv-probe-request.h"
#include "agent/bv-probe-tally.h"
#include "model/bv-manifest.h"
#include "model/bv-object-private.h"
#include "model/bv-vmi-private.h"

#include <gio/gio.h>
#include <string.h>

/* What accessCredentials and probes ask for. */

static BvObject *
read_object (const char *yaml)
{
  g_autoptr (GBytes) bytes = g_bytes_new (yaml, strlen (yaml));
  g_autoptr (BvManifest) manifest = bv_manifest_new_from_bytes (bytes, "test", BV_MANIFEST_NONE);

  g_assert_true (bv_manifest_is_valid (manifest));
  return g_list_model_get_item (bv_manifest_get_objects (manifest), 0);
}

static BvVmi *
read_vmi (const char *spec)
{
  g_autofree char *yaml =
      g_strdup_printf ("{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstance, metadata: "
                       "{name: a}, spec: {%s}}",
                       spec);

  return BV_VMI (read_object (yaml));
}

/* Each check as + or -; the verdict after it, likewise. */
static void
assert_verdicts (const BvApiProbe *probe, gboolean verdict, const char *checks,
                 const char *expected)
{
  g_autoptr (GString) found = g_string_new (NULL);
  BvProbeTally tally;

  bv_probe_tally_init (&tally, probe, verdict);
  for (const char *check = checks; *check != '\0'; check++)
    {
      gboolean before = tally.verdict;

      g_assert_cmpint (bv_probe_tally_add (&tally, *check == '+'), ==, tally.verdict != before);
      g_string_append_c (found, tally.verdict ? '+' : '-');
    }
  g_assert_cmpstr (found->str, ==, expected);
}

static void
test_tally (void)
{
  static const BvApiProbe usual = { 0 };
  static const BvApiProbe slow = { .success_threshold = 3, .failure_threshold = 2 };
  static const BvApiProbe quick = { .failure_threshold = 1 };

  assert_verdicts (&usual, FALSE, "--+--+---+", "--++++++-+");
  assert_verdicts (&usual, TRUE, "--+---", "+++++-");
  assert_verdicts (&slow, FALSE, "++-+++-+--", "-----++++-");
  assert_verdicts (&quick, TRUE, "+-+", "+-+");
}

static void
test_ports (void)
{
  g_autoptr (BvVmi) vmi =
      read_vmi ("networks: [{name: net, pod: {}}], domain: {devices: {interfaces: [{name: net, "
                "masquerade: {}, ports: [{name: web, port: 8080}]}]}}");
  const BvApiVirtualMachineInstanceSpec *spec = bv_vmi_get_record (vmi)->spec;

  g_assert_cmpuint (bv_probe_find_port (spec, "22"), ==, 22);
  g_assert_cmpuint (bv_probe_find_port (spec, "web"), ==, 8080);
  g_assert_cmpuint (bv_probe_find_port (spec, "mail"), ==, 0);
  g_assert_cmpuint (bv_probe_find_port (spec, "65536"), ==, 0);
}

static void
test_request (void)
{
  g_autoptr (BvVmi) vmi = read_vmi (
      "domain: {devices: {}}, readinessProbe: {httpGet: {port: 80, path: 'a b?c=d', httpHeaders: "
      "[{name: X-A, value: b}, {name: user-agent, value: me}, {name: X-Bad, value: \"a\\r\\nX: "
      "y\"}]}}");
  const BvApiHTTPGetAction *http_get = bv_vmi_get_record (vmi)->spec->readiness_probe->http_get;
  g_autofree char *text = bv_probe_make_request (http_get, "10.0.2.2", 80);
  g_autofree char *text6 = bv_probe_make_request (http_get, "fd10::2", 80);

  g_assert_cmpstr (text, ==,
                   "GET /a%20b?c=d HTTP/1.1\r\nHost: 10.0.2.2:80\r\nAccept: */*\r\nX-A: b\r\n"
                   "user-agent: me\r\nConnection: close\r\n\r\n");
  g_assert_nonnull (strstr (text6, "Host: [fd10::2]:80\r\n"));
}

static void
test_status (void)
{
  g_assert_cmpuint (bv_probe_read_status ("HTTP/1.1 204 No Content\r\n"), ==, 204);
  g_assert_cmpuint (bv_probe_read_status ("HTTP/1.0 503"), ==, 503);
  g_assert_cmpuint (bv_probe_read_status ("HTTP/1.1 2"), ==, 0);
  g_assert_cmpuint (bv_probe_read_status ("SSH-2.0-OpenSSH"), ==, 0);
  g_assert_cmpuint (bv_probe_read_status (""), ==, 0);
}

static const BvApiSecret *
look_up (const char *name, gpointer user_data)
{
  BvObject *secret = user_data;

  return g_strcmp0 (bv_object_get_name (secret), name) == 0 ? bv_object_get_record (secret) : NULL;
}

#define KEYS(secret, users)                                                                        \
  "{sshPublicKey: {source: {secret: {secretName: " secret "}}, propagationMethod: "                \
  "{qemuGuestAgent: {users: [" users "]}}}}"
#define PASSWORDS(secret)                                                                          \
  "{userPassword: {source: {secret: {secretName: " secret "}}, propagationMethod: "                \
  "{qemuGuestAgent: {}}}}"

static BvAccessPlan *
make_plan (const char *credentials, BvObject *secret)
{
  g_autofree char *spec =
      g_strdup_printf ("domain: {devices: {}}, accessCredentials: [%s]", credentials);
  g_autoptr (BvVmi) vmi = read_vmi (spec);

  g_assert_cmpint (bv_access_plan_is_wanted (bv_vmi_get_record (vmi)->spec), ==,
                   strstr (credentials, "qemuGuestAgent") != NULL);
  return bv_access_plan_new (bv_vmi_get_record (vmi)->spec, look_up, secret);
}

static BvObject *
make_secret (const char *data)
{
  g_autofree char *yaml = g_strdup_printf (
      "{apiVersion: v1, kind: Secret, metadata: {name: known}, stringData: {%s}}", data);

  return read_object (yaml);
}

static void
test_keys (void)
{
  g_autoptr (BvObject) secret = make_secret ("b: \"  two  \\n\\nthree\", a: one");
  g_autoptr (BvAccessPlan) plan =
      make_plan (KEYS ("known", "root, me") "," KEYS ("known", "me"), secret);
  g_autoptr (BvAccessPlan) same =
      make_plan (KEYS ("known", "root, me") "," KEYS ("known", "me"), secret);
  const BvAccessStep *step = g_ptr_array_index (plan->steps, 0);

  g_assert_null (plan->problem);
  g_assert_true (bv_access_plan_equal (plan, same));
  g_assert_cmpuint (plan->steps->len, ==, 2);
  g_assert_cmpstr (step->user, ==, "root");
  g_assert_cmpuint (step->keys->len, ==, 3);
  g_assert_cmpstr (g_ptr_array_index (step->keys, 0), ==, "one");
  g_assert_cmpstr (g_ptr_array_index (step->keys, 1), ==, "two");
  g_assert_cmpstr (g_ptr_array_index (step->keys, 2), ==, "three");
  step = g_ptr_array_index (plan->steps, 1);
  g_assert_cmpuint (step->keys->len, ==, 6);
}

/* Nobody loses keys because a Secret is not there; the others get theirs. */
static void
test_missing_secret (void)
{
  g_autoptr (BvObject) secret = make_secret ("a: one");
  g_autoptr (BvAccessPlan) plan =
      make_plan (KEYS ("known", "root, me") "," KEYS ("unknown", "root"), secret);
  const BvAccessStep *step = g_ptr_array_index (plan->steps, 0);

  g_assert_nonnull (strstr (plan->problem, "Secret unknown"));
  g_assert_cmpuint (plan->steps->len, ==, 1);
  g_assert_cmpstr (step->user, ==, "me");
}

static void
test_passwords (void)
{
  g_autoptr (BvObject) secret = make_secret ("root: \" hush \\n\", me: hushed, none: ''");
  g_autoptr (BvObject) other = make_secret ("root: hush, me: other");
  g_autoptr (BvAccessPlan) plan = make_plan (PASSWORDS ("known"), secret);
  g_autoptr (BvAccessPlan) changed = make_plan (PASSWORDS ("known"), other);
  g_autoptr (BvAccessPlan) none = make_plan ("", secret);
  const BvAccessStep *step = g_ptr_array_index (plan->steps, 1);

  g_assert_cmpuint (plan->steps->len, ==, 2);
  g_assert_cmpstr (step->user, ==, "root");
  g_assert_cmpstr (step->password, ==, "hush");
  g_assert_null (step->keys);
  g_assert_false (bv_access_plan_equal (plan, changed));
  g_assert_cmpuint (none->steps->len, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/probes/tally", test_tally);
  g_test_add_func ("/probes/ports", test_ports);
  g_test_add_func ("/probes/request", test_request);
  g_test_add_func ("/probes/status", test_status);
  g_test_add_func ("/access-plan/keys", test_keys);
  g_test_add_func ("/access-plan/missing-secret", test_missing_secret);
  g_test_add_func ("/access-plan/passwords", test_passwords);
  return g_test_run ();
}
