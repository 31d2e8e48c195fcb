/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-client.h"
#include "cli/bv-cli-output.h"
#include "cli/bv-cli.h"
#include "host/bv-kvm.h"
#include "host/machine/bv-firmware.h"

#include <glib/gi18n.h>

/* Tells, check by check, what works on this host and what to do about the rest. */

typedef enum
{
  GOOD,
  NOTE, /* works, but not as well as it could */
  BAD,
  UNKNOWN, /* the service would know */
} Verdict;

typedef struct
{
  BvCliClient *client; /* NULL where no service answers */
  GError *client_error;
} Doctor;

typedef Verdict (*Check) (Doctor *self, GString *finding, GString *advice);

static Verdict
check_service (Doctor *self, GString *finding, GString *advice)
{
  if (self->client == NULL)
    {
      g_string_append (finding, self->client_error->message);
      g_string_append (advice, _ ("Start it with “systemctl enable --now barevirtd”."));
      return BAD;
    }
  g_string_append_printf (finding, _ ("barevirtd %s answers."),
                          bv_dbus_manager_get_version (bv_cli_client_get_manager (self->client)));
  return GOOD;
}

static Verdict
check_hypervisor (Doctor *self, GString *finding, GString *advice)
{
  BvDBusManager *manager = bv_cli_client_get_manager (self->client);
  const char *state = bv_dbus_manager_get_hypervisor_state (manager);

  if (g_strcmp0 (state, "connected") != 0)
    {
      g_string_append (finding, _ ("The service has no connection to libvirt."));
      g_string_append (advice, _ ("Look at “systemctl status libvirtd”; the service connects by "
                                  "itself once libvirt answers."));
      return BAD;
    }
  g_string_append_printf (
      finding, _ ("libvirt %s with %s %s at %s."), bv_dbus_manager_get_libvirt_version (manager),
      bv_dbus_manager_get_hypervisor (manager), bv_dbus_manager_get_hypervisor_version (manager),
      bv_dbus_manager_get_hypervisor_uri (manager));
  return GOOD;
}

static Verdict
check_kvm (Doctor *self, GString *finding, GString *advice)
{
  g_autoptr (GError) error = NULL;

  if (bv_kvm_check (&error))
    {
      g_string_append (finding, _ ("KVM works."));
      return GOOD;
    }
  g_string_append (finding, error->message);
  g_string_append (advice,
                   _ ("Enable virtualization in the firmware (or nested virtualization on the "
                      "outer host); until then guests run slowly, and only where barevirt.conf "
                      "allows emulation."));
  return NOTE;
}

static GVariant *
get_host_facts (Doctor *self)
{
  return bv_dbus_manager_get_host_facts (bv_cli_client_get_manager (self->client));
}

static void
tell_hugepages (GVariant *facts, GString *finding)
{
  g_autoptr (GVariant) pages =
      g_variant_lookup_value (facts, "hugepages", G_VARIANT_TYPE ("a{tt}"));
  GVariantIter iter;
  guint64 size, count;

  if (pages == NULL)
    return;
  g_variant_iter_init (&iter, pages);
  while (g_variant_iter_next (&iter, "{tt}", &size, &count))
    if (count > 0)
      {
        g_autofree char *text = g_format_size_full (size, G_FORMAT_SIZE_IEC_UNITS);

        g_string_append_printf (finding, _ (" There are %" G_GUINT64_FORMAT " huge pages of %s."),
                                count, text);
      }
}

