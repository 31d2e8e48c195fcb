/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "host/image/bv-image-manifest.h"
#include "host/image/bv-image-reference.h"
#include "host/image/bv-single-flight.h"
#include "model/bv-error.h"

#define DIGEST "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER "sha256:ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

static void
test_names (void)
{
  static const struct
  {
    const char *name;
    const char *host;
    const char *source;
    const char *policy;
    gboolean loopback;
  } rows[] = {
    { "fedora", "docker.io", "docker://fedora:latest", "Always", FALSE },
    { "library/fedora:40", "docker.io", "docker://library/fedora:40", "IfNotPresent", FALSE },
    { "quay.io/a/b", "quay.io", "docker://quay.io/a/b:latest", "Always", FALSE },
    { "quay.io/a/b:latest", "quay.io", "docker://quay.io/a/b:latest", "Always", FALSE },
    { "localhost:5000/x", "localhost:5000", "docker://localhost:5000/x:latest", "Always", TRUE },
    { "localhost/x:1", "localhost", "docker://localhost/x:1", "IfNotPresent", TRUE },
    { "127.0.0.1:1/x:1", "127.0.0.1:1", "docker://127.0.0.1:1/x:1", "IfNotPresent", TRUE },
    { "[::1]:5000/x:1", "[::1]:5000", "docker://[::1]:5000/x:1", "IfNotPresent", TRUE },
    { "127.0.0.1.example.org/x:1", "127.0.0.1.example.org", "docker://127.0.0.1.example.org/x:1",
      "IfNotPresent", FALSE },
    { "localhost.example.org/x:1", "localhost.example.org", "docker://localhost.example.org/x:1",
      "IfNotPresent", FALSE },
    { "a.b/c:1@" DIGEST, "a.b", "docker://a.b/c@" DIGEST, "IfNotPresent", FALSE },
    { "a.b/c@" DIGEST, "a.b", "docker://a.b/c@" DIGEST, "IfNotPresent", FALSE },
    { "oci:/a/b", NULL, "oci:/a/b", "Always", FALSE },
    { "docker-archive:/a.tar:x/y:1", NULL, "docker-archive:/a.tar:x/y:1", "IfNotPresent", FALSE },
    { "oci-archive:/a.tar:1", NULL, "oci-archive:/a.tar:1", "IfNotPresent", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (BvImageReference) image = bv_image_reference_new (rows[i].name, &error);
      g_autofree char *source = NULL;

      g_assert_no_error (error);
      source = bv_image_reference_build_source (image, NULL);
      g_assert_cmpstr (image->host, ==, rows[i].host);
      g_assert_cmpstr (source, ==, rows[i].source);
      g_assert_cmpstr (bv_image_reference_get_default_policy (image), ==, rows[i].policy);
      g_assert_cmpint (bv_image_reference_is_loopback (image), ==, rows[i].loopback);
    }
}

static void
test_no_names (void)
{
  static const char *const names[] = {
    "",           "-x",
    "a b",        "a/",
    "/a",         "UPPER/a",
    "a:",         "a@sha256:12",
    "a\n",        "docker://a",
    "dir:/a",     "oci:a",
    "oci:",       "a/../b",
    "a//b",       "a:b:c",
    "http://a/b", "a@" DIGEST "\n",
    "oci:/a\n/b", "a..b",
    "a/UPPER",    "host:99999999/a",
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (BvImageReference) image = bv_image_reference_new (names[i], &error);

      if (image != NULL)
        g_error ("“%s” is taken for a name", names[i]);
      g_assert_error (error, BV_ERROR, BV_ERROR_INVALID_MANIFEST);
    }
}

static void
test_manifest (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BvImageManifest) image = bv_image_manifest_new (
      "{\"layers\":\t[{\"digest\": \"" DIGEST "\", \"size\": 7}, {\"size\": 5, \"digest\": \"" OTHER
      "\"}], \"other\": [{}]}",
      "amd64", &error);
  g_autoptr (BvImageManifest) list = bv_image_manifest_new (
      "{\"manifests\": [{\"digest\": \"" OTHER "\", \"platform\": {\"os\": \"linux\","
      " \"architecture\": \"arm64\"}}, {\"digest\": \"" DIGEST "\", \"platform\": {\"os\": "
      "\"linux\", \"architecture\": \"amd64\"}}]}",
      "amd64", &error);
  const BvImageBlob *second;

  g_assert_no_error (error);
  g_assert_cmpuint (image->layers->len, ==, 2);
  g_assert_cmpuint (bv_image_manifest_get_size (image), ==, 12);
  second = g_ptr_array_index (image->layers, 1);
  g_assert_cmpstr (second->digest, ==, OTHER);
  g_assert_cmpstr (list->instance, ==, DIGEST);
}

static void
test_no_manifests (void)
{
  g_autofree char *deep = g_strnfill (1000000, '[');
  const char *const texts[] = {
    deep,
    "",
    "[]",
    "7",
    "{",
    "{}",
    "{\"layers\": 7}",
    "{\"layers\": {}}",
    "{\"layers\": [7]}",
    "{\"layers\": [{}]}",
    "{\"layers\": [{\"digest\": \"" DIGEST "\"}]}",
    "{\"layers\": [{\"digest\": \"" DIGEST "\", \"size\": \"7\"}]}",
    "{\"layers\": [{\"digest\": \"" DIGEST "\", \"size\": -7}]}",
    "{\"layers\": [{\"digest\": \"" DIGEST "\", \"size\": {}}]}",
    "{\"layers\": [{\"digest\": [], \"size\": 7}]}",
    "{\"layers\": [{\"digest\": \"sha256:../../../../etc/passwd\", \"size\": 7}]}",
    "{\"layers\": [{\"digest\": \"" DIGEST "/..\", \"size\": 7}]}",
    "{\"manifests\": []}",
    "{\"manifests\": [7, {\"platform\": 7}, {\"digest\": \"x\", \"platform\": {}}]}",
    "{\"manifests\": [{\"digest\": \"" DIGEST "\", \"platform\": {\"os\": \"windows\","
    " \"architecture\": \"amd64\"}}]}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (BvImageManifest) image = bv_image_manifest_new (texts[i], "amd64", &error);

      if (image != NULL)
        g_error ("“%s” is taken for a manifest", texts[i]);
      g_assert_error (error, BV_ERROR, BV_ERROR_IMAGE_UNAVAILABLE);
    }
}

