/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gstdio.h>
#include <libvirt/virterror.h>
#include <unistd.h>

#include "host/pool/bv-partition.h"
#include "host/pool/bv-storage-pool.h"
#include "host/volume/bv-volume-folder.h"
#include "host/bv-libvirt-autocleanups.h"

/* Pools of libvirt's test driver, which keeps lists and touches no disk: those of kinds that not
 * every machine has. */

#define GIBIBYTE (G_GUINT64_CONSTANT (1) << 30)

static const char node[] =
    "<node><pool type='dir'><name>files</name><target><path>/files</path></target></pool>"
    "<pool type='logical'><name>disks</name><source><name>disks</name></source>"
    "<target><path>/dev/disks</path></target></pool>"
    "<pool type='scsi'><name>luns</name><source><adapter name='host0'/></source>"
    "<target><path>/dev/disk/by-path</path></target></pool></node>";

typedef struct
{
  char *folder;
  char *path;
  virConnectPtr handle;
} Fixture;

static void
quiet (void *user_data, virErrorPtr error)
{
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autofree char *uri = NULL;

  virSetErrorFunc (NULL, quiet);
  fixture->folder = g_dir_make_tmp ("barevirt-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "node.xml", NULL);
  g_assert_true (g_file_set_contents (fixture->path, node, -1, NULL));
  uri = g_strconcat ("test://", fixture->path, NULL);
  fixture->handle = virConnectOpen (uri);
  g_assert_nonnull (fixture->handle);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  virConnectClose (fixture->handle);
  g_unlink (fixture->path);
  g_rmdir (fixture->folder);
  g_free (fixture->path);
  g_free (fixture->folder);
}

static BvPoolRequest
make_request (const char *pool)
{
  return (BvPoolRequest){
    .pool = pool, .own_pool = "barevirt", .own_folder = "/own", .name = "pvc-1", .size = GIBIBYTE
  };
}

static void
assert_fails (Fixture *fixture, const BvPoolRequest *request, BvError code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BvPoolVolume) volume = bv_pool_volume_create (fixture->handle, request, &error);

  g_assert_null (volume);
  g_assert_error (error, BV_ERROR, (int)code);
}

/* A volume of a block pool is a device, whether that was asked for or not. */
static void
test_block (Fixture *fixture, gconstpointer data)
{
  BvPoolRequest request = make_request ("disks");
  g_autoptr (GError) error = NULL;
  g_autoptr (BvPoolVolume) made = NULL;
  g_autoptr (BvPoolVolume) found = NULL;
  g_autoptr (BvPoolVolume) grown = NULL;

  request.must_be_block = TRUE;
  made = bv_pool_volume_create (fixture->handle, &request, &error);
  g_assert_no_error (error);
  g_assert_true (made->block);
  g_assert_cmpuint (made->capacity, ==, GIBIBYTE);
  g_assert_cmpstr (made->path, ==, "/dev/disks/pvc-1");
  found = bv_pool_volume_find (fixture->handle, &request, &error);
  g_assert_no_error (error);
  g_assert_true (found->block);
  request.size = 2 * GIBIBYTE;
  grown = bv_pool_volume_grow (fixture->handle, &request, &error);
  g_assert_null (grown);
  g_assert_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED);
}

static void
test_files (Fixture *fixture, gconstpointer data)
{
  BvPoolRequest request = make_request ("files");
  g_autoptr (GError) error = NULL;
  g_autoptr (BvPoolVolume) made = bv_pool_volume_create (fixture->handle, &request, &error);
  g_autoptr (BvPoolVolume) found = NULL;

  g_assert_no_error (error);
  g_assert_false (made->block);
  g_assert_true (bv_pool_volume_delete (fixture->handle, &request, &error));
  g_assert_true (bv_pool_volume_delete (fixture->handle, &request, &error));
  found = bv_pool_volume_find (fixture->handle, &request, &error);
  g_assert_null (found);
  g_assert_error (error, BV_ERROR, BV_ERROR_NOT_FOUND);
}

static void
test_refusals (Fixture *fixture, gconstpointer data)
{
  BvPoolRequest request = make_request ("files");
  g_autoptr (virStoragePool) pool = virStoragePoolLookupByName (fixture->handle, "files");

  request.must_be_block = TRUE;
  assert_fails (fixture, &request, BV_ERROR_NOT_SUPPORTED);
  request = make_request ("luns");
  assert_fails (fixture, &request, BV_ERROR_NOT_SUPPORTED);
  request = make_request ("missing");
  assert_fails (fixture, &request, BV_ERROR_NOT_FOUND);
  g_assert_cmpint (virStoragePoolDestroy (pool), ==, 0);
  request = make_request ("files");
  assert_fails (fixture, &request, BV_ERROR_UNSCHEDULABLE);
}

