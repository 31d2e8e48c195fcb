/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/companion/bv-companion-record.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <string.h>
#include <sys/pidfd.h>

#include "model/bv-error.h"

#define GROUP "companion"

/* In /proc/PID/stat, counted from what follows the name in parentheses. */
#define START_TIME_FIELD 19

/* In ticks since the boot; 0 where there is no such process. */
static guint64
read_start_time (pid_t pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", pid);
  g_autofree char *text = NULL;
  g_auto (GStrv) fields = NULL;
  const char *rest;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return 0;
  rest = strrchr (text, ')');
  if (rest == NULL || rest[1] == '\0')
    return 0;
  fields = g_strsplit (rest + 2, " ", -1);
  if (g_strv_length (fields) <= START_TIME_FIELD)
    return 0;
  return g_ascii_strtoull (fields[START_TIME_FIELD], NULL, 10);
}

static char *
read_boot_id (void)
{
  char *text = NULL;

  if (!g_file_get_contents ("/proc/sys/kernel/random/boot_id", &text, NULL, NULL))
    return g_strdup ("");
  return g_strstrip (text);
}

BvCompanionRecord *
bv_companion_record_new (pid_t pid, const char *unit)
{
  BvCompanionRecord *self = g_new0 (BvCompanionRecord, 1);

  self->pid = pid;
  self->start_time = pid > 0 ? read_start_time (pid) : 0;
  self->boot_id = read_boot_id ();
  self->unit = g_strdup (unit);
  return self;
}

void
bv_companion_record_free (BvCompanionRecord *self)
{
  g_free (self->boot_id);
  g_free (self->unit);
  g_free (self);
}

gboolean
bv_companion_record_write (const BvCompanionRecord *self, const char *path, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *text = NULL;
  g_autoptr (GError) local = NULL;

  g_key_file_set_integer (file, GROUP, "pid", self->pid);
  g_key_file_set_uint64 (file, GROUP, "start-time", self->start_time);
  g_key_file_set_string (file, GROUP, "boot-id", self->boot_id);
  if (self->unit != NULL)
    g_key_file_set_string (file, GROUP, "unit", self->unit);
  text = g_key_file_to_data (file, NULL, NULL);
  if (g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &local))
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_FAILED,
               _ ("The record of a helper process cannot be written: %s."), local->message);
  return FALSE;
}

BvCompanionRecord *
bv_companion_record_read (const char *path, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) local = NULL;
  BvCompanionRecord *self;

  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, &local))
    {
      if (!g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("%s cannot be read: %s."), path,
                     local->message);
      return NULL;
    }
  self = g_new0 (BvCompanionRecord, 1);
  self->pid = g_key_file_get_integer (file, GROUP, "pid", NULL);
  self->start_time = g_key_file_get_uint64 (file, GROUP, "start-time", NULL);
  self->boot_id = g_key_file_get_string (file, GROUP, "boot-id", NULL);
  self->unit = g_key_file_get_string (file, GROUP, "unit", NULL);
  return self;
}

static gboolean
has_ended (int process)
{
  struct pollfd end = { .fd = process, .events = POLLIN };

  return poll (&end, 1, 0) > 0;
}

/* The descriptor is taken first: should the process end and its number be given away between the
 * two, the instant of the start tells. One that has ended, and that its parent has not heard of, is
 * gone too. */
int
bv_companion_record_open_process (const BvCompanionRecord *self)
{
  g_autofree char *boot_id = read_boot_id ();
  int fd;

  if (self->pid <= 0 || self->start_time == 0 || g_strcmp0 (boot_id, self->boot_id) != 0)
    return -1;
  fd = pidfd_open (self->pid, 0);
  if (fd < 0)
    return -1;
  if (read_start_time (self->pid) == self->start_time && !has_ended (fd))
    return fd;
  g_close (fd, NULL);
  return -1;
}
