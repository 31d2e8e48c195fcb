/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/hook/bv-hook-sandbox.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "model/bv-error.h"

/* The kernel takes no longer argument. */
#define LONGEST_ARGUMENT (128 * 1024 - 1)
/* What a hook may answer, and say. */
#define LONGEST_OUTPUT 4194304
#define LONGEST_MESSAGE 2000
#define MOST_PROCESSES 64
/* The client of a unit waits a little longer than the unit may take. */
#define PATIENCE_SECONDS 5
#define FOLDER "/hooks/"

static void
add (GStrvBuilder *command, const char *first, ...)
{
  va_list arguments;

  va_start (arguments, first);
  for (const char *word = first; word != NULL; word = va_arg (arguments, const char *))
    g_strv_builder_add (command, word);
  va_end (arguments);
}

static void add_format (GStrvBuilder *command, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
add_format (GStrvBuilder *command, const char *format, ...)
{
  g_autofree char *word = NULL;
  va_list arguments;

  va_start (arguments, format);
  word = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_strv_builder_add (command, word);
}

/* The service may neither become another user nor make namespaces: systemd does it. */
static void
add_unit (GStrvBuilder *command, const BvHookLimits *limits)
{
  add (command, "systemd-run", "--quiet", "--wait", "--pipe", "--collect", "--service-type=exec",
       "--description=A hook of a virtual machine", "--property=DynamicUser=yes",
       "--property=PrivateNetwork=yes", "--property=IPAddressDeny=any",
       "--property=CapabilityBoundingSet=", "--property=NoNewPrivileges=yes",
       "--property=MemorySwapMax=0", "--property=KillMode=control-group", NULL);
  add_format (command, "--property=MemoryMax=%" G_GUINT64_FORMAT, limits->memory);
  add_format (command, "--property=TasksMax=%d", MOST_PROCESSES);
  add_format (command, "--property=LimitFSIZE=%d", LONGEST_OUTPUT);
  add_format (command, "--property=RuntimeMaxSec=%u", limits->seconds);
}

static void
add_limits (GStrvBuilder *command, const BvHookLimits *limits)
{
  add (command, "prlimit", "--core=0", NULL);
  add_format (command, "--as=%" G_GUINT64_FORMAT, limits->memory);
  add_format (command, "--nproc=%d", MOST_PROCESSES);
  add_format (command, "--fsize=%d", LONGEST_OUTPUT);
  add_format (command, "--cpu=%u", limits->seconds);
}

/* Programs and libraries, an empty folder to work in, and nothing else of the host: no network, no
 * other process, no file of anyone's. */
static void
add_view (GStrvBuilder *command)
{
  static const char *const links[] = { "bin", "sbin", "lib", "lib64" };
  static const char *const devices[] = { "/dev/null", "/dev/zero", "/dev/urandom" };

  add (command, "bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--clearenv",
       "--setenv", "PATH", "/usr/local/bin:/usr/bin:/usr/sbin", "--setenv", "LC_ALL", "C.UTF-8",
       "--ro-bind", "/usr", "/usr", "--ro-bind-try", "/etc/alternatives", "/etc/alternatives",
       "--tmpfs", "/dev", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (links); i++)
    {
      g_autofree char *target = g_strconcat ("usr/", links[i], NULL);
      g_autofree char *link = g_strconcat ("/", links[i], NULL);

      add (command, "--symlink", target, link, NULL);
    }
  for (guint i = 0; i < G_N_ELEMENTS (devices); i++)
    add (command, "--dev-bind", devices[i], devices[i], NULL);
  add (command, "--size", "16777216", "--tmpfs", "/tmp", "--chdir", "/tmp", NULL);
}

/* systemd puts its own variables in the place of what looks like one in a command; “$$” is “$”. */
static void
add_arguments (GStrvBuilder *command, const BvHookLimits *limits, const char *const *arguments)
{
  for (guint i = 0; arguments[i] != NULL; i++)
    {
      g_auto (GStrv) parts = g_strsplit (arguments[i], "$", -1);
      g_autofree char *word =
          g_strjoinv (limits->launcher == BV_HOOK_LAUNCHER_UNIT ? "$$" : "$", parts);

      g_strv_builder_add (command, word);
    }
}

GStrv
bv_hook_sandbox_build (BvHookPoint point, const BvHookLimits *limits, const char *const *arguments)
{
  g_autoptr (GStrvBuilder) command = g_strv_builder_new ();
  g_autofree char *place = g_strconcat (FOLDER, bv_hook_point_to_string (point), NULL);

  if (limits->launcher == BV_HOOK_LAUNCHER_UNIT)
    add_unit (command, limits);
  if (limits->launcher == BV_HOOK_LAUNCHER_ROOT)
    add (command, "setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups",
         "--inh-caps=-all", "--no-new-privs", NULL);
  if (limits->launcher != BV_HOOK_LAUNCHER_UNIT)
    add_limits (command, limits);
  add_view (command);
  /* The program comes by the standard input, which is used up then. */
  add (command, "--perms", "0555", "--ro-bind-data", "0", place, NULL);
  add (command, "--remount-ro", "/", "--", "/bin/sh", "-c", "exec \"$0\" \"$@\" </dev/null", place,
       NULL);
  add_arguments (command, limits, arguments);
  return g_strv_builder_end (command);
}

/* A file in memory: unlike a pipe, the limit on files holds for it. */
static int
make_file (const char *name, GError **error)
{
  int fd = memfd_create (name, MFD_CLOEXEC);

  if (fd < 0)
    g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("No file in memory can be made: %s."),
                 g_strerror (errno));
  return fd;
}

