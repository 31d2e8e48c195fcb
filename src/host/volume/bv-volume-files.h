/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The files that a volume shows to its guest. */
typedef struct
{
  char *path; /* relative */
  GBytes *contents;
  guint mode;
} BvVolumeFile;

GPtrArray *bv_volume_files_new (void);
gboolean bv_volume_files_add (GPtrArray *files, const char *path, GBytes *contents, guint mode,
                              GError **error);
gboolean bv_volume_files_add_text (GPtrArray *files, const char *path, const char *text, guint mode,
                                   GError **error);
gboolean bv_volume_files_write (GPtrArray *files, const char *folder, GError **error);

G_END_DECLS