/* What guests may have of the machine. */
static Verdict
check_resources (Doctor *self, GString *finding, GString *advice)
{
  GVariant *facts = get_host_facts (self);
  const char *pinning = "";
  guint32 n_cpus = 0;
  guint64 memory = 0;
  g_autofree char *size = NULL;

  if (facts == NULL || !g_variant_lookup (facts, "cpus", "u", &n_cpus))
    {
      g_string_append (finding, _ ("The service does not know this machine's CPUs and memory."));
      return NOTE;
    }
  g_variant_lookup (facts, "pinning", "&s", &pinning);
  g_variant_lookup (facts, "memory", "t", &memory);
  size = g_format_size_full (memory, G_FORMAT_SIZE_IEC_UNITS);
  g_string_append_printf (finding, _ ("Guests share %u CPUs and %s of memory."), n_cpus, size);
  tell_hugepages (facts, finding);
  if (pinning[0] != '\0')
    {
      g_string_append_printf (finding, _ (" CPUs %s are set aside for pinning."), pinning);
      return GOOD;
    }
  g_string_append (finding, _ (" No CPUs are set aside for pinning."));
  g_string_append (advice, _ ("Guests with dedicatedCpuPlacement need some: “pinning=2-5” in [cpu] "
                              "of barevirt.conf."));
  return NOTE;
}

static Verdict
check_limits (Doctor *self, GString *finding, GString *advice)
{
  GVariant *facts = get_host_facts (self);
  gboolean cpu = FALSE;
  gboolean memory = FALSE;

  if (facts != NULL)
    {
      g_variant_lookup (facts, "cpuLimits", "b", &cpu);
      g_variant_lookup (facts, "memoryLimits", "b", &memory);
    }
  if (cpu && memory)
    {
      g_string_append (finding, _ ("Limits on CPU and memory hold by control groups."));
      return GOOD;
    }
  g_string_append (finding, cpu      ? _ ("Limits on memory do not hold here.")
                            : memory ? _ ("Limits on CPU do not hold here.")
                                     : _ ("Limits on CPU and memory do not hold here."));
  g_string_append (advice, _ ("libvirt uses control groups as the system's service, where the "
                              "kernel has them and cgroup_controllers in /etc/libvirt/qemu.conf "
                              "leaves them in."));
  return NOTE;
}

/* The firmware of this host's descriptors for plain guests and for those with secure boot. */
static Verdict
check_firmware (Doctor *self, GString *finding, GString *advice)
{
  g_auto (GStrv) folders = bv_firmware_get_folders ();
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) list = bv_firmware_list ((const char *const *)folders, problems);
  BvFirmwareWish wish = {
#ifdef __aarch64__
    .architecture = "aarch64",
    .machine = "virt",
#else
    .architecture = "x86_64",
    .machine = "q35",
#endif
  };
  const BvFirmware *plain = bv_firmware_choose (list, &wish);
  const BvFirmware *secure;

  wish.secure_boot = TRUE;
  secure = bv_firmware_choose (list, &wish);
  for (guint i = 0; i < problems->len; i++)
    g_string_append_printf (finding, "%s ", (const char *)g_ptr_array_index (problems, i));
  if (plain == NULL)
    {
      g_string_append (finding, _ ("No firmware descriptor tells of an image for EFI guests."));
      g_string_append (advice, _ ("Install one (Debian: apt install ovmf)."));
      return NOTE;
    }
  if (secure == NULL)
    {
      g_string_append_printf (
          finding, _ ("EFI guests boot with %s; none has secure boot with keys."), plain->code);
      return NOTE;
    }
  g_string_append_printf (finding, _ ("EFI guests boot with %s, with secure boot %s."), plain->code,
                          secure->code);
  return problems->len == 0 ? GOOD : NOTE;
}

static Verdict
check_apparmor (Doctor *self, GString *finding, GString *advice)
{
  g_autofree char *enabled = NULL;

  if (g_file_get_contents ("/sys/module/apparmor/parameters/enabled", &enabled, NULL, NULL) &&
      enabled[0] == 'Y')
    {
      g_string_append (finding, _ ("AppArmor confines each guest."));
      return GOOD;
    }
  if (g_file_test ("/sys/fs/selinux/enforce", G_FILE_TEST_EXISTS))
    {
      g_string_append (finding, _ ("SELinux confines each guest."));
      return GOOD;
    }
  g_string_append (finding, _ ("Neither AppArmor nor SELinux confines the guests."));
  g_string_append (advice, _ ("Boot with one of them; libvirt then labels each guest by itself."));
  return NOTE;
}