static gboolean
write_program (int fd, GBytes *program, GError **error)
{
  gsize size = 0;
  const char *data = g_bytes_get_data (program, &size);

  while (size > 0)
    {
      gssize n = write (fd, data, size);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("A hook cannot be handed over: %s."),
                       g_strerror (errno));
          return FALSE;
        }
      data += n;
      size -= n;
    }
  return lseek (fd, 0, SEEK_SET) == 0;
}

/* The last LIMIT bytes. */
static char *
read_file (int fd, gsize limit)
{
  struct stat info;
  gsize size = fstat (fd, &info) == 0 ? (gsize)info.st_size : 0;
  gsize begin = size > limit ? size - limit : 0;
  g_autofree char *text = g_malloc0 (size - begin + 1);
  gsize filled = 0;

  while (filled < size - begin)
    {
      gssize n = pread (fd, text + filled, size - begin - filled, begin + filled);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        break;
      filled += n;
    }
  text[filled] = '\0';
  return g_steal_pointer (&text);
}

typedef struct
{
  GSubprocess *process;
  gint64 end; /* when it is late: systemd may be the one that ends it */
  gboolean timed_out;
  gboolean done;
  GError *error;
} Wait;

static void
bv_hook_sandbox_ended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Wait *self = user_data;

  g_subprocess_wait_finish (G_SUBPROCESS (source), result, &self->error);
  self->done = TRUE;
}

static gboolean
bv_hook_sandbox_timed_out_cb (gpointer user_data)
{
  Wait *self = user_data;

  self->timed_out = TRUE;
  g_subprocess_force_exit (self->process);
  return G_SOURCE_REMOVE;
}

/* In the thread's own context. */
static void
wait_for_end (Wait *self, GMainContext *context, guint seconds, GCancellable *cancellable)
{
  g_autoptr (GSource) timeout = g_timeout_source_new_seconds (seconds);

  g_source_set_callback (timeout, bv_hook_sandbox_timed_out_cb, self, NULL);
  g_source_attach (timeout, context);
  g_subprocess_wait_async (self->process, cancellable, bv_hook_sandbox_ended_cb, self);
  while (!self->done)
    g_main_context_iteration (context, TRUE);
  g_source_destroy (timeout);
  if (self->error != NULL)
    {
      g_subprocess_force_exit (self->process);
      g_subprocess_wait (self->process, NULL, NULL);
    }
}

