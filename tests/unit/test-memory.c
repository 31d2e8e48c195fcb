/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-admit.h"
#include "model/bv-manifest.h"

#include <string.h>

/* However a text of 1 MiB is made, reading and judging it takes at most 64 MiB. */

#if defined(__SANITIZE_ADDRESS__)
#define BV_HAS_SANITIZER 1
#elif defined(__has_feature)
#define BV_HAS_SANITIZER __has_feature (address_sanitizer)
#else
#define BV_HAS_SANITIZER 0
#endif

#define TEXT_SIZE (1024 * 1024)
#define MOST_KIB (64 * 1024)

#define HEAD                                                                                       \
  "apiVersion: kubevirt.io/v1\nkind: VirtualMachineInstance\nmetadata: {name: guest}\nspec:\n"

typedef struct
{
  const char *name;
  const char *beginning;
  const char *repeated; /* may have a %u for a number */
  const char *ending;
  gboolean is_object; /* something is left to be judged */
} Shape;

static const Shape shapes[] = {
  { "empty-disks", HEAD "  domain:\n    devices:\n      disks: [", "{},", "]\n", FALSE },
  { "disks", HEAD "  domain:\n    devices:\n      disks:\n", "      - {name: d%u, disk: {}}\n", "",
    TRUE },
  { "volumes", HEAD "  domain: {devices: {}}\n  volumes:\n", "  - {name: v%u, sysprep: {}}\n", "",
    TRUE },
  { "most-disks", HEAD "  domain:\n    devices:\n      disks:\n",
    "      - {name: %u, disk: {}, lun: {}, cdrom: {}, blockSize: {custom: {}}}\n", "", TRUE },
  { "most-volumes", HEAD "  domain: {devices: {}}\n  volumes:\n",
    "  - {name: a-volume-with-a-very-long-name-%u, downwardAPI: {fields: []}}\n", "", TRUE },
  { "most-interfaces", HEAD "  domain:\n    devices:\n      interfaces:\n",
    "      - {name: an-interface-with-a-long-name-%u, sriov: {}, bridge: {}}\n", "", TRUE },
  { "unknown-fields", HEAD, "  f%u:\n", "", TRUE },
  { "unknown-maps", HEAD, "  f%u: {}\n", "", TRUE },
  { "opaque-lists", HEAD "  domain: {devices: {}}\n  tolerations: [", "[],", "]\n", FALSE },
  { "opaque-maps", HEAD "  domain: {devices: {}}\n  tolerations: [", "{a: 1},", "]\n", FALSE },
  { "labels", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  labels:\n", "    k%u: v\n",
    "", TRUE },
  { "most-keys", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n",
    "  a/key/that/is/no/good/name/and/makes/a/cause/of/its/own/%u: v\n", "", TRUE },
  { "one-key", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n", "  k: v\n", "",
    FALSE },
  { "documents", "", "---\n", "", FALSE },
  { "objects", "", "---\n{apiVersion: v1, kind: Secret, metadata: {name: a}}\n", "", FALSE },
  { "items", "apiVersion: v1\nkind: List\nitems:\n", "- {}\n", "", FALSE },
  { "anchors", "", "- &a%u x\n", "", FALSE },
  { "aliases", "- &a [x, x, x, x, x, x, x, x]\n", "- *a\n", "", FALSE },
  { "deep", "", "[", "", FALSE },
  { "text", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  k: |\n", "    line\n",
    "", TRUE },
  { "quoted", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  k: \"", "\\x41",
    "\"\n", TRUE },
  { "comments", "", "#\n", "", FALSE },
  { "not-text", "", "\xff", "", FALSE },
};

static char *
make_text (const Shape *shape)
{
  g_auto (GStrv) parts = g_strsplit (shape->repeated, "%u", 2);
  GString *text = g_string_new (shape->beginning);
  gsize most = TEXT_SIZE - strlen (shape->repeated) - strlen (shape->ending) - strlen ("0123456");

  for (guint i = 0; text->len < most; i++)
    if (parts[1] != NULL)
      g_string_append_printf (text, "%s%u%s", parts[0], i, parts[1]);
    else
      g_string_append (text, shape->repeated);
  g_string_append (text, shape->ending);
  return g_string_free (text, FALSE);
}

/* The most memory that this process has had so far, in KiB. */
static guint64
get_peak (void)
{
  g_autofree char *status = NULL;
  const char *line;

  g_assert_true (g_file_get_contents ("/proc/self/status", &status, NULL, NULL));
  line = strstr (status, "VmHWM:");
  g_assert_nonnull (line);
  return g_ascii_strtoull (line + strlen ("VmHWM:") + strspn (line + strlen ("VmHWM:"), " \t"),
                           NULL, 10);
}

static void
judge (const char *text, gboolean is_object)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));
  g_autoptr (BvManifest) manifest = bv_manifest_new_from_bytes (bytes, "x", BV_MANIFEST_NONE);
  g_autoptr (BvPolicy) policy = bv_policy_new ();
  GListModel *objects = bv_manifest_get_objects (manifest);

  if (is_object)
    g_assert_cmpuint (g_list_model_get_n_items (objects), ==, 1);
  for (guint i = 0; i < g_list_model_get_n_items (objects); i++)
    {
      g_autoptr (BvObject) object = g_list_model_get_item (objects, i);
      g_autoptr (GPtrArray) causes = bv_object_admit (object, policy);

      g_assert_nonnull (causes);
    }
}

/* The memory of valgrind and of the sanitizers counts as the process's own. */
static gboolean
is_watched (void)
{
#if BV_HAS_SANITIZER
  return TRUE;
#else
  const char *preloaded = g_getenv ("LD_PRELOAD");

  return preloaded != NULL && strstr (preloaded, "vgpreload") != NULL;
#endif
}

/* Each in a process of its own, since the peak only grows. */
static void
test_shape (gconstpointer data)
{
  const Shape *shape = data;
  g_autofree char *text = NULL;
  guint64 before;
  guint64 after;

  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, 0);
      g_test_trap_assert_passed ();
      return;
    }
  text = make_text (shape);
  before = get_peak ();
  judge (text, shape->is_object);
  after = get_peak ();
  g_printerr ("%s: %" G_GUINT64_FORMAT " KiB\n", shape->name, after - before);
  if (!is_watched ())
    g_assert_cmpuint (after - before, <=, MOST_KIB);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (shapes); i++)
    {
      g_autofree char *path = g_strconcat ("/memory/", shapes[i].name, NULL);

      g_test_add_data_func (path, &shapes[i], test_shape);
    }
  return g_test_run ();
}
