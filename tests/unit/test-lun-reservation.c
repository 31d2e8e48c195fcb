/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/companion/bv-companion.h"
#include "host/volume/bv-lun-reservation.h"
#include "host/volume/bv-volume-folder.h"
#include "model/bv-error.h"
#include "model/bv-manifest.h"
#include "model/bv-vmi-private.h"

/* The whole way to a LUN needs a SCSI device; this one ends at the helper's greeting. */

#define VMI                                                                                        \
  "{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstance, metadata: {name: web}, spec: {"      \
  "domain: {devices: {disks: [{name: a, lun: {bus: scsi, reservation: true}},"                     \
  " {name: b, lun: {bus: scsi, reservation: true}}, {name: c, lun: {bus: scsi}}]}}, volumes: ["    \
  "{name: a, persistentVolumeClaim: {claimName: a}}, {name: b, persistentVolumeClaim: {claimName:" \
  " b}}, {name: c, persistentVolumeClaim: {claimName: c}}]}}"

typedef struct
{
  char *base;
  char *runtime;
  char *images;
  BvConfig *config;
  BvVmi *vmi;
  BvVolumeWork work;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (VMI, strlen (VMI));
  g_autoptr (BvManifest) manifest = bv_manifest_new_from_bytes (bytes, "test", BV_MANIFEST_NONE);
  g_autoptr (GError) error = NULL;
  g_autofree char *settings = NULL;

  g_assert_true (bv_manifest_is_valid (manifest));
  fixture->vmi = g_list_model_get_item (bv_manifest_get_objects (manifest), 0);
  fixture->base = g_dir_make_tmp ("bv-lun-XXXXXX", NULL);
  fixture->runtime = g_build_filename (fixture->base, "uid", NULL);
  fixture->images = g_build_filename (fixture->base, "uid.volumes", NULL);
  settings = g_build_filename (fixture->base, "conf", NULL);
  g_file_set_contents (settings, data, -1, NULL);
  fixture->config = bv_config_new_from_file (settings, &error);
  g_assert_no_error (error);
  fixture->work = (BvVolumeWork){ .vmi = fixture->vmi,
                                  .uid = "5d307ca9-b3ef-428c-8861-06e72d69f223",
                                  .config = fixture->config,
                                  .runtime_directory = fixture->runtime,
                                  .image_folder = fixture->images,
                                  .group = BV_NO_GROUP };
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autofree char *companions = bv_companion_build_folder (fixture->runtime);
  g_autoptr (GError) error = NULL;

  bv_companion_end_all (companions, &error);
  g_assert_no_error (error);
  bv_volume_folder_remove (fixture->base, &error);
  g_assert_no_error (error);
  bv_config_unref (fixture->config);
  g_object_unref (fixture->vmi);
  g_free (fixture->base);
  g_free (fixture->runtime);
  g_free (fixture->images);
}

static gboolean
prepare (Fixture *fixture, guint index, char **path, GError **error)
{
  const BvApiVolume *volume = bv_vmi_get_record (fixture->vmi)->spec->volumes[index];
  g_auto (BvVolumeFacts) facts = { 0 };
  gboolean good = bv_lun_reservation_prepare (&fixture->work, volume, &facts, error);

  *path = g_steal_pointer (&facts.socket);
  return good;
}

static int
connect_to (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  g_assert_cmpint (connect (fd, (struct sockaddr *)&address, sizeof address), ==, 0);
  return fd;
}

static void
test_helper_greets (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = NULL, *second = NULL;
  g_autoptr (GError) error = NULL;
  guint32 features = G_MAXUINT32;
  GStatBuf status;
  int fd;

  if (geteuid () != 0)
    {
      g_test_skip ("qemu-pr-helper must be run by root");
      return;
    }
  prepare (fixture, 0, &path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_stat (path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  fd = connect_to (path);
  /* Its features, of which there are none yet. */
  g_assert_cmpint (read (fd, &features, sizeof features), ==, sizeof features);
  g_assert_cmpuint (features, ==, 0);
  close (fd);
  prepare (fixture, 1, &second, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (second, ==, path);
}

static void
test_other_luns_have_none (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (prepare (fixture, 2, &path, &error));
  g_assert_null (path);
  g_assert_false (g_file_test (fixture->images, G_FILE_TEST_EXISTS));
}

static void
test_host_must_allow_it (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (prepare (fixture, 0, &path, &error));
  g_assert_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE);
  g_assert_nonnull (strstr (error->message, "[persistent-reservation]"));
}

static void
test_program_that_is_none_is_told (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (prepare (fixture, 0, &path, &error));
  g_assert_error (error, BV_ERROR, BV_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "/nowhere/qemu-pr-helper"));
}

int
main (int argc, char *argv[])
{
  static const struct
  {
    const char *name;
    const char *settings;
    void (*function) (Fixture *, gconstpointer);
  } tests[] = {
    { "helper-greets", "[persistent-reservation]\nenabled=true\n", test_helper_greets },
    { "other-luns-have-none", "[persistent-reservation]\nenabled=true\n",
      test_other_luns_have_none },
    { "host-must-allow-it", "", test_host_must_allow_it },
    { "program-that-is-none-is-told",
      "[persistent-reservation]\nenabled=true\nprogram=/nowhere/qemu-pr-helper\n",
      test_program_that_is_none_is_told },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *path = g_strconcat ("/lun-reservation/", tests[i].name, NULL);

      g_test_add (path, Fixture, tests[i].settings, set_up, tests[i].function, tear_down);
    }
  return g_test_run ();
}
