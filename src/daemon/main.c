/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gi18n.h>
#include <locale.h>
#include <stdio.h>
#include <unistd.h>

#include "daemon/bv-daemon.h"

int
main (int argc, char **argv)
{
  g_autoptr (BvDaemonOptions) options = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, BV_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  options = bv_daemon_options_new (&argc, &argv, &error);
  if (options == NULL)
    {
      g_printerr ("barevirtd: %s\n", error->message);
      return 2;
    }
  if (options->show_version)
    {
      g_print ("barevirtd %s\n", BV_VERSION);
      return 0;
    }
  status = bv_daemon_run (options);
  /* Threads may still be in calls to libvirt, which have no end while an agent hangs. All is stored
   * by now; to end here, at once, keeps them from racing with what the libraries do at exit. */
  fflush (NULL);
  _exit (status);
}