static gboolean
succeeds (const char *const *arguments, char **output)
{
  int status;

  return g_spawn_sync (NULL, (char **)arguments, NULL,
                       G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, output, NULL,
                       &status, NULL) &&
         g_spawn_check_wait_status (status, NULL);
}

static Verdict
check_nftables (Doctor *self, GString *finding, GString *advice)
{
  const char *const arguments[] = { "nft", "list", "tables", NULL };
  g_autofree char *output = NULL;

  if (succeeds (arguments, &output))
    {
      g_string_append (finding, _ ("nftables answers."));
      return GOOD;
    }
  g_string_append (finding, _ ("nftables cannot be asked."));
  g_string_append (
      advice,
      _ ("Install the package nftables, and ask as root; guests on the pod network need it."));
  return NOTE;
}

static Verdict
check_pools (Doctor *self, GString *finding, GString *advice)
{
  const char *uri =
      self->client == NULL
          ? NULL
          : bv_dbus_manager_get_hypervisor_uri (bv_cli_client_get_manager (self->client));
  const char *const arguments[] = {
    "virsh", "-c", uri != NULL ? uri : "qemu:///system", "-q", "pool-list", "--name", NULL,
  };
  g_autofree char *output = NULL;

  if (succeeds (arguments, &output) && g_strstrip (output)[0] != '\0')
    {
      g_strdelimit (output, "\n", ' ');
      g_string_append_printf (finding, _ ("Storage pools: %s."), output);
      return GOOD;
    }
  g_string_append (finding, _ ("libvirt has no active storage pool, or cannot be asked."));
  g_string_append (advice, _ ("Claims need one: “virsh pool-define-as barevirt dir --target "
                              "/var/lib/barevirt/pool”, then pool-build, pool-start and "
                              "pool-autostart."));
  return NOTE;
}

static Verdict
check_manifests (Doctor *self, GString *finding, GString *advice)
{
  BvDBusManager *manager = bv_cli_client_get_manager (self->client);
  const char *folder = bv_dbus_manager_get_manifest_folder (manager);
  GVariant *problems = bv_dbus_manager_get_manifest_problems (manager);
  GVariantIter iter;
  const char *name, *problem;

  if (problems == NULL || g_variant_n_children (problems) == 0)
    {
      g_string_append_printf (finding, _ ("All of %s is applied."),
                              folder != NULL ? folder : "manifests.d");
      return GOOD;
    }
  g_string_append_printf (finding, _ ("Not all of %s is applied."), folder);
  g_variant_iter_init (&iter, problems);
  while (g_variant_iter_next (&iter, "{&s&s}", &name, &problem))
    g_string_append_printf (advice, "%s%s: %s", advice->len > 0 ? " " : "", name, problem);
  return NOTE;
}

static const char *const programs[][2] = {
  { "qemu-img", "qemu-utils" }, { "qemu-system-x86_64", "qemu-system-x86" },
  { "skopeo", "skopeo" },       { "swtpm", "swtpm" },
  { "xorriso", "xorriso" },     { "bwrap", "bubblewrap" },
};

static Verdict
check_programs (Doctor *self, GString *finding, GString *advice)
{
  g_autoptr (GString) packages = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (programs); i++)
    {
      g_autofree char *path = g_find_program_in_path (programs[i][0]);

      if (path != NULL)
        continue;
      g_string_append_printf (finding, "%s%s", packages->len > 0 ? ", " : "", programs[i][0]);
      g_string_append_printf (packages, " %s", programs[i][1]);
    }
  if (packages->len == 0)
    {
      g_string_append (finding, _ ("All programs that guests may need are there."));
      return GOOD;
    }
  g_string_prepend (finding, _ ("Missing: "));
  g_string_append_printf (advice, _ ("Install them (Debian: apt install%s)."), packages->str);
  return NOTE;
}

