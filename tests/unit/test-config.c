/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gstdio.h>
#include <string.h>

#include "host/bv-config.h"
#include "model/bv-error.h"

typedef struct
{
  char *folder;
  char *path;
  char *drop_ins;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("bv-config-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "barevirt.conf", NULL);
  fixture->drop_ins = g_build_filename (fixture->folder, "barevirt.conf.d", NULL);
  g_assert_cmpint (g_mkdir (fixture->drop_ins, 0700), ==, 0);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->drop_ins, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (fixture->drop_ins, name, NULL);

      g_unlink (path);
    }
  g_unlink (fixture->path);
  g_rmdir (fixture->drop_ins);
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  g_free (fixture->folder);
  g_free (fixture->path);
  g_free (fixture->drop_ins);
}

static void
write_text (const char *path, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

static void
test_defaults (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BvConfig) config = bv_config_new_from_file (fixture->path, &error);

  g_assert_no_error (error);
  g_assert_false (bv_policy_has_feature_gate (bv_config_get_policy (config), "HostDisk"));
  g_assert_false (bv_policy_has_feature_gate (bv_config_get_policy (config), "Sidecar"));
  g_assert_true (
      bv_policy_has_feature_gate (bv_config_get_policy (config), "DeclarativeHotplugVolumes"));
  g_assert_false (bv_config_get_boolean (config, "hypervisor", "allow-emulation"));
  g_assert_cmpstr (bv_config_get_string (config, "network", "default"), ==, "default");
  g_assert_cmpuint (g_strv_length ((char **)bv_config_get_strings (config, "host-disk", "folders")),
                    ==, 0);
  g_assert_cmpint (bv_config_get_integer (config, "limits", "objects"), ==, 5000);
}

static void
test_drop_ins (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BvConfig) config = NULL;
  g_autofree char *second = g_build_filename (fixture->drop_ins, "20-b.conf", NULL);
  g_autofree char *first = g_build_filename (fixture->drop_ins, "10-a.conf", NULL);
  g_autofree char *other = g_build_filename (fixture->drop_ins, "30-c.bak", NULL);

  write_text (fixture->path,
              "[features]\nHostDisk=true\n[defaults]\ncpu-model=EPYC\n[limits]\nobjects=7\n"
              "[host-disk]\nfolders=/srv/a;/srv/b\n"
              "[registry a.b]\ninsecure=yes\n[registry a.b:5000]\ninsecure=yes\n");
  write_text (second, "[limits]\nobjects=9\n[registry a.b]\ninsecure=no\n");
  write_text (first, "[limits]\nobjects=8\n[hypervisor]\nallow-emulation=true\n");
  write_text (other, "nonsense");
  config = bv_config_new_from_file (fixture->path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (bv_policy_get_default (bv_config_get_policy (config), "cpu-model"), ==, "EPYC");
  g_assert_true (bv_policy_has_feature_gate (bv_config_get_policy (config), "HostDisk"));
  g_assert_true (bv_config_get_boolean (config, "hypervisor", "allow-emulation"));
  g_assert_cmpint (bv_config_get_integer (config, "limits", "objects"), ==, 9);
  g_assert_cmpstr (bv_config_get_strings (config, "host-disk", "folders")[1], ==, "/srv/b");
  g_assert_true (bv_config_is_registry_insecure (config, "a.b:5000"));
  g_assert_false (bv_config_is_registry_insecure (config, "a.b"));
}

/* What others could read on the way is known by its setting. */
static void
test_clear_text (void)
{
  static const struct
  {
    const char *address;
    const char *libvirt_uri;
    const char *setting;
  } rows[] = {
    { "ssh://root@b", "qemu+tls://b/system", NULL },
    { "ssh://root@b", "qemu://b/system", NULL },
    { "ssh://root@b", "qemu+ssh://b/system", NULL },
    { "unix:path=/run/b", "qemu+tcp://b/system", "libvirt-uri" },
    { "tcp:host=b,port=1", "qemu+tls://b/system", "address" },
    { "nonce-tcp:host=b,port=1,noncefile=/n", "qemu+tls://b/system", "address" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (BvRemoteHost) host = bv_remote_host_new ("b");

      g_assert_true (bv_remote_host_set (host, "address", rows[i].address, NULL));
      g_assert_true (bv_remote_host_set (host, "libvirt-uri", rows[i].libvirt_uri, NULL));
      g_assert_cmpstr (bv_remote_host_find_clear_text (host), ==, rows[i].setting);
    }
}

static void
test_refused (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *text;
    const char *named;
  } cases[] = {
    { "[features]\nHostDisc=true\n", "HostDisc" },
    { "[features]\nHostDisk=maybe\n", "HostDisk" },
    { "[defaults]\ncpu-modle=EPYC\n", "cpu-modle" },
    { "[defaults]\nmax-hotplug-ratio=0\n", "max-hotplug-ratio" },
    { "[limits]\nobjets=7\n", "objets" },
    { "[limit]\nobjects=7\n", "[limit]" },
    { "[limits]\nobjects=soon\n", "objects" },
    { "[limits]\nobjects=0\n", "from 1 to 1000000" },
    { "[hypervisor]\nallow-emulation=yes please\n", "allow-emulation" },
    { "[host b]\naddress=ssh://-oProxyCommand=x\n", "ssh://USER@HOST" },
    { "[host b]\naddress=b\n", "ssh://USER@HOST" },
    { "[host b]\nlibvirt-uri=b\n", "qemu+tls" },
    { "[host b]\ninsecure=perhaps\n", "yes or no" },
    { "[host b]\nport=22\n", "no setting port" },
    { "[registry a.b]\ninsecure=perhaps\n", "insecure=yes" },
    { "[registry a.b]\nunsafe=yes\n", "[registry a.b]" },
    { "[registry ]\ninsecure=yes\n", "[registry ]" },
    { "no key file", "barevirt.conf" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      write_text (fixture->path, cases[i].text);
      g_assert_null (bv_config_new_from_file (fixture->path, &error));
      g_assert_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT);
      g_assert_nonnull (strstr (error->message, cases[i].named));
      g_assert_nonnull (strstr (error->message, fixture->path));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/config/defaults", Fixture, NULL, set_up, test_defaults, tear_down);
  g_test_add ("/config/drop-ins", Fixture, NULL, set_up, test_drop_ins, tear_down);
  g_test_add_func ("/config/clear-text", test_clear_text);
  g_test_add ("/config/refused", Fixture, NULL, set_up, test_refused, tear_down);
  return g_test_run ();
}
