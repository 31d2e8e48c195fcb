/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "host/hook/bv-hook-domain.h"
#include "host/hook/bv-hook-sandbox.h"
#include "model/bv-error.h"

#define DOMAIN(rest, devices)                                                                      \
  "<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n"                  \
  "  <name>default_one</name><uuid>5d307ca9-b3ef-428c-8861-06e72d69f223</uuid>\n"                  \
  "  <memory unit='KiB'>65536</memory>" rest "\n  <devices>\n"                                     \
  "    <disk type='file' device='disk'><driver name='qemu' type='raw'/>"                           \
  "<source file='/images/a.img'/><target dev='vda' bus='virtio'/></disk>\n" devices                \
  "  </devices>\n</domain>"

static const char *const before =
    DOMAIN ("<sysinfo type='smbios'><system><entry name='sku'>a</entry></system></sysinfo>",
            "    <interface type='network'><source network='default'/><model type='e1000'/>"
            "</interface>\n");

/* What a manifest's hook may answer to that, and what not. */
static const struct
{
  const char *from;
  const char *to;
  gboolean manifest; /* a manifest's hook may */
  gboolean host;     /* one of the host may */
} changes[] = {
  { "virtio", "virtio", TRUE, TRUE },
  { "\n  <devices>", "<!-- told --><devices>", TRUE, TRUE },
  { "</sysinfo>", "<baseBoard><entry name='manufacturer'>X</entry></baseBoard></sysinfo>", TRUE,
    TRUE },
  { "<sysinfo type='smbios'><system><entry name='sku'>a</entry></system></sysinfo>", "", TRUE,
    TRUE },
  { "<model type='e1000'/>", "<model type='virtio'/><boot order='1'/>", TRUE, TRUE },
  { "type='raw'", "type='raw' cache='none'", TRUE, TRUE },
  { "bus='virtio'", "bus='sata'", TRUE, TRUE },
  { "</devices>", "<controller type='usb' index='0' model='qemu-xhci'/></devices>", TRUE, TRUE },
  { "<devices>", "<features><acpi/><apic/></features><devices>", TRUE, TRUE },
  { "type='raw'", "type='qcow2'", FALSE, TRUE },
  { "/images/a.img", "/etc/shadow", FALSE, TRUE },
  { "65536", "99999999", FALSE, TRUE },
  { "network='default'", "network='other'", FALSE, TRUE },
  { "dev='vda'", "dev='vdb'", FALSE, TRUE },
  { "</devices>",
    "<disk type='file' device='disk'><source file='/etc/shadow'/><target dev='vdb'/></disk>"
    "</devices>",
    FALSE, TRUE },
  { "</devices>", "<hostdev mode='subsystem' type='usb'/></devices>", FALSE, TRUE },
  { "</devices>", "<emulator>/tmp/evil</emulator></devices>", FALSE, TRUE },
  { "</devices>", "</devices><qemu:commandline><qemu:arg value='-x'/></qemu:commandline>", FALSE,
    TRUE },
  { "</sysinfo>",
    "</sysinfo><sysinfo type='fwcfg'><entry name='opt/x' file='/etc/shadow'/>"
    "</sysinfo>",
    FALSE, TRUE },
  { "<devices>", "<os><loader>/tmp/evil</loader></os><devices>", FALSE, TRUE },
  { "<devices>", "<on_crash>coredump-destroy</on_crash><devices>", FALSE, TRUE },
  { "<devices>", "<cpu><numa><cell id='0' cpus='0' memory='9999999'/></numa></cpu><devices>", FALSE,
    TRUE },
  { "<devices>", "<seclabel type='none'/><devices>", FALSE, TRUE },
  { "default_one", "default_two", FALSE, FALSE },
  { "5d307ca9", "6d307ca9", FALSE, FALSE },
  { "</domain>", "", FALSE, FALSE },
  { "<domain type='kvm'", "<!DOCTYPE domain [<!ENTITY a 'b'>]><domain type='kvm'", FALSE, FALSE },
  { "domain", "network", FALSE, FALSE },
};