static const struct
{
  const char *title;
  Check run;
  gboolean needs_service;
} checks[] = {
  { N_ ("service"), check_service, FALSE },
  { N_ ("hypervisor"), check_hypervisor, TRUE },
  { N_ ("KVM"), check_kvm, FALSE },
  { N_ ("resources"), check_resources, TRUE },
  { N_ ("limits"), check_limits, TRUE },
  { N_ ("firmware"), check_firmware, FALSE },
  { N_ ("isolation"), check_apparmor, FALSE },
  { N_ ("nftables"), check_nftables, FALSE },
  { N_ ("pools"), check_pools, FALSE },
  { N_ ("programs"), check_programs, FALSE },
  { N_ ("manifests"), check_manifests, TRUE },
};

static Verdict
run_check (Doctor *self, gsize number, GString *finding, GString *advice)
{
  if (self->client != NULL || !checks[number].needs_service)
    return checks[number].run (self, finding, advice);
  g_string_append (finding, _ ("Only the service can tell."));
  return UNKNOWN;
}

static void
add_check (GVariantBuilder *list, const char *title, const char *verdict, const char *finding,
           const char *advice)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "check", "s", title);
  g_variant_dict_insert (&dict, "verdict", "s", verdict);
  g_variant_dict_insert (&dict, "finding", "s", finding);
  if (advice[0] != '\0')
    g_variant_dict_insert (&dict, "advice", "s", advice);
  g_variant_builder_add_value (list, g_variant_dict_end (&dict));
}

/* What it finds is printed, or goes into LIST where there is one. */
static gboolean
examine (Doctor *self, GVariantBuilder *list)
{
  static const char *const marks[] = { "ok", "note", "BAD", "?" };
  static const char *const verdicts[] = { "good", "note", "bad", "unknown" };
  gboolean healthy = TRUE;

  for (gsize i = 0; i < G_N_ELEMENTS (checks); i++)
    {
      g_autoptr (GString) finding = g_string_new (NULL);
      g_autoptr (GString) advice = g_string_new (NULL);
      Verdict verdict = run_check (self, i, finding, advice);

      healthy &= verdict != BAD;
      if (list != NULL)
        {
          add_check (list, checks[i].title, verdicts[verdict], finding->str, advice->str);
          continue;
        }
      g_print ("%-5s %-11s %s\n", marks[verdict], _ (checks[i].title), finding->str);
      if (advice->len > 0)
        g_print ("%17s → %s\n", "", advice->str);
    }
  return healthy;
}

static gboolean
examine_as_data (Doctor *self, BvOutput output)
{
  GVariantBuilder list;
  GVariantDict dict;
  gboolean healthy;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  healthy = examine (self, &list);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "healthy", "b", healthy);
  g_variant_dict_insert (&dict, "checks", "aa{sv}", &list);
  bv_cli_print_variant (g_variant_dict_end (&dict), output);
  return healthy;
}

int
bv_cli_doctor (int argc, char **argv)
{
  g_auto (BvCliOptions) options = { 0 };
  gboolean healthy;
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) client_error = NULL;
  g_autoptr (BvCliClient) client = NULL;
  Doctor doctor;

  if (!bv_cli_options_parse_output (&options, NULL, BV_OUTPUT_JSON, &argc, &argv, &error))
    return bv_cli_misuse ("%s", error->message);
  client = bv_cli_client_new_for_manager (&options, &client_error);
  doctor = (Doctor){ client, client_error };
  healthy = options.output == BV_OUTPUT_TABLE ? examine (&doctor, NULL)
                                              : examine_as_data (&doctor, options.output);
  return healthy ? 0 : BV_CLI_FAILURE;
}
