/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Exit statuses: what was asked for could not be done; the command line is wrong. */
#define BV_CLI_FAILURE 1
#define BV_CLI_USAGE 2

/* Likewise of verbs that run a program, whose own status may be any other: it did not come to run.
 */
#define BV_CLI_NOT_RUN 255

/* Seconds that no option gives. */
#define BV_CLI_NOT_GIVEN G_MININT64

/* What a verb is: its word, what its help says, how many arguments it takes at the most, and what
 * it does. It returns the exit status. */
typedef struct
{
  const char *name;
  const char *arguments;
  const char *summary;
  guint max_arguments;
  int (*run) (int argc, char **argv);
} BvVerb;

extern const BvVerb bv_verbs[];
extern const guint bv_n_verbs;

const BvVerb *bv_verb_find (const char *name);

int bv_cli_run (int argc, char **argv);
int bv_cli_fail (GError *error);
int bv_cli_misuse (const char *format, ...) G_GNUC_PRINTF (1, 2);
void bv_cli_say (const char *format, ...) G_GNUC_PRINTF (1, 2);
void bv_cli_warn (const char *format, ...) G_GNUC_PRINTF (1, 2);

int bv_cli_apply (int argc, char **argv);
int bv_cli_cancel (int argc, char **argv);
int bv_cli_logs (int argc, char **argv);
int bv_cli_memory_dump (int argc, char **argv);
int bv_cli_screenshot (int argc, char **argv);
int bv_cli_console (int argc, char **argv);
int bv_cli_convert (int argc, char **argv);
int bv_cli_delete (int argc, char **argv);
int bv_cli_describe (int argc, char **argv);
int bv_cli_diff (int argc, char **argv);
int bv_cli_doctor (int argc, char **argv);
int bv_cli_events (int argc, char **argv);
int bv_cli_export (int argc, char **argv);
int bv_cli_exec (int argc, char **argv);
int bv_cli_freeze (int argc, char **argv);
int bv_cli_get (int argc, char **argv);
int bv_cli_guests (int argc, char **argv);
int bv_cli_image (int argc, char **argv);
int bv_cli_image_upload (int argc, char **argv);
int bv_cli_drain (int argc, char **argv);
int bv_cli_migrate (int argc, char **argv);
int bv_cli_migration (int argc, char **argv);
int bv_cli_pause (int argc, char **argv);
int bv_cli_port_forward (int argc, char **argv);
int bv_cli_reset (int argc, char **argv);
int bv_cli_restart (int argc, char **argv);
int bv_cli_addvolume (int argc, char **argv);
int bv_cli_removevolume (int argc, char **argv);
int bv_cli_schema (int argc, char **argv);
int bv_cli_soft_reboot (int argc, char **argv);
int bv_cli_set_password (int argc, char **argv);
int bv_cli_ssh_keys (int argc, char **argv);
int bv_cli_ssh (int argc, char **argv);
int bv_cli_start (int argc, char **argv);
int bv_cli_stop (int argc, char **argv);
int bv_cli_unfreeze (int argc, char **argv);
int bv_cli_unpause (int argc, char **argv);
int bv_cli_top (int argc, char **argv);
int bv_cli_validate (int argc, char **argv);
int bv_cli_version (int argc, char **argv);
int bv_cli_vnc (int argc, char **argv);

G_END_DECLS
