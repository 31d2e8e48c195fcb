/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "daemon/bv-daemon-options.h"

#include <glib/gi18n-lib.h>

#include "model/bv-error.h"

void
bv_daemon_options_free (BvDaemonOptions *self)
{
  g_free (self->uri);
  g_free (self->state_directory);
  g_free (self->runtime_directory);
  g_free (self->config_file);
  g_free (self);
}

static void
fill_in (char **option, char *value)
{
  if (*option == NULL)
    *option = value;
  else
    g_free (value);
}

static void
fill_in_system (BvDaemonOptions *self)
{
  fill_in (&self->uri, g_strdup ("qemu:///system"));
  fill_in (&self->state_directory, g_build_filename (BV_LOCALSTATEDIR, "lib", "barevirt", NULL));
  fill_in (&self->runtime_directory, g_strdup ("/run/barevirt"));
  fill_in (&self->config_file, g_build_filename (BV_SYSCONFDIR, "barevirt", "barevirt.conf", NULL));
}

static void
fill_in_session (BvDaemonOptions *self)
{
  fill_in (&self->uri, g_strdup ("qemu:///session"));
  fill_in (&self->state_directory, g_build_filename (g_get_user_state_dir (), "barevirt", NULL));
  fill_in (&self->runtime_directory,
           g_build_filename (g_get_user_runtime_dir (), "barevirt", NULL));
  fill_in (&self->config_file,
           g_build_filename (g_get_user_config_dir (), "barevirt", "barevirt.conf", NULL));
}

BvDaemonOptions *
bv_daemon_options_new (int *argc, char ***argv, GError **error)
{
  g_autoptr (BvDaemonOptions) self = g_new0 (BvDaemonOptions, 1);
  gboolean system = FALSE, session = FALSE;
  const GOptionEntry entries[] = {
    { "system", 0, 0, G_OPTION_ARG_NONE, &system, N_ ("Serve the system bus, with qemu:///system"),
      NULL },
    { "session", 0, 0, G_OPTION_ARG_NONE, &session,
      N_ ("Serve the session bus, with qemu:///session"), NULL },
    { "connect", 'c', 0, G_OPTION_ARG_STRING, &self->uri, N_ ("Work with this libvirt"),
      N_ ("URI") },
    { "state-dir", 0, 0, G_OPTION_ARG_FILENAME, &self->state_directory,
      N_ ("Keep the objects in this folder"), N_ ("FOLDER") },
    { "runtime-dir", 0, 0, G_OPTION_ARG_FILENAME, &self->runtime_directory,
      N_ ("Keep the guests' sockets below this folder"), N_ ("FOLDER") },
    { "config", 0, 0, G_OPTION_ARG_FILENAME, &self->config_file,
      N_ ("Read the settings from this file, and from the folder of its name with .d"),
      N_ ("FILE") },
    { "version", 0, 0, G_OPTION_ARG_NONE, &self->show_version, N_ ("Print the version"), NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_set_summary (context, _ ("Runs KubeVirt virtual machines on this host."));
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  if (!g_option_context_parse (context, argc, argv, error))
    return NULL;
  if (*argc > 1 || (system && session))
    {
      g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                   *argc > 1 ? _ ("The argument %s is not known; see --help.")
                             : _ ("--system and --session exclude each other."),
                   *argc > 1 ? (*argv)[1] : "");
      return NULL;
    }
  self->bus_type = session ? G_BUS_TYPE_SESSION : G_BUS_TYPE_SYSTEM;
  if (session)
    fill_in_session (self);
  else
    fill_in_system (self);
  return g_steal_pointer (&self);
}
