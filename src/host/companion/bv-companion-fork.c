/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/companion/bv-companion-fork.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/companion/bv-companion-record.h"
#include "model/bv-error.h"

#define LAST_CAPABILITY 63

/* All that the new process needs: the service has threads, and so between fork() and exec() it may
 * call nothing that takes a lock, or memory. */
typedef struct
{
  const BvCompanionSpec *spec;
  int input;
  int log;
  int go[2];     /* a byte from the service: it is on record */
  int report[2]; /* to the service: its number, then errno if it cannot run */
} Birth;

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    g_close (*fd, NULL);
  *fd = -1;
}

static void
birth_clear (Birth *self)
{
  close_fd (&self->input);
  close_fd (&self->log);
  for (guint i = 0; i < 2; i++)
    {
      close_fd (&self->go[i]);
      close_fd (&self->report[i]);
    }
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Birth, birth_clear)

/* Only this process, and what it starts, sees the folder as read-only. */
static gboolean
protect_folder (const char *folder)
{
  return unshare (CLONE_NEWNS) == 0 && mount (NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) == 0 &&
         mount (folder, folder, NULL, MS_BIND, NULL) == 0 &&
         mount (NULL, folder, NULL,
                MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0;
}

/* Those that the kernel does not know, or that the service may not have itself, cannot be dropped
 * and need not be. */
static void
drop_capabilities (guint64 kept)
{
  for (guint i = 0; i <= LAST_CAPABILITY; i++)
    if ((kept & BV_CAPABILITY (i)) == 0)
      prctl (PR_CAPBSET_DROP, i, 0, 0, 0);
}

static gboolean
settle (const Birth *self)
{
  struct sigaction action = { .sa_handler = SIG_DFL };
  sigset_t none;

  for (int i = 1; i < NSIG; i++)
    sigaction (i, &action, NULL);
  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
  if (self->spec->read_only_folder != NULL && !protect_folder (self->spec->read_only_folder))
    return FALSE;
  drop_capabilities (self->spec->capabilities);
  return prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && chdir ("/") == 0 &&
         dup2 (self->input, STDIN_FILENO) >= 0 && dup2 (self->log, STDOUT_FILENO) >= 0 &&
         dup2 (self->log, STDERR_FILENO) >= 0;
}

G_NORETURN static void
live (const Birth *self)
{
  char byte;
  int code;

  /* Without its other end, the service is gone, and nobody would know of this process. */
  close (self->go[1]);
  if (read (self->go[0], &byte, 1) != 1)
    _exit (EXIT_FAILURE);
  if (settle (self))
    execv (self->spec->arguments[0], (char *const *)self->spec->arguments);
  code = errno;
  if (write (self->report[1], &code, sizeof code) < 0)
    _exit (EXIT_FAILURE);
  _exit (EXIT_FAILURE);
}

/* The process between: its end makes PID 1 the parent. */
G_NORETURN static void
be_born (const Birth *self)
{
  pid_t pid;

  setsid ();
  pid = fork ();
  if (pid == 0)
    live (self);
  if (write (self->report[1], &pid, sizeof pid) != sizeof pid)
    _exit (EXIT_FAILURE);
  _exit (EXIT_SUCCESS);
}

static gboolean
prepare (Birth *self, const char *log_path)
{
  self->input = self->spec->standard_input >= 0
                    ? fcntl (self->spec->standard_input, F_DUPFD_CLOEXEC, 3)
                    : open ("/dev/null", O_RDONLY | O_CLOEXEC);
  self->log = open (log_path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
  return self->input >= 0 && self->log >= 0 && pipe2 (self->go, O_CLOEXEC) == 0 &&
         pipe2 (self->report, O_CLOEXEC) == 0;
}

/* The number of the new process, or -1. */
static pid_t
give_birth (Birth *self)
{
  pid_t child = fork (), pid = -1;

  if (child == 0)
    be_born (self);
  close_fd (&self->go[0]);
  close_fd (&self->report[1]);
  if (child < 0)
    return -1;
  while (waitpid (child, NULL, 0) < 0 && errno == EINTR)
    continue;
  return read (self->report[0], &pid, sizeof pid) == sizeof pid ? pid : -1;
}

/* Returns 0, or the errno of what went wrong. */
static int
let_it_run (Birth *self)
{
  int code = 0;

  if (write (self->go[1], "", 1) != 1)
    return errno;
  return read (self->report[0], &code, sizeof code) == sizeof code ? code : 0;
}

static gboolean
fail (const Birth *self, int code, GError **error)
{
  g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("The program %s cannot be run: %s."),
               self->spec->arguments[0], g_strerror (code));
  return FALSE;
}

gboolean
bv_companion_fork (const BvCompanionSpec *spec, const char *record_path, const char *log_path,
                   GError **error)
{
  g_auto (Birth) birth = { spec, -1, -1, { -1, -1 }, { -1, -1 } };
  g_autoptr (BvCompanionRecord) record = NULL;
  pid_t pid;
  int code;

  if (!prepare (&birth, log_path))
    return fail (&birth, errno, error);
  pid = give_birth (&birth);
  if (pid <= 0)
    return fail (&birth, errno, error);
  record = bv_companion_record_new (pid, NULL);
  if (!bv_companion_record_write (record, record_path, error))
    return FALSE;
  code = let_it_run (&birth);
  if (code == 0)
    return TRUE;
  g_unlink (record_path);
  return fail (&birth, code, error);
}
