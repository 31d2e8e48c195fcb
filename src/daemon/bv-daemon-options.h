/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What the command line asks for; what it leaves open is filled in for the bus in question. */
typedef struct
{
  gboolean show_version;
  GBusType bus_type;
  char *uri;
  char *state_directory;
  char *runtime_directory;
  char *config_file;
} BvDaemonOptions;

BvDaemonOptions *bv_daemon_options_new (int *argc, char ***argv, GError **error);
void bv_daemon_options_free (BvDaemonOptions *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvDaemonOptions, bv_daemon_options_free)

G_END_DECLS