/* Only our own pool is made and started. */
static void
test_own (Fixture *fixture, gconstpointer data)
{
  BvPoolRequest request = make_request ("barevirt");
  g_autoptr (GError) error = NULL;
  g_autoptr (BvPoolVolume) made = bv_pool_volume_create (fixture->handle, &request, &error);
  g_autoptr (virStoragePool) pool = virStoragePoolLookupByName (fixture->handle, "barevirt");
  g_autoptr (BvPoolVolume) again = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (made->path, ==, "/own/pvc-1");
  g_assert_cmpint (virStoragePoolIsActive (pool), ==, 1);
  g_assert_cmpint (virStoragePoolDestroy (pool), ==, 0);
  request.name = "pvc-2";
  again = bv_pool_volume_create (fixture->handle, &request, &error);
  g_assert_no_error (error);
  g_assert_cmpint (virStoragePoolIsActive (pool), ==, 1);
}

static void
test_partition_names (void)
{
  static const struct
  {
    const char *device;
    const char *taken[4];
    const char *name;
  } cases[] = {
    { "/dev/sda", { NULL }, "sda1" },
    { "/dev/sda", { "sda1", "sda2", NULL }, "sda3" },
    { "/dev/sda", { "sda2", "sda3", NULL }, "sda1" },
    { "/dev/sda", { "sda1", "sda3", NULL }, "sda2" },
    { "/dev/nvme0n1", { "nvme0n1p1", NULL }, "nvme0n1p2" },
    { "/dev/loop0", { NULL }, "loop0p1" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *name = bv_partition_choose_name (cases[i].device, cases[i].taken);

      g_assert_cmpstr (name, ==, cases[i].name);
    }
}

static void
test_partition_records (void)
{
  g_autofree char *folder = g_dir_make_tmp ("barevirt-XXXXXX", NULL);
  g_autofree char *records = g_build_filename (folder, "partitions", NULL);
  BvPartition partition = { .pool = (char *)"disks", .name = (char *)"sda1" };
  g_autoptr (BvPartition) begun = NULL;
  g_autoptr (BvPartition) made = NULL;
  g_autoptr (GError) error = NULL;
  int lock;

  g_assert_null (bv_partition_read (NULL, "pvc-1"));
  g_assert_null (bv_partition_read (records, "pvc-1"));
  g_assert_false (bv_partition_write (&partition, records, "pvc-1", &error));
  g_assert_error (error, BV_ERROR, BV_ERROR_FAILED);
  g_clear_error (&error);
  lock = bv_partition_lock (records, &error);
  g_assert_no_error (error);
  g_assert_true (bv_partition_write (&partition, records, "pvc-1", &error));
  begun = bv_partition_read (records, "pvc-1");
  g_assert_cmpuint (begun->size, ==, 0);
  partition.size = GIBIBYTE;
  g_assert_true (bv_partition_write (&partition, records, "pvc-1", &error));
  close (lock);
  made = bv_partition_read (records, "pvc-1");
  g_assert_cmpstr (made->pool, ==, "disks");
  g_assert_cmpstr (made->name, ==, "sda1");
  g_assert_cmpuint (made->size, ==, GIBIBYTE);
  bv_partition_forget (records, "pvc-1");
  bv_partition_forget (records, "pvc-1");
  g_assert_null (bv_partition_read (records, "pvc-1"));
  g_assert_true (bv_volume_folder_remove (folder, &error));
}

/* Of a record whose writer was killed nothing is left, once it is forgotten. */
static void
test_partition_record_half_written (void)
{
  g_autofree char *folder = g_dir_make_tmp ("barevirt-XXXXXX", NULL);
  g_autofree char *half = g_build_filename (folder, "pvc-1.new", NULL);
  const BvPartition partition = { .pool = (char *)"disks", .name = (char *)"sda1" };
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (half, "[part", -1, &error));
  g_assert_null (bv_partition_read (folder, "pvc-1"));
  g_assert_true (bv_partition_write (&partition, folder, "pvc-1", &error));
  g_assert_false (g_file_test (half, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_set_contents (half, "[part", -1, &error));
  bv_partition_forget (folder, "pvc-1");
  g_assert_false (g_file_test (half, G_FILE_TEST_EXISTS));
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/storage-pool/block", Fixture, NULL, set_up, test_block, tear_down);
  g_test_add ("/storage-pool/files", Fixture, NULL, set_up, test_files, tear_down);
  g_test_add ("/storage-pool/refusals", Fixture, NULL, set_up, test_refusals, tear_down);
  g_test_add ("/storage-pool/own", Fixture, NULL, set_up, test_own, tear_down);
  g_test_add_func ("/storage-pool/partition-names", test_partition_names);
  g_test_add_func ("/storage-pool/partition-records", test_partition_records);
  g_test_add_func ("/storage-pool/partition-record-half-written",
                   test_partition_record_half_written);
  return g_test_run ();
}