static char *
replace (const char *from, const char *to)
{
  g_auto (GStrv) parts = g_strsplit (before, from, -1);

  return g_strjoinv (to, parts);
}

static void
test_domain (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (changes); i++)
    for (guint host = 0; host < 2; host++)
      {
        g_autofree char *after = replace (changes[i].from, changes[i].to);
        gboolean allowed = host ? changes[i].host : changes[i].manifest;
        g_autoptr (GError) error = NULL;

        g_test_message ("%s -> %s (%s)", changes[i].from, changes[i].to,
                        host ? "host" : "manifest");
        g_assert_cmpint (bv_hook_domain_check (before, after, host, &error), ==, allowed);
        g_assert_cmpint (error == NULL, ==, allowed);
      }
}

/* The sentence names the place. */
static void
test_domain_message (void)
{
  g_autofree char *after = replace ("/images/a.img", "/etc/shadow");
  g_autoptr (GError) error = NULL;

  g_assert_false (bv_hook_domain_check (before, after, FALSE, &error));
  g_assert_error (error, BV_ERROR, BV_ERROR_NOT_AUTHORIZED);
  g_assert_nonnull (strstr (error->message, "/domain/devices/disk/source"));
}

static void
test_commands (void)
{
  const char *const arguments[] = { "--vmi", "{}", NULL };
  BvHookLimits limits = { BV_HOOK_LAUNCHER_UNIT, 60, 1 << 28 };
  g_auto (GStrv) unit = bv_hook_sandbox_build (BV_HOOK_ON_DEFINE_DOMAIN, &limits, arguments);
  g_auto (GStrv) root = NULL;
  g_auto (GStrv) user = NULL;

  g_assert_cmpstr (unit[0], ==, "systemd-run");
  g_assert_true (g_strv_contains ((const char *const *)unit, "--property=DynamicUser=yes"));
  g_assert_true (g_strv_contains ((const char *const *)unit, "--property=PrivateNetwork=yes"));
  g_assert_true (g_strv_contains ((const char *const *)unit, "--property=MemoryMax=268435456"));
  g_assert_true (g_strv_contains ((const char *const *)unit, "--property=RuntimeMaxSec=60"));
  g_assert_true (g_strv_contains ((const char *const *)unit, "--unshare-all"));
  g_assert_true (g_strv_contains ((const char *const *)unit, "/hooks/onDefineDomain"));
  limits.launcher = BV_HOOK_LAUNCHER_ROOT;
  root = bv_hook_sandbox_build (BV_HOOK_PRE_CLOUD_INIT_ISO, &limits, arguments);
  g_assert_cmpstr (root[0], ==, "setpriv");
  g_assert_true (g_strv_contains ((const char *const *)root, "--reuid=nobody"));
  g_assert_true (g_strv_contains ((const char *const *)root, "/hooks/preCloudInitIso"));
  limits.launcher = BV_HOOK_LAUNCHER_USER;
  user = bv_hook_sandbox_build (BV_HOOK_ON_DEFINE_DOMAIN, &limits, arguments);
  g_assert_cmpstr (user[0], ==, "prlimit");
  g_assert_cmpstr (user[g_strv_length (user) - 1], ==, "{}");
}

/* What a guest's shell is to expand is not for systemd. */
static void
test_dollars (void)
{
  const char *const arguments[] = { "--cloud-init", "echo ${HOME} $$ $1", NULL };
  BvHookLimits limits = { BV_HOOK_LAUNCHER_UNIT, 60, 1 << 28 };
  g_auto (GStrv) unit = bv_hook_sandbox_build (BV_HOOK_PRE_CLOUD_INIT_ISO, &limits, arguments);
  g_auto (GStrv) root = NULL;

  g_assert_cmpstr (unit[g_strv_length (unit) - 1], ==, "echo $${HOME} $$$$ $$1");
  limits.launcher = BV_HOOK_LAUNCHER_ROOT;
  root = bv_hook_sandbox_build (BV_HOOK_PRE_CLOUD_INIT_ISO, &limits, arguments);
  g_assert_cmpstr (root[g_strv_length (root) - 1], ==, arguments[1]);
}

