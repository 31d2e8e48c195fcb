/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What a verb is: its word, what its help says, and what it does. It returns the exit status. */
typedef struct
{
  const char *name;
  const char *arguments;
  const char *summary;
  int (*run) (int argc, char **argv);
} BvVerb;

int bv_cli_run (int argc, char **argv);
int bv_cli_fail (GError *error);

int bv_cli_convert (int argc, char **argv);
int bv_cli_validate (int argc, char **argv);
int bv_cli_schema (int argc, char **argv);

G_END_DECLS
