/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/volume/bv-virtiofs-daemon.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <linux/capability.h>
#include <string.h>

#include "host/bv-listener.h"
#include "host/bv-program.h"
#include "host/companion/bv-companion.h"
#include "host/volume/bv-volume-folder.h"
#include "model/bv-error.h"

/* What it needs to go into its sandbox, and there to act as the guest's users. It drops what it
 * does not keep before it listens to the guest. */
#define CAPABILITIES                                                                               \
  (BV_CAPABILITY (CAP_CHOWN) | BV_CAPABILITY (CAP_DAC_OVERRIDE) |                                  \
   BV_CAPABILITY (CAP_DAC_READ_SEARCH) | BV_CAPABILITY (CAP_FOWNER) | BV_CAPABILITY (CAP_FSETID) | \
   BV_CAPABILITY (CAP_SETGID) | BV_CAPABILITY (CAP_SETUID) | BV_CAPABILITY (CAP_MKNOD) |           \
   BV_CAPABILITY (CAP_SETFCAP) | BV_CAPABILITY (CAP_SETPCAP) | BV_CAPABILITY (CAP_SYS_CHROOT) |    \
   BV_CAPABILITY (CAP_SYS_ADMIN) | BV_CAPABILITY (CAP_SYS_RESOURCE))

/* Where distributions have it; the one in Rust, which followed QEMU's own, first. */
static const char *const usual_places[] = {
  "/usr/libexec/virtiofsd",
  "/usr/lib/virtiofsd",
  "/usr/lib/qemu/virtiofsd",
  NULL,
};

/* Its options were made anew with it. */
typedef enum
{
  FLAVOUR_QEMU,
  FLAVOUR_RUST,
} Flavour;

static const char *
find_program (const BvConfig *config, GError **error)
{
  const char *program = bv_program_find (config, "virtiofs", usual_places);

  if (program == NULL)
    g_set_error (
        error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
        _ ("The program virtiofsd is not on this host. Install it, or name it with program= "
           "in [virtiofs] of barevirt.conf."));
  return program;
}

static gboolean
find_flavour (const char *program, Flavour *flavour, gboolean *has_read_only, GError **error)
{
  const char *const arguments[] = { program, "--help", NULL };
  g_autofree char *text = NULL;
  g_autoptr (GError) local = NULL;

  if (!g_spawn_sync (NULL, (char **)arguments, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &text,
                     NULL, NULL, &local))
    {
      g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE, _ ("%s cannot be run: %s."), program,
                   local->message);
      return FALSE;
    }
  *flavour = strstr (text, "--shared-dir") != NULL ? FLAVOUR_RUST : FLAVOUR_QEMU;
  *has_read_only = strstr (text, "--readonly") != NULL;
  return TRUE;
}

/* Its options are separated by commas. */
static char *
escape_commas (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);

  return g_strjoinv ("\\,", parts);
}

static GStrv
build_arguments (const char *program, Flavour flavour, const char *sandbox, const char *folder,
                 gboolean read_only)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autofree char *escaped = escape_commas (folder);
  g_autofree char *source = NULL;

  g_strv_builder_add_many (builder, program, "--fd=0", NULL);
  if (flavour == FLAVOUR_QEMU)
    {
      source = g_strdup_printf ("source=%s,cache=auto,log_level=err,sandbox=%s", escaped, sandbox);
      g_strv_builder_add_many (builder, "-f", "-o", source, NULL);
      return g_strv_builder_end (builder);
    }
  source = g_strdup_printf ("--sandbox=%s", sandbox);
  g_strv_builder_add_many (builder, "--shared-dir", folder, "--cache=auto", "--log-level=error",
                           source, NULL);
  if (read_only)
    g_strv_builder_add (builder, "--readonly");
  return g_strv_builder_end (builder);
}

static gboolean
check_flavour (const char *program, Flavour flavour, guint group, GError **error)
{
  if (flavour == FLAVOUR_RUST || group != BV_NO_GROUP)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED,
               _ ("%s is the one of QEMU 7, which only root can run. Use the system's service, or "
                  "install the newer virtiofsd."),
               program);
  return FALSE;
}

static gboolean
start (const BvVolumeWork *work, const BvVirtiofsShare *share, int listener,
       const char *const *arguments, GError **error)
{
  g_autofree char *folder = bv_companion_build_folder (work->runtime_directory);
  g_autofree char *name = g_strconcat ("virtiofs-", share->name, NULL);
  g_autofree char *description = g_strdup_printf (
      "virtiofsd of %s/%s for the volume %s", bv_object_get_namespace (BV_OBJECT (work->vmi)),
      bv_object_get_name (BV_OBJECT (work->vmi)), share->name);
  const BvCompanionSpec spec = {
    .name = name,
    .description = description,
    .arguments = arguments,
    .standard_input = listener,
    .capabilities = CAPABILITIES,
    .read_only_folder = share->read_only && work->group != BV_NO_GROUP ? share->folder : NULL,
  };

  return bv_companion_start (folder, work->uid, &spec, error);
}

gboolean
bv_virtiofs_daemon_start (const BvVolumeWork *work, const BvVirtiofsShare *share, GError **error)
{
  const char *program = find_program (work->config, error);
  const char *sandbox = bv_config_get_string (work->config, "virtiofs", "sandbox");
  g_auto (GStrv) arguments = NULL;
  Flavour flavour;
  gboolean has_read_only, good;
  int listener;

  if (program == NULL || !find_flavour (program, &flavour, &has_read_only, error) ||
      !check_flavour (program, flavour, work->group, error))
    return FALSE;
  arguments =
      build_arguments (program, flavour, sandbox, share->folder, share->read_only && has_read_only);
  listener = bv_listener_open (share->socket, work->group, error);
  if (listener < 0)
    return FALSE;
  good = start (work, share, listener, (const char *const *)arguments, error);
  g_close (listener, NULL);
  return good;
}