static gboolean
check_end (Wait *self, const BvHook *hook, guint seconds, int messages, GError **error)
{
  g_autofree char *said = read_file (messages, LONGEST_MESSAGE);
  g_autofree char *text = g_utf8_make_valid (said, -1);

  g_strstrip (text);
  if (self->error == NULL && !self->timed_out && g_subprocess_get_successful (self->process))
    return TRUE;
  if (self->error != NULL)
    g_set_error (error, BV_ERROR, BV_ERROR_CANCELLED, _ ("The hook %s was cancelled."), hook->name);
  else if (self->timed_out || g_get_monotonic_time () >= self->end)
    g_set_error (error, BV_ERROR, BV_ERROR_TIMED_OUT,
                 _ ("The hook %s did not end within %u seconds, and was killed.%s%s"), hook->name,
                 seconds, text[0] != '\0' ? " " : "", text);
  else
    g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("The hook %s failed: %s"), hook->name,
                 text[0] != '\0' ? text : _ ("it does not say why."));
  return FALSE;
}

static GSubprocess *
spawn (char **command, int input, int output, int messages, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autoptr (GError) cause = NULL;
  GSubprocess *process;

  g_subprocess_launcher_take_stdin_fd (launcher, dup (input));
  g_subprocess_launcher_take_stdout_fd (launcher, dup (output));
  g_subprocess_launcher_take_stderr_fd (launcher, dup (messages));
  process = g_subprocess_launcher_spawnv (launcher, (const char *const *)command, &cause);
  if (process == NULL)
    g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
                 _ ("%s, which hooks run in, cannot be run: %s. Install it on this host."),
                 command[0], cause->message);
  return process;
}

static char *
run_command (const BvHook *hook, char **command, guint seconds, guint patience, const int *files,
             GCancellable *cancellable, GError **error)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GSubprocess) process = NULL;
  Wait wait = { NULL };
  gboolean good = FALSE;

  g_main_context_push_thread_default (context);
  process = spawn (command, files[0], files[1], files[2], error);
  if (process != NULL)
    {
      wait.process = process;
      wait.end = g_get_monotonic_time () + seconds * G_USEC_PER_SEC;
      wait_for_end (&wait, context, seconds + patience, cancellable);
      good = check_end (&wait, hook, seconds, files[2], error);
      g_clear_error (&wait.error);
    }
  g_main_context_pop_thread_default (context);
  return good ? read_file (files[1], LONGEST_OUTPUT) : NULL;
}

static gboolean
check_arguments (const BvHook *hook, const char *const *arguments, GError **error)
{
  for (guint i = 0; arguments[i] != NULL; i++)
    if (strlen (arguments[i]) > LONGEST_ARGUMENT)
      {
        g_set_error (error, BV_ERROR, BV_ERROR_LIMIT_EXCEEDED,
                     _ ("The hook %s cannot be called: what it is to be given is longer than the "
                        "%d bytes that the kernel takes as an argument."),
                     hook->name, LONGEST_ARGUMENT);
        return FALSE;
      }
  return TRUE;
}

static BvHookLauncher
choose_launcher (void)
{
  if (geteuid () != 0)
    return BV_HOOK_LAUNCHER_USER;
  return sd_booted () > 0 ? BV_HOOK_LAUNCHER_UNIT : BV_HOOK_LAUNCHER_ROOT;
}

char *
bv_hook_sandbox_run (const BvHook *hook, BvHookPoint point, const BvConfig *config,
                     const char *const *arguments, GCancellable *cancellable, GError **error)
{
  const BvHookLimits limits = { choose_launcher (),
                                bv_config_get_integer (config, "hooks", "seconds"),
                                bv_config_get_integer (config, "hooks", "memory-bytes") };
  g_auto (GStrv) command = bv_hook_sandbox_build (point, &limits, arguments);
  guint patience = limits.launcher == BV_HOOK_LAUNCHER_UNIT ? PATIENCE_SECONDS : 0;
  int files[3] = { -1, -1, -1 };
  char *answer = NULL;

  if (!check_arguments (hook, (const char *const *)command, error))
    return NULL;
  if ((files[0] = make_file ("hook", error)) >= 0 &&
      write_program (files[0], hook->program, error) &&
      (files[1] = make_file ("hook-answer", error)) >= 0 &&
      (files[2] = make_file ("hook-messages", error)) >= 0)
    answer = run_command (hook, command, limits.seconds, patience, files, cancellable, error);
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    if (files[i] >= 0)
      close (files[i]);
  return answer;
}
