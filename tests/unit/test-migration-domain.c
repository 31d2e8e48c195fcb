/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "host/machine/bv-xml-document.h"
#include "migration/bv-migration-disks.h"
#include "migration/bv-migration-parameters.h"
#include "migration/bv-migration-tls.h"
#include "migration/bv-storage-identity.h"
#include "model/bv-error.h"
#include "model/bv-manifest.h"
#include "model/bv-vmi-private.h"

/* What libvirt is told of a guest that moves: its domain, its disks, flags and parameters. */

static const char live[] =
    "<domain type='kvm' id='7' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>"
    "<name>default_one</name><uuid>1-2</uuid>"
    "<metadata><b:vm xmlns:b='https://barevirt.org/domain/1' source='yes'/></metadata>"
    "<memory unit='KiB'>1024</memory>"
    "<vcpu placement='static' cpuset='2-3' current='1'>2</vcpu>"
    "<cputune><vcpupin vcpu='0' cpuset='2'/></cputune>"
    "<numatune><memory mode='strict' nodeset='1'/></numatune>"
    "<os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type><loader readonly='yes' "
    "type='pflash'>/a/OVMF.fd</loader><nvram template='/a/VARS.fd'>/a/one.fd</nvram></os>"
    "<cpu mode='custom' match='exact'><model>Nehalem</model></cpu>"
    "<devices><emulator>/a/qemu</emulator>"
    "<disk type='file' device='disk'><driver name='qemu' type='raw' cache='none' io='native' "
    "queues='2'/><source file='/a/root.img' index='2'/><backingStore/><target dev='vda' "
    "bus='virtio'/><alias name='ua-root'/><address type='pci' slot='0x05'/></disk>"
    "<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='/a/init.iso'/>"
    "<target dev='sda' bus='sata'/><readonly/><alias name='ua-init'/></disk>"
    "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source "
    "file='/a/over.qcow2'/>"
    "<backingStore type='file'><format type='raw'/><source file='/a/cache/7'/></backingStore>"
    "<target dev='vdb' bus='virtio'/><alias name='ua-image'/></disk>"
    "<disk type='block' device='disk'><driver name='qemu' type='raw'/><source dev='/dev/a'/>"
    "<target dev='vdc' bus='virtio'/><alias name='ua-lun'/></disk>"
    "<disk type='file' device='disk'><source file='/a/plugged'/><target dev='sdz' bus='scsi'/>"
    "<alias name='ua-plugged'/></disk>"
    "<controller type='pci' index='0' model='pcie-root'/>"
    "<interface type='network'><mac address='52:54:00:AA:00:01'/><source network='barevirt' "
    "portid='55' bridge='virbr7'/><target dev='vnet3'/><model type='virtio'/><alias "
    "name='ua-default'/></interface>"
    "<serial type='pty'><source path='/dev/pts/4'/><log file='/a/log' append='on'/><target "
    "type='isa-serial' port='0'/><alias name='serial0'/></serial>"
    "<console type='pty' tty='/dev/pts/4'><source path='/dev/pts/4'/><target type='serial' "
    "port='0'/><alias name='serial0'/></console>"
    "<channel type='unix'><source mode='bind' path='/a/agent'/><target type='virtio' "
    "name='org.qemu.guest_agent.0' state='connected'/><alias name='channel0'/></channel>"
    "<graphics type='vnc' socket='/a/vnc'><listen type='socket' socket='/a/vnc'/></graphics>"
    "<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source><address uuid='a'/></source>"
    "<alias name='ua-gpu'/><address type='pci' slot='0x09'/></hostdev>"
    "<rng model='virtio'><backend model='random'>/a/random</backend></rng>"
    "<vsock model='virtio'><cid auto='no' address='3'/></vsock>"
    "</devices>"
    "<seclabel type='dynamic' model='dac'><label>+107:+107</label></seclabel>"
    "<qemu:commandline><qemu:arg value='/a/ignition'/></qemu:commandline></domain>";

