/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/companion/bv-companion.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>

#include "host/companion/bv-companion-fork.h"
#include "host/companion/bv-companion-record.h"
#include "host/companion/bv-companion-unit.h"
#include "model/bv-error.h"

#define RECORD_SUFFIX ".pid"
#define PATIENCE_MS 5000
#define LONGEST_WAIT_MS (10 * 60 * 1000)

char *
bv_companion_build_folder (const char *runtime_directory)
{
  return g_strconcat (runtime_directory, ".companions", NULL);
}

static char *
build_path (const char *folder, const char *name, const char *suffix)
{
  g_autofree char *base = g_strconcat (name, suffix, NULL);

  return g_build_filename (folder, base, NULL);
}

static gboolean
wait_for_end (int process, int patience)
{
  struct pollfd end = { .fd = process, .events = POLLIN };
  int result;

  do
    result = poll (&end, 1, patience);
  while (result < 0 && errno == EINTR);
  return result > 0;
}

/* By its descriptor, and so never another that has got its number. */
static gboolean
end_process (const BvCompanionRecord *record, const char *name, GError **error)
{
  int process = bv_companion_record_open_process (record);
  gboolean gone = process < 0;

  if (!gone && pidfd_send_signal (process, SIGTERM, NULL, 0) == 0)
    gone = wait_for_end (process, PATIENCE_MS);
  if (!gone && pidfd_send_signal (process, SIGKILL, NULL, 0) == 0)
    gone = wait_for_end (process, PATIENCE_MS);
  if (process >= 0)
    g_close (process, NULL);
  if (gone)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_FAILED,
               _ ("The helper process %s (%d) does not end, though it was killed."), name,
               record->pid);
  return FALSE;
}

gboolean
bv_companion_end (const char *folder, const char *name, GError **error)
{
  g_autofree char *path = build_path (folder, name, RECORD_SUFFIX);
  g_autoptr (GError) local = NULL;
  g_autoptr (BvCompanionRecord) record = bv_companion_record_read (path, &local);

  if (record == NULL)
    {
      if (local == NULL)
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (record->unit != NULL ? !bv_companion_unit_stop (record->unit, error)
                           : !end_process (record, name, error))
    return FALSE;
  g_unlink (path);
  return TRUE;
}

gboolean
bv_companion_start (const char *folder, const char *uid, const BvCompanionSpec *spec,
                    GError **error)
{
  g_autofree char *record_path = build_path (folder, spec->name, RECORD_SUFFIX);
  g_autofree char *log_path = build_path (folder, spec->name, ".log");

  if (g_mkdir_with_parents (folder, 0700) != 0)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("The folder %s cannot be made: %s."),
                   folder, g_strerror (errno));
      return FALSE;
    }
  if (!bv_companion_end (folder, spec->name, error))
    return FALSE;
  return bv_companion_unit_is_possible () ? bv_companion_unit_start (uid, spec, record_path, error)
                                          : bv_companion_fork (spec, record_path, log_path, error);
}

gboolean
bv_companion_is_running (const char *folder, const char *name)
{
  g_autofree char *path = build_path (folder, name, RECORD_SUFFIX);
  g_autoptr (BvCompanionRecord) record = bv_companion_record_read (path, NULL);
  int process = record != NULL ? bv_companion_record_open_process (record) : -1;

  if (process < 0)
    return FALSE;
  g_close (process, NULL);
  return TRUE;
}

gboolean
bv_companion_wait (const char *folder, const char *name, GError **error)
{
  g_autofree char *path = build_path (folder, name, RECORD_SUFFIX);
  g_autoptr (BvCompanionRecord) record = bv_companion_record_read (path, NULL);
  int process = record != NULL ? bv_companion_record_open_process (record) : -1;
  gboolean gone = process < 0 || wait_for_end (process, LONGEST_WAIT_MS);

  if (process >= 0)
    g_close (process, NULL);
  if (gone)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_TIMED_OUT,
               _ ("The helper process %s (%d) is still at work."), name, record->pid);
  return FALSE;
}

gboolean
bv_companion_end_all (const char *folder, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *entry;
  gboolean good = TRUE;

  /* One that cannot be ended does not save the others; the first error is told. */
  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *name = NULL;

      if (!g_str_has_suffix (entry, RECORD_SUFFIX))
        continue;
      name = g_strndup (entry, strlen (entry) - strlen (RECORD_SUFFIX));
      if (!bv_companion_end (folder, name, good ? error : NULL))
        good = FALSE;
    }
  return good;
}