/* Threads that ask for the same at the same time. */

#define N_THREADS 8

typedef struct
{
  BvSingleFlight *flights;
  GCancellable *cancellable; /* of the one that flies first */
  GMutex lock;
  GCond changed;
  guint n_flown;
  guint n_asking;
  gboolean let_go;
  gboolean fails;
} Crowd;

static char *
fly (gpointer user_data, GCancellable *cancellable, GError **error)
{
  Crowd *crowd = user_data;

  g_mutex_lock (&crowd->lock);
  crowd->n_flown++;
  g_cond_broadcast (&crowd->changed);
  while (!crowd->let_go)
    g_cond_wait (&crowd->changed, &crowd->lock);
  g_mutex_unlock (&crowd->lock);
  if (cancellable != NULL)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_CANCELLED, "It was cancelled.");
      return NULL;
    }
  if (!crowd->fails)
    return g_strdup ("result");
  g_set_error (error, BV_ERROR, BV_ERROR_FAILED, "It failed.");
  return NULL;
}

static gpointer
ask_in_thread (gpointer user_data)
{
  Crowd *crowd = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *result = NULL;

  g_atomic_int_inc (&crowd->n_asking);
  result = bv_single_flight_run (crowd->flights, "key", NULL, fly, crowd, &error);
  if (crowd->fails)
    g_assert_error (error, BV_ERROR, BV_ERROR_FAILED);
  else
    g_assert_cmpstr (result, ==, "result");
  return NULL;
}

static gpointer
ask_and_be_cancelled (gpointer user_data)
{
  Crowd *crowd = user_data;
  g_autoptr (GError) error = NULL;

  g_assert_null (
      bv_single_flight_run (crowd->flights, "key", crowd->cancellable, fly, crowd, &error));
  g_assert_error (error, BV_ERROR, BV_ERROR_CANCELLED);
  return NULL;
}

static void
wait_until_flown (Crowd *crowd, guint n)
{
  g_mutex_lock (&crowd->lock);
  while (crowd->n_flown < n)
    g_cond_wait (&crowd->changed, &crowd->lock);
  g_mutex_unlock (&crowd->lock);
}

static void
let_go (Crowd *crowd)
{
  g_mutex_lock (&crowd->lock);
  crowd->let_go = TRUE;
  g_cond_broadcast (&crowd->changed);
  g_mutex_unlock (&crowd->lock);
}

/* Whoever comes while one flies gets what that one gets; who comes later flies again. */
static void
run_crowd (gboolean fails, gboolean first_is_cancelled)
{
  g_autoptr (BvSingleFlight) flights = bv_single_flight_new ();
  g_autoptr (GCancellable) cancellable = first_is_cancelled ? g_cancellable_new () : NULL;
  Crowd crowd = { .flights = flights, .cancellable = cancellable, .fails = fails };
  GThread *threads[N_THREADS];

  g_mutex_init (&crowd.lock);
  g_cond_init (&crowd.changed);
  threads[0] =
      g_thread_new ("first", first_is_cancelled ? ask_and_be_cancelled : ask_in_thread, &crowd);
  wait_until_flown (&crowd, 1);
  for (guint i = 1; i < N_THREADS; i++)
    threads[i] = g_thread_new ("next", ask_in_thread, &crowd);
  while (g_atomic_int_get (&crowd.n_asking) < N_THREADS - 1)
    g_thread_yield ();
  let_go (&crowd);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
  g_assert_cmpuint (crowd.n_flown, >=, first_is_cancelled ? 2 : 1);
  g_mutex_clear (&crowd.lock);
  g_cond_clear (&crowd.changed);
}

static void
test_single_flight (void)
{
  run_crowd (FALSE, FALSE);
  run_crowd (TRUE, FALSE);
  run_crowd (FALSE, TRUE);
}

/* One that waits can be cancelled while the other flies on. */
static void
test_cancelled_wait (void)
{
  g_autoptr (BvSingleFlight) flights = bv_single_flight_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  Crowd crowd = { .flights = flights };
  GThread *first;

  g_mutex_init (&crowd.lock);
  g_cond_init (&crowd.changed);
  first = g_thread_new ("first", ask_in_thread, &crowd);
  wait_until_flown (&crowd, 1);
  g_cancellable_cancel (cancellable);
  g_assert_null (bv_single_flight_run (flights, "key", cancellable, fly, &crowd, &error));
  g_assert_error (error, BV_ERROR, BV_ERROR_CANCELLED);
  g_assert_cmpuint (crowd.n_flown, ==, 1);
  let_go (&crowd);
  g_thread_join (first);
  g_mutex_clear (&crowd.lock);
  g_cond_clear (&crowd.changed);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/image/names", test_names);
  g_test_add_func ("/image/no-names", test_no_names);
  g_test_add_func ("/image/manifest", test_manifest);
  g_test_add_func ("/image/no-manifests", test_no_manifests);
  g_test_add_func ("/image/single-flight", test_single_flight);
  g_test_add_func ("/image/cancelled-wait", test_cancelled_wait);
  return g_test_run ();
}