static const char target[] =
    "<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>"
    "<name>default_one</name><uuid>other</uuid>"
    "<metadata><b:vm xmlns:b='https://barevirt.org/domain/1' target='yes'/></metadata>"
    "<memory unit='KiB'>2048</memory><vcpu cpuset='6-7'>4</vcpu>"
    "<cputune><vcpupin vcpu='0' cpuset='6'/><emulatorpin cpuset='7'/></cputune>"
    "<os><type arch='x86_64' machine='pc-q35-8.0'>hvm</type><loader readonly='yes' "
    "type='pflash'>/b/OVMF.fd</loader><nvram template='/b/VARS.fd'>/b/one.fd</nvram></os>"
    "<cpu mode='host-model'/>"
    "<devices><emulator>/b/qemu</emulator>"
    "<disk type='block' device='disk'><driver name='qemu' type='raw' cache='writethrough' "
    "discard='unmap'/><source dev='/dev/b'/><target dev='vda' bus='virtio'/><alias "
    "name='ua-lun'/></disk>"
    "<disk type='block' device='disk'><driver name='qemu' type='raw' cache='writethrough'/><source "
    "dev='/b/root'/><target dev='vdx' bus='virtio'/><alias name='ua-root'/></disk>"
    "<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='/b/init.iso'/>"
    "<target dev='sda' bus='sata'/><readonly/><alias name='ua-init'/></disk>"
    "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source "
    "file='/b/over.qcow2'/>"
    "<backingStore type='file'><format type='raw'/><source file='/b/cache/9'/></backingStore>"
    "<target dev='vdb' bus='virtio'/><alias name='ua-image'/></disk>"
    "<interface type='bridge'><mac address='52:54:00:aa:00:01'/><source bridge='br1'/><target "
    "dev='tap9'/><model type='e1000'/><alias name='ua-default'/></interface>"
    "<serial type='unix'><source mode='bind' path='/b/serial'/><target type='isa-serial' port='0'/>"
    "</serial>"
    "<console type='pty'><target type='serial' port='0'/></console>"
    "<channel type='unix'><source mode='bind' path='/b/agent'/><target type='virtio' "
    "name='org.qemu.guest_agent.0'/></channel>"
    "<graphics type='vnc'><listen type='socket' socket='/b/vnc'/></graphics>"
    "<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source><address uuid='b'/></source>"
    "<alias name='ua-gpu'/></hostdev>"
    "<rng model='virtio'><backend model='random'>/b/random</backend></rng>"
    "<vsock model='virtio'><cid auto='no' address='9'/></vsock>"
    "</devices>"
    "<qemu:commandline><qemu:arg value='/b/ignition'/></qemu:commandline></domain>";

/* What the domain of a guest has, once it is to run on another host, or has no more. */
static const struct
{
  const char *text;
  gboolean there;
} rewritten[] = {
  /* The guest's own is what it was. */
  { "<uuid>1-2</uuid>", TRUE },
  { "<memory unit=\"KiB\">1024</memory>", TRUE },
  { "<vcpu placement=\"static\" cpuset=\"6-7\" current=\"1\">2</vcpu>", TRUE },
  { "machine=\"pc-q35-7.2\"", TRUE },
  { "<model>Nehalem</model>", TRUE },
  { "queues=\"2\"", TRUE },
  { "<target dev=\"vda\" bus=\"virtio\"/>", TRUE },
  { "<address type=\"pci\" slot=\"0x05\"/>", TRUE },
  { "<address type=\"pci\" slot=\"0x09\"/>", TRUE },
  { "52:54:00:AA:00:01", TRUE },
  { "<model type=\"virtio\"/>", TRUE },
  { "pcie-root", TRUE },
  /* One that only the source has stays. */
  { "<source file=\"/a/plugged\"/>", TRUE },
  /* What is the host's is the other's. */
  { "target=\"yes\"", TRUE },
  { "source=\"yes\"", FALSE },
  { "<vcpupin vcpu=\"0\" cpuset=\"6\"/>", TRUE },
  { "<emulatorpin cpuset=\"7\"/>", TRUE },
  { "numatune", FALSE },
  { "seclabel", FALSE },
  { "id=\"7\"", FALSE },
  { "/b/OVMF.fd", TRUE },
  { "<nvram template=\"/b/VARS.fd\">/b/one.fd</nvram>", TRUE },
  { "<emulator>/b/qemu</emulator>", TRUE },
  { "<source dev=\"/b/root\"/>", TRUE },
  { "<source dev=\"/dev/b\"/>", TRUE },
  { "<source file=\"/b/init.iso\"/>", TRUE },
  { "<source file=\"/b/cache/9\"/>", TRUE },
  { "cache=\"writethrough\"", TRUE },
  { "discard=\"unmap\"", TRUE },
  { "io=\"native\"", FALSE },
  { "<source bridge=\"br1\"/>", TRUE },
  { "<target dev=\"tap9\"/>", TRUE },
  { "<serial type=\"unix\">", TRUE },
  { "path=\"/b/serial\"", TRUE },
  { "path=\"/b/agent\"", TRUE },
  { "tty=", FALSE },
  { "/dev/pts", FALSE },
  { "socket=\"/b/vnc\"", TRUE },
  { "<address uuid=\"b\"/>", TRUE },
  { "/b/random", TRUE },
  { "address=\"9\"", TRUE },
  { "<qemu:arg value=\"/b/ignition\"/>", TRUE },
  { "virbr7", FALSE },
  { "vnet3", FALSE },
};

