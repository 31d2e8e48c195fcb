/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/bv-config.h"

G_BEGIN_DECLS

/* A program to run, without a shell and without input. What it writes to stderr becomes part of the
 * error, and so must hold no secret; neither must its arguments. */
typedef struct
{
  const char *const *arguments;
  const char *const *environment; /* name, value, name, value ..., NULL; or NULL */
  guint seconds;                  /* one that takes longer is killed */
  guint64 memory;                 /* of its address space, bytes; 0: as much as it wants */
  /* Asked some times a second while it runs; FALSE ends the program, with that error. */
  gboolean (*tick) (gpointer tick_data, GError **error);
  gpointer tick_data;
} BvProgram;

/* That of the key program= in GROUP of the settings, or the first of PLACES, which ends in NULL,
 * that is there; NULL where none is. */
const char *bv_program_find (const BvConfig *config, const char *group, const char *const *places);

/* Runs a program to its end, or until it is cancelled, which kills it. OUTPUT, if not NULL, is what
 * it wrote to stdout. Blocks: for worker threads. */
gboolean bv_program_run_full (const BvProgram *program, char **output, GCancellable *cancellable,
                              GError **error);

/* The same without output, and with no more than a limit on its time. */
gboolean bv_program_run (const char *const *arguments, guint seconds, GCancellable *cancellable,
                         GError **error);

G_END_DECLS
