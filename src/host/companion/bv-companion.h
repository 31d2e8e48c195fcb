/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Capabilities are the sum of this of their numbers. */
#define BV_CAPABILITY(number) (G_GUINT64_CONSTANT (1) << (number))

/* A helper process that a guest needs for as long as it runs, whatever becomes of the service. */
typedef struct
{
  const char *name;             /* among its VMI's companions; also the name of files */
  const char *description;      /* for systemd */
  const char *const *arguments; /* the program first, by its whole path */
  int standard_input;           /* -1: none. Not taken */
  guint64 capabilities;         /* of root's, those that it may use */
  const char *read_only_folder; /* which it must not change, or NULL */
} BvCompanionSpec;

/* Where the companions of the VMI with this run-time folder are on record: beside that, since QEMU
 * may write to it. */
char *bv_companion_build_folder (const char *runtime_directory);

/* FOLDER is where the companions of one VMI are on record. UID is the
 * VMI's. Under systemd a companion is a transient unit in a slice of the VMI; elsewhere it is a
 * process that has nothing to do with the service any more. One of that name that runs already is
 * ended first. All of these block: for worker threads. */
gboolean bv_companion_start (const char *folder, const char *uid, const BvCompanionSpec *spec,
                             GError **error);
gboolean bv_companion_is_running (const char *folder, const char *name);
/* Waits for the end of one that ends by itself, for ten minutes at most. */
gboolean bv_companion_wait (const char *folder, const char *name, GError **error);
gboolean bv_companion_end (const char *folder, const char *name, GError **error);

/* Ends all that FOLDER has on record; it need not be there. */
gboolean bv_companion_end_all (const char *folder, GError **error);

G_END_DECLS
