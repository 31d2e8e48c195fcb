/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/companion/bv-companion-fork.h"
#include "host/companion/bv-companion-record.h"
#include "host/companion/bv-companion.h"
#include "host/volume/bv-volume-folder.h"
#include "model/bv-error.h"

/* On a host without systemd, as a test's machine mostly is, these are processes of their own. */

#define NAME "helper"
#define UID "5d307ca9-b3ef-428c-8861-06e72d69f223"

typedef struct
{
  char *base;
  char *folder;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->base = g_dir_make_tmp ("bv-companion-XXXXXX", NULL);
  fixture->folder = g_build_filename (fixture->base, "vmi.companions", NULL);
  g_assert_cmpint (g_mkdir (fixture->folder, 0700), ==, 0);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  bv_companion_end_all (fixture->folder, &error);
  g_assert_no_error (error);
  bv_volume_folder_remove (fixture->base, &error);
  g_assert_no_error (error);
  g_free (fixture->base);
  g_free (fixture->folder);
}

static char *
path_of (Fixture *fixture, const char *suffix)
{
  g_autofree char *base = g_strconcat (NAME, suffix, NULL);

  return g_build_filename (fixture->folder, base, NULL);
}

static gboolean
start (Fixture *fixture, const char *const *arguments, int input, GError **error)
{
  const BvCompanionSpec spec = {
    .name = NAME, .description = "a helper", .arguments = arguments, .standard_input = input
  };
  g_autofree char *record = path_of (fixture, ".pid");
  g_autofree char *log = path_of (fixture, ".log");

  return bv_companion_fork (&spec, record, log, error);
}

static BvCompanionRecord *
read_record (Fixture *fixture)
{
  g_autofree char *path = path_of (fixture, ".pid");
  g_autoptr (GError) error = NULL;
  BvCompanionRecord *record = bv_companion_record_read (path, &error);

  g_assert_no_error (error);
  return record;
}

static void
start_sleeper (Fixture *fixture)
{
  const char *const arguments[] = { "/bin/sleep", "600", NULL };
  g_autoptr (GError) error = NULL;

  start (fixture, arguments, -1, &error);
  g_assert_no_error (error);
}