static void
test_rewrite (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *xml = bv_migration_domain_rewrite (live, target, &error);
  const char *rest;

  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (rewritten); i++)
    {
      g_test_message ("%s", rewritten[i].text);
      g_assert_cmpint (strstr (xml, rewritten[i].text) != NULL, ==, rewritten[i].there);
    }
  /* Nothing else of the source's host is named. */
  rest = strstr (xml, "/a/");
  g_assert_true (g_str_has_prefix (rest, "/a/plugged"));
  g_assert_null (strstr (rest + 3, "/a/"));
  g_assert_nonnull (strstr (xml, "<disk type=\"block\" device=\"disk\"><driver name=\"qemu\" "
                                 "type=\"raw\" cache=\"writethrough\" queues=\"2\"/>"));
}

/* Twice the same changes nothing more, and a domain is what it was when it is its own target. */
static void
test_rewrite_again (void)
{
  g_autofree char *once = bv_migration_domain_rewrite (live, target, NULL);
  g_autofree char *twice = bv_migration_domain_rewrite (once, target, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (once, ==, twice);
  g_assert_null (bv_migration_domain_rewrite ("<domain", target, &error));
  g_assert_error (error, BV_ERROR, BV_ERROR_FAILED);
}

static const BvApiVirtualMachineInstanceSpec *
read_spec (BvVmi **vmi, const char *volumes)
{
  g_autofree char *text = g_strdup_printf (
      "{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstance, metadata: {name: a}, spec: "
      "{domain: {devices: {}}, volumes: [%s]}}",
      volumes);
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (BvManifest) manifest = bv_manifest_new_from_bytes (bytes, "test", BV_MANIFEST_NONE);

  g_assert_true (bv_manifest_is_valid (manifest));
  *vmi = g_list_model_get_item (bv_manifest_get_objects (manifest), 0);
  return bv_vmi_get_record (*vmi)->spec;
}

static char *
choose (const char *xml, const char *volumes, const char *here, const char *there)
{
  g_autoptr (GHashTable) of_source = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) of_target = g_hash_table_new (g_str_hash, g_str_equal);
  const BvMigrationStorage storage = { of_source, of_target };
  g_autoptr (GPtrArray) disks = bv_migration_domain_list_disks (xml, NULL);
  g_autoptr (BvVmi) vmi = NULL;
  g_auto (GStrv) targets = NULL;

  if (here != NULL)
    g_hash_table_insert (of_source, (gpointer) "root", (gpointer)here);
  if (there != NULL)
    g_hash_table_insert (of_target, (gpointer) "root", (gpointer)there);
  targets = bv_migration_disks_choose (read_spec (&vmi, volumes), disks, &storage);
  return targets != NULL ? g_strjoinv (" ", targets) : g_strdup ("");
}