static BvConfig *
make_config (guint seconds)
{
  g_autofree char *path = NULL;
  g_autofree char *text =
      g_strdup_printf ("[hooks]\nseconds=%u\nmemory-bytes=134217728\n", seconds);
  g_autoptr (GError) error = NULL;
  int fd = g_file_open_tmp ("bv-hook-XXXXXX", &path, &error);
  BvConfig *config;

  g_assert_no_error (error);
  close (fd);
  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
  config = bv_config_new_from_file (path, &error);
  g_assert_no_error (error);
  unlink (path);
  return config;
}

static char *
run (const char *script, guint seconds, GError **error)
{
  const char *const arguments[] = { "--vmi", "{}", "--domain", "<a b='c'/>\n", NULL };
  g_autoptr (BvConfig) config = make_config (seconds);
  const BvHook hook = { .name = (char *)"test", .program = g_bytes_new (script, strlen (script)) };
  char *answer =
      bv_hook_sandbox_run (&hook, BV_HOOK_ON_DEFINE_DOMAIN, config, arguments, NULL, error);

  g_bytes_unref (hook.program);
  return answer;
}

/* Where no user may make namespaces, there is nothing to run a hook in. */
static gboolean
can_run (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = run ("#!/bin/sh\nexit 0\n", 10, &error);

  if (answer != NULL)
    return TRUE;
  g_test_skip (error->message);
  return FALSE;
}

static void
test_run (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = NULL;

  if (!can_run ())
    return;
  answer = run ("#!/bin/sh\nprintf '%s' \"$0|$4|\"; cat; pwd\n", 10, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (answer, ==, "/hooks/onDefineDomain|<a b='c'/>\n|/tmp\n");
}

/* What it can find of the host: no network, no files but programs, no other user's, no root. */
static void
test_confined (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = NULL;

  if (!can_run ())
    return;
  answer = run ("#!/bin/sh\n"
                "for f in /etc/passwd /etc/shadow /home /root /var /run /proc/1 /sys; do\n"
                "  [ -e $f ] && echo \"sees $f\"; done\n"
                "[ $(id -u) = 0 ] && echo is root\n"
                "touch /usr/x /x /hooks/x 2>/dev/null && echo writes\n"
                "echo done\n",
                10, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (answer, ==, "done\n");
}

static void
test_limits (void)
{
  static const struct
  {
    const char *script;
    int code;
    const char *says;
  } cases[] = {
    { "#!/bin/sh\necho the reason >&2; exit 3\n", BV_ERROR_FAILED, "failed: the reason" },
    { "#!/bin/sh\nexec sleep 100\n", BV_ERROR_TIMED_OUT, "did not end within 1 seconds" },
    { "#!/bin/sh\nwhile :; do :; done\n", BV_ERROR_TIMED_OUT, "did not end" },
    { "#!/bin/sh\nexec head -c 50000000 /dev/zero\n", BV_ERROR_FAILED, "failed" },
    { "#!/bin/sh\na=$(head -c 900000000 /dev/zero | tr '\\0' a)\n", BV_ERROR_FAILED, "failed" },
    { "#!/nowhere\n", BV_ERROR_FAILED, "failed" },
  };

  if (!can_run ())
    return;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint seconds = cases[i].code == BV_ERROR_TIMED_OUT ? 1 : 20;
      g_autoptr (GError) error = NULL;
      g_autofree char *answer = run (cases[i].script, seconds, &error);

      g_test_message ("%s", cases[i].script);
      g_assert_null (answer);
      g_test_message ("%s", error->message);
      g_assert_error (error, BV_ERROR, cases[i].code);
      g_assert_nonnull (strstr (error->message, cases[i].says));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hook/domain", test_domain);
  g_test_add_func ("/hook/domain-message", test_domain_message);
  g_test_add_func ("/hook/commands", test_commands);
  g_test_add_func ("/hook/dollars", test_dollars);
  g_test_add_func ("/hook/run", test_run);
  g_test_add_func ("/hook/confined", test_confined);
  g_test_add_func ("/hook/limits", test_limits);
  return g_test_run ();
}