static void
test_runs_until_ended (Fixture *fixture, gconstpointer data)
{
  g_autoptr (BvCompanionRecord) record = NULL;
  g_autofree char *path = path_of (fixture, ".pid");
  g_autoptr (GError) error = NULL;

  start_sleeper (fixture);
  g_assert_true (bv_companion_is_running (fixture->folder, NAME));
  record = read_record (fixture);
  g_assert_cmpint (record->pid, >, 1);
  /* It is no child of ours: this is what lets it outlive the service. */
  g_assert_cmpint (waitpid (record->pid, NULL, WNOHANG), ==, -1);
  g_assert_cmpint (errno, ==, ECHILD);
  g_assert_cmpint (getsid (record->pid), !=, getsid (0));
  bv_companion_end (fixture->folder, NAME, &error);
  g_assert_no_error (error);
  g_assert_false (bv_companion_is_running (fixture->folder, NAME));
  g_assert_cmpint (bv_companion_record_open_process (record), ==, -1);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

static void
test_one_that_ignores_term_is_killed (Fixture *fixture, gconstpointer data)
{
  const char *const arguments[] = { "/bin/sh", "-c", "trap '' TERM; echo ready >&0; exec sleep 600",
                                    NULL };
  g_autoptr (BvCompanionRecord) record = NULL;
  g_autoptr (GError) error = NULL;
  char ready[64];
  int pair[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  start (fixture, arguments, pair[1], &error);
  g_assert_no_error (error);
  record = read_record (fixture);
  g_assert_cmpint (read (pair[0], ready, sizeof ready), >, 0);
  bv_companion_end (fixture->folder, NAME, &error);
  g_assert_no_error (error);
  g_assert_cmpint (bv_companion_record_open_process (record), ==, -1);
  close (pair[0]);
  close (pair[1]);
}

static void
test_gets_its_input (Fixture *fixture, gconstpointer data)
{
  const char *const arguments[] = { "/bin/sh", "-c", "read line; echo \"got $line\" >&0", NULL };
  char answer[64] = "";
  int pair[2];
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  start (fixture, arguments, pair[1], &error);
  g_assert_no_error (error);
  close (pair[1]);
  g_assert_cmpint (write (pair[0], "this\n", 5), ==, 5);
  g_assert_cmpint (read (pair[0], answer, sizeof answer - 1), >, 0);
  g_assert_cmpstr (answer, ==, "got this\n");
  close (pair[0]);
}

static void
test_missing_program_leaves_nothing (Fixture *fixture, gconstpointer data)
{
  const char *const arguments[] = { "/nowhere/no-such-program", NULL };
  g_autofree char *path = path_of (fixture, ".pid");
  g_autoptr (GError) error = NULL;

  g_assert_false (start (fixture, arguments, -1, &error));
  g_assert_error (error, BV_ERROR, BV_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "/nowhere/no-such-program"));
  g_assert_nonnull (strstr (error->message, g_strerror (ENOENT)));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

/* What cannot be put on record, and so would never be found again, does not run. */
static void
test_without_record_it_does_not_run (Fixture *fixture, gconstpointer data)
{
  g_autofree char *mark = g_build_filename (fixture->base, "mark", NULL);
  const char *const arguments[] = { "/bin/touch", mark, NULL };
  g_autofree char *path = path_of (fixture, ".pid");
  g_autofree char *log = path_of (fixture, ".log");
  g_autoptr (GError) error = NULL;
  int pair[2];
  char byte;

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  g_assert_false (start (fixture, arguments, pair[1], &error));
  g_assert_error (error, BV_ERROR, BV_ERROR_FAILED);
  close (pair[1]);
  /* The end of the process is the end of its side of the pair. */
  g_assert_cmpint (read (pair[0], &byte, 1), ==, 0);
  g_assert_false (g_file_test (mark, G_FILE_TEST_EXISTS));
  close (pair[0]);
  g_assert_cmpint (g_rmdir (path), ==, 0);
}

/* A number that has been given away since: the process that has it now is left alone. */
static void
test_stranger_is_left_alone (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = path_of (fixture, ".pid");
  g_autoptr (BvCompanionRecord) right = NULL, wrong = NULL;
  g_autoptr (GError) error = NULL;

  start_sleeper (fixture);
  right = read_record (fixture);
  wrong = read_record (fixture);
  wrong->start_time++;
  bv_companion_record_write (wrong, path, &error);
  g_assert_no_error (error);
  g_assert_false (bv_companion_is_running (fixture->folder, NAME));
  bv_companion_end (fixture->folder, NAME, &error);
  g_assert_no_error (error);
  wrong->start_time--;
  g_free (wrong->boot_id);
  wrong->boot_id = g_strdup ("another boot");
  bv_companion_record_write (wrong, path, &error);
  bv_companion_end (fixture->folder, NAME, &error);
  g_assert_no_error (error);
  g_assert_cmpint (kill (right->pid, 0), ==, 0);
  bv_companion_record_write (right, path, &error);
  g_assert_true (bv_companion_is_running (fixture->folder, NAME));
}

static void
test_unreadable_record_is_told (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = path_of (fixture, ".pid");
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (path, "no record", -1, NULL));
  g_assert_false (bv_companion_end_all (fixture->folder, &error));
  g_assert_error (error, BV_ERROR, BV_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, path));
  g_assert_cmpint (g_unlink (path), ==, 0);
}

static void
test_nothing_to_end (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = g_build_filename (fixture->base, "nowhere", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (bv_companion_end_all (folder, &error));
  g_assert_true (bv_companion_end (fixture->folder, NAME, &error));
  g_assert_no_error (error);
}

/* Debian 12's valgrind has no pidfd_open(), without which no companion can be held. */
static gboolean
has_pidfd (void)
{
  int fd = pidfd_open (getpid (), 0);

  if (fd < 0)
    return FALSE;
  g_close (fd, NULL);
  return TRUE;
}

int
main (int argc, char *argv[])
{
  static const struct
  {
    const char *name;
    void (*function) (Fixture *, gconstpointer);
  } tests[] = {
    { "runs-until-ended", test_runs_until_ended },
    { "one-that-ignores-term-is-killed", test_one_that_ignores_term_is_killed },
    { "gets-its-input", test_gets_its_input },
    { "missing-program-leaves-nothing", test_missing_program_leaves_nothing },
    { "without-record-it-does-not-run", test_without_record_it_does_not_run },
    { "stranger-is-left-alone", test_stranger_is_left_alone },
    { "unreadable-record-is-told", test_unreadable_record_is_told },
    { "nothing-to-end", test_nothing_to_end },
  };

  g_test_init (&argc, &argv, NULL);
  if (!has_pidfd ())
    {
      g_print ("1..0 # SKIP pidfd_open() is not to be had here, as under valgrind.\n");
      return 0;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *path = g_strconcat ("/companion/", tests[i].name, NULL);

      g_test_add (path, Fixture, NULL, set_up, tests[i].function, tear_down);
    }
  return g_test_run ();
}