static void
test_disks (void)
{
#define ONE(inside) "<domain><devices><disk " inside "</disk></devices></domain>"
#define FILE(more)                                                                                 \
  "type='file' device='disk'>" more "<source file='/x'/><target dev='vda'/><alias "                \
  "name='ua-root'/>"
  static const struct
  {
    const char *xml;
    const char *volumes;
    const char *here;
    const char *there;
    const char *copied;
  } rows[] = {
    { live, "{name: root, persistentVolumeClaim: {claimName: c}}", NULL, NULL, "vda vdb vdc sdz" },
    { live, "{name: root, persistentVolumeClaim: {claimName: c}}", "nfs:a:/x", "nfs:a:/x",
      "vdb vdc sdz" },
    { live, "{name: root, persistentVolumeClaim: {claimName: c}}", "here:1", "here:2",
      "vda vdb vdc sdz" },
    { ONE (FILE ("")), "{name: root, emptyDisk: {capacity: 1Gi}}", NULL, "here:2", "vda" },
    { ONE (FILE ("<readonly/>")), "{name: root, persistentVolumeClaim: {claimName: c}}", NULL, NULL,
      "" },
    { ONE (FILE ("<readonly/>")), "{name: root, secret: {secretName: c}}", NULL, NULL, "vda" },
    { ONE (FILE ("<readonly/>")), "{name: root, containerDisk: {image: c}}", NULL, NULL, "vda" },
    { ONE ("type='network' device='disk'><source name='x'/><target dev='vda'/>"), "", NULL, NULL,
      "" },
    { ONE ("type='file' device='cdrom'><source file='/x'/><target dev='vda'/>"), "", NULL, NULL,
      "" },
    { ONE ("type='file' device='disk'><target dev='vda'/>"), "", NULL, NULL, "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *copied = choose (rows[i].xml, rows[i].volumes, rows[i].here, rows[i].there);

      g_test_message ("row %u", i);
      g_assert_cmpstr (copied, ==, rows[i].copied);
    }
}

static const char *const two_disks[] = { "vda", "sdb", NULL };

static char *
print_params (const BvMigrationRequest *request)
{
  g_autoptr (GString) text = g_string_new (NULL);
  int n_params = 0;
  virTypedParameterPtr params = bv_migration_request_make_params (request, &n_params);

  for (int i = 0; i < n_params; i++)
    {
      g_string_append_printf (text, "%s%s=", i > 0 ? " " : "", params[i].field);
      if (params[i].type == VIR_TYPED_PARAM_STRING)
        g_string_append (text, params[i].value.s);
      else if (params[i].type == VIR_TYPED_PARAM_INT)
        g_string_append_printf (text, "%d", params[i].value.i);
      else
        g_string_append_printf (text, "%llu", params[i].value.ul);
    }
  virTypedParamsFree (params, n_params);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
test_parameters (void)
{
  const BvMigrationConfig plain = { .compression = "none", .parallel_migration_threads = 8 };
  const BvMigrationConfig chosen = { .compression = "none",
                                     .parallel_migration_threads = 4,
                                     .threads_chosen = TRUE };
  const BvMigrationConfig post_copy = { .compression = "none",
                                        .parallel_migration_threads = 8,
                                        .threads_chosen = TRUE,
                                        .bandwidth_per_migration = 64 << 20,
                                        .allow_post_copy = TRUE,
                                        .allow_auto_converge = TRUE };
  const BvMigrationConfig slow = { .compression = "none",
                                   .bandwidth_per_migration = 64 << 20,
                                   .unsafe_migration_override = TRUE };
  const BvMigrationConfig crawling = { .compression = "none", .bandwidth_per_migration = 1 };
  const BvMigrationConfig zstd = { .compression = "zstd",
                                   .parallel_migration_threads = 2,
                                   .threads_chosen = TRUE };
  const struct
  {
    BvMigrationRequest request;
    guint flags;
    const char *params;
  } rows[] = {
    { { &plain, 9000000, 7002000, "d", "<d/>" },
      0,
      "destination_name=d destination_xml=<d/> persistent_xml=<d/>" },
    { { &plain, 11000000, 10000000, "d", "<d/>" },
      VIR_MIGRATE_PARALLEL,
      "destination_name=d destination_xml=<d/> persistent_xml=<d/> parallel.connections=8" },
    { { &chosen, 9000000, 7002000, "d", "<d/>" },
      VIR_MIGRATE_PARALLEL,
      "destination_name=d destination_xml=<d/> persistent_xml=<d/> parallel.connections=4" },
    { { &post_copy, 9000000, 7002000, "d", "<d/>" },
      VIR_MIGRATE_PARALLEL | VIR_MIGRATE_AUTO_CONVERGE,
      "destination_name=d destination_xml=<d/> persistent_xml=<d/> parallel.connections=8 "
      "bandwidth=64" },
    { { &post_copy, 9000000, 7002000, "d", "<d/>", .post_copy = TRUE },
      VIR_MIGRATE_POSTCOPY | VIR_MIGRATE_AUTO_CONVERGE,
      "destination_name=d destination_xml=<d/> persistent_xml=<d/> bandwidth=1 "
      "bandwidth.postcopy=64" },
    { { &post_copy, 11000000, 10001000, "d", "<d/>", .post_copy = TRUE },
      VIR_MIGRATE_POSTCOPY | VIR_MIGRATE_AUTO_CONVERGE | VIR_MIGRATE_PARALLEL,
      "destination_name=d destination_xml=<d/> persistent_xml=<d/> parallel.connections=8 "
      "bandwidth=1 bandwidth.postcopy=64" },
    { { &slow, 9000000, 7002000, "d", "<d/>", "tcp://b", "10.0.0.2", NULL, two_disks },
      VIR_MIGRATE_UNSAFE | VIR_MIGRATE_NON_SHARED_INC,
      "destination_name=d destination_xml=<d/> persistent_xml=<d/> migrate_uri=tcp://b "
      "listen_address=10.0.0.2 bandwidth=64 migrate_disks=vda migrate_disks=sdb" },
    { { &crawling, 10009000, 7002000, "d", "<d/>", NULL, NULL, "cert", two_disks },
      VIR_MIGRATE_NON_SHARED_INC,
      "destination_name=d destination_xml=<d/> persistent_xml=<d/> bandwidth=1 migrate_disks=vda "
      "migrate_disks_detect_zeroes=vda migrate_disks=sdb migrate_disks_detect_zeroes=sdb" },
    { { &zstd, 10009000, 7002000, "d", "<d/>", NULL, NULL, "cert", NULL, TRUE },
      VIR_MIGRATE_PARALLEL | VIR_MIGRATE_COMPRESSED | VIR_MIGRATE_TLS,
      "destination_name=d destination_xml=<d/> persistent_xml=<d/> tls.destination=cert "
      "compression=zstd parallel.connections=2" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *params = print_params (&rows[i].request);

      g_test_message ("row %u", i);
      g_assert_true (bv_migration_request_check (&rows[i].request, NULL));
      g_assert_cmpuint (bv_migration_request_get_flags (&rows[i].request), ==, rows[i].flags);
      g_assert_cmpstr (params, ==, rows[i].params);
    }
}

static void
test_compression (void)
{
  const BvMigrationConfig zstd = { .compression = "zstd",
                                   .parallel_migration_threads = 2,
                                   .threads_chosen = TRUE };
  const BvMigrationConfig single = { .compression = "zstd" };
  BvMigrationRequest request = { &zstd, 9000000, 7002000, "d", "<d/>" };
  g_autoptr (GError) old = NULL;
  g_autoptr (GError) one = NULL;

  g_assert_false (bv_migration_request_check (&request, &old));
  g_assert_error (old, BV_ERROR, BV_ERROR_NOT_SUPPORTED);
  request.libvirt_version = 9004000;
  g_assert_true (bv_migration_request_check (&request, NULL));
  request.config = &single;
  g_assert_false (bv_migration_request_check (&request, &one));
  g_assert_error (one, BV_ERROR, BV_ERROR_NOT_SUPPORTED);
}

static void
test_shared_storage (void)
{
  static const char mounts[] =
      "21 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
      "30 21 0:40 / /srv rw shared:5 - nfs4 store:/export/vms rw,vers=4.2\n"
      "31 21 0:41 /sub /with\\040blank rw - nfs store:/x rw\n"
      "32 30 8:2 / /srv/local rw - xfs /dev/sdb rw\n"
      "33 21 0:42 / /s rw - cifs //store/s rw\n"
      "34 21 0:43 / /fuse rw - fuse.sshfs me@there: rw\n"
      "35 21 0:44 / /over rw - tmpfs tmpfs rw\n"
      "36 21 0:45 / /over rw - fuse.glusterfs g:/v rw\n"
      "short line\n";
  static const struct
  {
    const char *path;
    const char *identity;
  } rows[] = {
    { "/var/a.img", NULL },
    { "/srv/a.img", "nfs:store:/export/vms:/a.img" },
    { "/srv", "nfs:store:/export/vms:" },
    { "/srvother/a.img", NULL },
    { "/srv/local/a.img", NULL },
    { "/with blank/d/a", "nfs:store:/x:/sub/d/a" },
    { "/s/a", "smb://store/s:/a" },
    { "/fuse/a", NULL },
    { "/over/a", "gluster:g:/v:/a" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *identity = bv_storage_identity_of_mount (mounts, rows[i].path);

      g_assert_cmpstr (identity, ==, rows[i].identity);
    }
}

/* Two names of a file are one, two files are two. */
static void
test_identity (void)
{
  g_autofree char *folder = g_dir_make_tmp ("barevirt-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (folder, "file", NULL);
  g_autofree char *link = g_build_filename (folder, "link", NULL);
  g_autofree char *other = g_build_filename (folder, "other", NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *of_nothing = bv_storage_identity (file, &error);
  g_autofree char *of_file = NULL;
  g_autofree char *of_link = NULL;
  g_autofree char *of_other = NULL;

  g_assert_null (of_nothing);
  g_assert_error (error, BV_ERROR, BV_ERROR_NOT_FOUND);
  g_assert_true (g_file_set_contents (file, "x", -1, NULL));
  g_assert_true (g_file_set_contents (other, "x", -1, NULL));
  g_assert_cmpint (symlink (file, link), ==, 0);
  of_file = bv_storage_identity (file, NULL);
  of_link = bv_storage_identity (link, NULL);
  of_other = bv_storage_identity (other, NULL);
  g_assert_nonnull (of_file);
  g_assert_cmpstr (of_file, ==, of_link);
  g_assert_cmpstr (of_file, !=, of_other);
  g_unlink (link);
  g_unlink (file);
  g_unlink (other);
  g_rmdir (folder);
}

static void
test_tls_folder (void)
{
  static const struct
  {
    const char *text;
    const char *folder;
  } rows[] = {
    { "", "/etc/pki/qemu" },
    { "#migrate_tls_x509_cert_dir = \"/a\"\n", "/etc/pki/qemu" },
    { "default_tls_x509_cert_dir = \"/a\"\n", "/a" },
    { "default_tls_x509_cert_dir = \"/a\"\n  migrate_tls_x509_cert_dir=\"/b\"\n", "/b" },
    { "migrate_tls_x509_cert_dir = \"/b\"\nmigrate_tls_x509_cert_dir = \"/c\"\n", "/c" },
    { "migrate_tls_x509_cert_dir_of = \"/b\"\n", "/etc/pki/qemu" },
  };
  g_autofree char *path = NULL;
  g_autofree char *nowhere = bv_migration_tls_get_folder ("/nonexistent/qemu.conf");
  int fd = g_file_open_tmp ("barevirt-XXXXXX", &path, NULL);

  g_assert_cmpint (fd, >=, 0);
  g_close (fd, NULL);
  g_assert_cmpstr (nowhere, ==, "/etc/pki/qemu");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *folder = NULL;

      g_assert_true (g_file_set_contents (path, rows[i].text, -1, NULL));
      folder = bv_migration_tls_get_folder (path);
      g_assert_cmpstr (folder, ==, rows[i].folder);
    }
  g_unlink (path);
}

static void
test_tls_check (void)
{
  static const char *const names[] = { "ca-cert.pem", "server-cert.pem", "server-key.pem" };
  g_autofree char *folder = g_dir_make_tmp ("barevirt-XXXXXX", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (bv_migration_tls_check (folder, BV_MIGRATION_SOURCE, "b", &error));
  g_assert_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED);
  g_assert_nonnull (strstr (error->message, "insecure=yes in the section [host b]"));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (folder, names[i], NULL);

      g_assert_false (bv_migration_tls_check (folder, BV_MIGRATION_TARGET, "a", NULL));
      g_assert_true (g_file_set_contents (path, "x", -1, NULL));
      g_assert_true (bv_migration_tls_check (folder, BV_MIGRATION_SOURCE, "b", NULL));
    }
  g_assert_true (bv_migration_tls_check (folder, BV_MIGRATION_TARGET, "a", NULL));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (folder, names[i], NULL);

      g_unlink (path);
    }
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (virInitialize (), ==, 0);
  g_test_add_func ("/migration-domain/rewrite", test_rewrite);
  g_test_add_func ("/migration-domain/rewrite-again", test_rewrite_again);
  g_test_add_func ("/migration-domain/disks", test_disks);
  g_test_add_func ("/migration-domain/parameters", test_parameters);
  g_test_add_func ("/migration-domain/compression", test_compression);
  g_test_add_func ("/migration-domain/shared-storage", test_shared_storage);
  g_test_add_func ("/migration-domain/identity", test_identity);
  g_test_add_func ("/migration-domain/tls-folder", test_tls_folder);
  g_test_add_func ("/migration-domain/tls-check", test_tls_check);
  return g_test_run ();
}
