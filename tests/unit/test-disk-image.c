/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "host/bv-disk-image.h"
#include "host/bv-program.h"
#include "model/bv-error.h"

#define MEBIBYTE (1024 * 1024)

typedef struct
{
  char *folder;
  char *path;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("bv-disk-image-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "disk", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_unlink (fixture->path);
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  g_free (fixture->path);
  g_free (fixture->folder);
}

static void
run (const char *const *arguments)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (bv_program_run (arguments, 60, NULL, &error));
  g_assert_no_error (error);
}

static void
create (Fixture *fixture, const char *format, const char *options)
{
  run ((const char *const[]){ "qemu-img", "create", "-q", "-f", format, "-o", options,
                              fixture->path, "8M", NULL });
}

/* Writes SIZE bytes of DATA at OFFSET of the image. */
static void
patch (Fixture *fixture, gsize offset, const void *data, gsize size)
{
  g_autofree char *contents = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (fixture->path, &contents, &length, NULL));
  g_assert_cmpint (offset + size, <=, length);
  memcpy (contents + offset, data, size);
  g_assert_true (g_file_set_contents (fixture->path, contents, length, NULL));
}

static void
assert_is (Fixture *fixture, const char *format, guint64 size)
{
  g_autoptr (GError) error = NULL;
  BvDiskImage image = { 0 };

  g_assert_true (bv_disk_image_check (fixture->path, 8 * MEBIBYTE, NULL, &image, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (image.format, ==, format);
  g_assert_cmpuint (image.virtual_size, ==, size);
}

static void
assert_refused (Fixture *fixture, BvError code, const char *words)
{
  g_autoptr (GError) error = NULL;
  BvDiskImage image = { 0 };

  g_assert_false (bv_disk_image_check (fixture->path, 8 * MEBIBYTE, NULL, &image, &error));
  g_assert_error (error, BV_ERROR, (int)code);
  if (strstr (error->message, words) == NULL)
    g_error ("“%s” does not say “%s”", error->message, words);
}

static void
test_good (Fixture *fixture, gconstpointer data)
{
  create (fixture, "qcow2", "compat=1.1");
  assert_is (fixture, "qcow2", 8 * MEBIBYTE);
  create (fixture, "qcow2", "compat=0.10");
  assert_is (fixture, "qcow2", 8 * MEBIBYTE);
  g_assert_true (g_file_set_contents (fixture->path, "any text makes a raw disk", -1, NULL));
  assert_is (fixture, "raw", 512);
}

/* Whatever format it is probed as, a file that is no disk for KubeVirt is none for us. */
static void
test_formats (Fixture *fixture, gconstpointer data)
{
  static const char *const formats[][2] = {
    { "vmdk", "VMDK" },
    { "vmdk,subformat=monolithicFlat", "VMDK" },
    { "vhdx", "VHDX" },
    { "vpc", "VHD" },
    { "vdi", "VDI" },
    { "qed", "QED" },
    { "parallels", "Parallels" },
    { "qcow", "version" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      g_auto (GStrv) parts = g_strsplit (formats[i][0], ",", 2);
      g_autofree char *flat = g_strconcat (fixture->path, "-flat", NULL);

      if (parts[1] != NULL)
        create (fixture, parts[0], parts[1]);
      else
        run ((const char *const[]){ "qemu-img", "create", "-q", "-f", parts[0], fixture->path, "8M",
                                    NULL });
      assert_refused (fixture, BV_ERROR_INVALID_ARGUMENT, formats[i][1]);
      g_unlink (flat);
    }
}

/* The backing file need not be there, and is not looked for. */
static void
test_backing_file (Fixture *fixture, gconstpointer data)
{
  run ((const char *const[]){ "qemu-img", "create", "-q", "-u", "-f", "qcow2", "-b", "/etc/shadow",
                              "-F", "raw", fixture->path, "8M", NULL });
  assert_refused (fixture, BV_ERROR_INVALID_ARGUMENT, "backing file");
  run ((const char *const[]){ "qemu-img", "create", "-q", "-u", "-f", "qcow2", "-o", "compat=0.10",
                              "-b", "json:{\"driver\":\"host_device\",\"filename\":\"/dev/null\"}",
                              "-F", "raw", fixture->path, "8M", NULL });
  assert_refused (fixture, BV_ERROR_INVALID_ARGUMENT, "backing file");
}

static void
test_data_file (Fixture *fixture, gconstpointer data)
{
  g_autofree char *other = g_strconcat (fixture->path, ".data", NULL);
  g_autofree char *options = g_strconcat ("data_file=", other, NULL);
  const guint8 no_features[8] = { 0 };

  create (fixture, "qcow2", options);
  assert_refused (fixture, BV_ERROR_INVALID_ARGUMENT, "external data file");
  /* The name alone is enough. */
  patch (fixture, 72, no_features, sizeof no_features);
  assert_refused (fixture, BV_ERROR_INVALID_ARGUMENT, "external data file");
  g_unlink (other);
}

static void
test_damaged (Fixture *fixture, gconstpointer data)
{
  const guint8 version[4] = { 0, 0, 0, 9 };
  const guint8 encrypted[4] = { 0, 0, 0, 2 };

  create (fixture, "qcow2", "compat=1.1");
  patch (fixture, 32, encrypted, sizeof encrypted);
  assert_refused (fixture, BV_ERROR_INVALID_ARGUMENT, "encrypted");
  patch (fixture, 4, version, sizeof version);
  assert_refused (fixture, BV_ERROR_INVALID_ARGUMENT, "version");
  g_assert_true (g_file_set_contents (fixture->path, "QFI\xfb", 4, NULL));
  assert_refused (fixture, BV_ERROR_INVALID_ARGUMENT, "cut short");
  g_assert_true (g_file_set_contents (fixture->path, "", 0, NULL));
  assert_refused (fixture, BV_ERROR_INVALID_ARGUMENT, "without any room");
}

static void
test_limit (Fixture *fixture, gconstpointer data)
{
  run ((const char *const[]){ "qemu-img", "create", "-q", "-f", "qcow2", fixture->path, "1T",
                              NULL });
  assert_refused (fixture, BV_ERROR_LIMIT_EXCEEDED, "1099511627776");
}

static void
test_no_file (Fixture *fixture, gconstpointer data)
{
  assert_refused (fixture, BV_ERROR_FAILED, "cannot be read");
  g_assert_cmpint (symlink ("/etc/passwd", fixture->path), ==, 0);
  assert_refused (fixture, BV_ERROR_FAILED, "cannot be read");
}

#define ADD(name, function) g_test_add (name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/disk-image/good", test_good);
  ADD ("/disk-image/formats", test_formats);
  ADD ("/disk-image/backing-file", test_backing_file);
  ADD ("/disk-image/data-file", test_data_file);
  ADD ("/disk-image/damaged", test_damaged);
  ADD ("/disk-image/limit", test_limit);
  ADD ("/disk-image/no-file", test_no_file);
  return g_test_run ();
}
