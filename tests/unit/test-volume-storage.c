/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "host/bv-program.h"
#include "host/volume/bv-volume-folder.h"
#include "host/volume/bv-volume-storage.h"
#include "model/bv-manifest.h"
#include "model/bv-vmi-private.h"

#define SIZE (4 * 1024 * 1024)

#define VMI                                                                                        \
  "{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstance, metadata: {name: web}, spec: {"      \
  "domain: {devices: {disks: [{name: plain, disk: {}}, {name: matched, disk: {}, blockSize: "      \
  "{matchVolume: {}}}, {name: other, disk: {}, blockSize: {matchVolume: {enabled: false}}}]}}, "   \
  "volumes: [{name: plain, emptyDisk: {capacity: 1Gi}}, {name: matched, emptyDisk: {capacity: "    \
  "1Gi}}, {name: other, emptyDisk: {capacity: 1Gi}}]}}"

typedef struct
{
  char *folder;
  char *path;
  BvVmi *vmi;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (VMI, strlen (VMI));
  g_autoptr (BvManifest) manifest = bv_manifest_new_from_bytes (bytes, "test", BV_MANIFEST_NONE);

  g_assert_true (bv_manifest_is_valid (manifest));
  fixture->vmi = g_list_model_get_item (bv_manifest_get_objects (manifest), 0);
  fixture->folder = g_dir_make_tmp ("bv-storage-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "image", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  bv_volume_folder_remove (fixture->folder, NULL);
  g_object_unref (fixture->vmi);
  g_free (fixture->folder);
  g_free (fixture->path);
}

static void
make_raw (Fixture *fixture, gboolean allocated)
{
  int fd = g_open (fixture->path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);

  g_assert_cmpint (ftruncate (fd, SIZE), ==, 0);
  if (allocated)
    g_assert_cmpint (posix_fallocate (fd, 0, SIZE), ==, 0);
  close (fd);
}

static void
make_qcow2 (Fixture *fixture, const char *preallocation)
{
  g_autofree char *option = g_strconcat ("preallocation=", preallocation, NULL);
  const char *const arguments[] = { "qemu-img", "create", "-q",          "-f", "qcow2",
                                    "-o",       option,   fixture->path, "4M", NULL };
  g_autoptr (GError) error = NULL;

  bv_program_run (arguments, 60, NULL, &error);
  g_assert_no_error (error);
}

/* INDEX: of the volume. */
static void
look (Fixture *fixture, guint index, const char *format, BvVolumeFacts *facts)
{
  const BvVolumeWork work = { .vmi = fixture->vmi };
  g_autoptr (GError) error = NULL;

  if (facts->path == NULL)
    facts->path = g_strdup (fixture->path);
  facts->format = g_strdup (format);
  bv_volume_storage_look (&work, bv_vmi_get_record (fixture->vmi)->spec->volumes[index], facts,
                          &error);
  g_assert_no_error (error);
}

static void
test_raw_image (Fixture *fixture, gconstpointer data)
{
  g_auto (BvVolumeFacts) sparse = { 0 }, taken = { 0 };

  make_raw (fixture, FALSE);
  look (fixture, 0, "raw", &sparse);
  g_assert_true (sparse.storage_known);
  g_assert_false (sparse.preallocated);
  g_assert_cmpuint (sparse.logical_block, ==, 0);
  make_raw (fixture, TRUE);
  look (fixture, 0, "raw", &taken);
  g_assert_true (taken.preallocated);
}

/* What counts is the size that the guest sees. */
static void
test_qcow2_image (Fixture *fixture, gconstpointer data)
{
  g_auto (BvVolumeFacts) sparse = { 0 }, taken = { 0 };

  make_qcow2 (fixture, "off");
  look (fixture, 0, "qcow2", &sparse);
  g_assert_false (sparse.preallocated);
  make_qcow2 (fixture, "full");
  look (fixture, 0, "qcow2", &taken);
  g_assert_true (taken.preallocated);
}

static void
test_blocks_of_the_file_system (Fixture *fixture, gconstpointer data)
{
  g_auto (BvVolumeFacts) matched = { 0 }, off = { 0 };
  struct statfs status;

  make_raw (fixture, FALSE);
  g_assert_cmpint (statfs (fixture->path, &status), ==, 0);
  look (fixture, 1, "raw", &matched);
  g_assert_cmpuint (matched.logical_block, ==, status.f_bsize);
  g_assert_cmpuint (matched.physical_block, ==, status.f_bsize);
  g_assert_cmpuint (matched.discard_granularity, ==, status.f_bsize);
  look (fixture, 2, "raw", &off);
  g_assert_cmpuint (off.logical_block, ==, 0);
}

/* procfs refuses O_DIRECT wherever this runs; other file systems may or may not. */
static void
test_storage_that_needs_the_cache (Fixture *fixture, gconstpointer data)
{
  g_auto (BvVolumeFacts) facts = { .path = g_strdup ("/proc/version") };
  g_auto (BvVolumeFacts) above = { .backing_path = g_strdup ("/proc/version") };

  look (fixture, 0, "raw", &facts);
  g_assert_true (facts.storage_known);
  g_assert_false (facts.direct_io);
  make_raw (fixture, FALSE);
  look (fixture, 0, "raw", &above);
  g_assert_false (above.direct_io);
}

static void
test_nothing_there (Fixture *fixture, gconstpointer data)
{
  g_auto (BvVolumeFacts) facts = { 0 };

  look (fixture, 1, "raw", &facts);
  g_assert_false (facts.storage_known);
}

static void
test_no_device (Fixture *fixture, gconstpointer data)
{
  const BvVolumeWork work = { .vmi = fixture->vmi };
  g_auto (BvVolumeFacts) facts = { .path = g_strdup (fixture->path), .block = TRUE };
  g_autoptr (GError) error = NULL;

  make_raw (fixture, FALSE);
  g_assert_false (bv_volume_storage_look (&work, bv_vmi_get_record (fixture->vmi)->spec->volumes[1],
                                          &facts, &error));
  g_assert_nonnull (strstr (error->message, fixture->path));
}

int
main (int argc, char *argv[])
{
  static const struct
  {
    const char *name;
    void (*function) (Fixture *, gconstpointer);
  } tests[] = {
    { "raw-image", test_raw_image },
    { "qcow2-image", test_qcow2_image },
    { "blocks-of-the-file-system", test_blocks_of_the_file_system },
    { "storage-that-needs-the-cache", test_storage_that_needs_the_cache },
    { "nothing-there", test_nothing_there },
    { "no-device", test_no_device },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *path = g_strconcat ("/volume-storage/", tests[i].name, NULL);

      g_test_add (path, Fixture, NULL, set_up, tests[i].function, tear_down);
    }
  return g_test_run ();
}
