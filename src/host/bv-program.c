/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/bv-program.h"

#include <glib/gi18n-lib.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "model/bv-error.h"

#define LONGEST_MESSAGE 1000
#define TICK_MILLISECONDS 200

typedef struct
{
  const BvProgram *program;
  GSubprocess *process;
  GMainContext *context;
  GBytes *output;
  GBytes *messages;
  GError *error;
  gboolean timed_out;
  gboolean done;
} Run;

static void
bv_program_ended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Run *self = user_data;

  GError **error = self->error == NULL ? &self->error : NULL;

  g_subprocess_communicate_finish (G_SUBPROCESS (source), result, &self->output, &self->messages,
                                   error);
  self->done = TRUE;
}

static gboolean
bv_program_timed_out_cb (gpointer user_data)
{
  Run *self = user_data;

  self->timed_out = TRUE;
  g_subprocess_force_exit (self->process);
  return G_SOURCE_REMOVE;
}

static gboolean
bv_program_tick_cb (gpointer user_data)
{
  Run *self = user_data;

  if (self->program->tick (self->program->tick_data, &self->error))
    return G_SOURCE_CONTINUE;
  g_subprocess_force_exit (self->process);
  return G_SOURCE_REMOVE;
}

static GSource *
add_timeout (Run *self, guint milliseconds, GSourceFunc callback)
{
  GSource *source = g_timeout_source_new (milliseconds);

  g_source_set_callback (source, callback, self, NULL);
  g_source_attach (source, self->context);
  return source;
}

/* In a context of its own: the thread has no other loop. */
static void
wait_for_end (Run *self, GCancellable *cancellable)
{
  g_autoptr (GSource) timeout =
      add_timeout (self, self->program->seconds * 1000, bv_program_timed_out_cb);
  g_autoptr (GSource) tick = NULL;

  if (self->program->tick != NULL)
    tick = add_timeout (self, TICK_MILLISECONDS, bv_program_tick_cb);
  g_subprocess_communicate_async (self->process, NULL, cancellable, bv_program_ended_cb, self);
  while (!self->done)
    g_main_context_iteration (self->context, TRUE);
  g_source_destroy (timeout);
  if (tick != NULL)
    g_source_destroy (tick);
  if (self->error != NULL)
    {
      g_subprocess_force_exit (self->process);
      g_subprocess_wait (self->process, NULL, NULL);
    }
}

/* The last of what it said, on one line. */
static char *
get_message (const Run *self)
{
  gsize size = 0;
  const char *data = self->messages != NULL ? g_bytes_get_data (self->messages, &size) : NULL;
  gsize skipped = size > LONGEST_MESSAGE ? size - LONGEST_MESSAGE : 0;
  g_autofree char *text = g_utf8_make_valid (size > 0 ? data + skipped : "", size - skipped);

  for (char *c = text; *c != '\0'; c++)
    if (g_ascii_iscntrl (*c))
      *c = ' ';
  return g_strdup (g_strstrip (text));
}

static gboolean
check_end (Run *self, GError **error)
{
  const char *name = self->program->arguments[0];
  g_autofree char *message = NULL;

  if (self->timed_out)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_TIMED_OUT,
                   _ ("%s did not end within %u seconds, and was killed."), name,
                   self->program->seconds);
      return FALSE;
    }
  if (self->error != NULL && self->error->domain == BV_ERROR)
    {
      g_propagate_error (error, g_steal_pointer (&self->error));
      return FALSE;
    }
  if (self->error != NULL)
    {
      gboolean cancelled = g_error_matches (self->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

      g_set_error (error, BV_ERROR, cancelled ? BV_ERROR_CANCELLED : BV_ERROR_FAILED,
                   cancelled ? _ ("%s was cancelled: %s") : _ ("%s failed: %s"), name,
                   self->error->message);
      return FALSE;
    }
  if (g_subprocess_get_successful (self->process))
    return TRUE;
  message = get_message (self);
  g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("%s failed: %s"), name,
               message[0] != '\0' ? message : _ ("it does not say why."));
  return FALSE;
}

/* In the child, before it is the program: nothing here may allocate. One that we watch must not
 * outlive us, or it would write where the next service has cleared up. */
static void
bv_program_set_up_cb (gpointer user_data)
{
  const BvProgram *program = user_data;
  const struct rlimit limit = { program->memory, program->memory };

  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (program->memory > 0 && setrlimit (RLIMIT_AS, &limit) != 0)
    _exit (EXIT_FAILURE);
}

static GSubprocess *
spawn (const BvProgram *program, gboolean with_output, GError **error)
{
  GSubprocessFlags flags =
      with_output ? G_SUBPROCESS_FLAGS_STDOUT_PIPE : G_SUBPROCESS_FLAGS_STDOUT_SILENCE;
  g_autoptr (GSubprocessLauncher) launcher =
      g_subprocess_launcher_new (flags | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr (GError) local = NULL;
  GSubprocess *process;

  g_subprocess_launcher_setenv (launcher, "LC_ALL", "C", TRUE);
  for (guint i = 0; program->environment != NULL && program->environment[i] != NULL; i += 2)
    g_subprocess_launcher_setenv (launcher, program->environment[i], program->environment[i + 1],
                                  TRUE);
  if (program->memory > 0 || program->tick != NULL)
    g_subprocess_launcher_set_child_setup (launcher, bv_program_set_up_cb, (gpointer)program, NULL);
  process = g_subprocess_launcher_spawnv (launcher, program->arguments, &local);
  if (process == NULL)
    g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
                 _ ("The program %s cannot be run: %s. Install it on this host."),
                 program->arguments[0], local->message);
  return process;
}

static char *
take_output (const Run *self)
{
  gsize size = 0;
  const char *data = self->output != NULL ? g_bytes_get_data (self->output, &size) : NULL;

  return g_strndup (size > 0 ? data : "", size);
}

gboolean
bv_program_run_full (const BvProgram *program, char **output, GCancellable *cancellable,
                     GError **error)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GSubprocess) process = NULL;
  Run run = { .program = program, .context = context };
  gboolean good;

  g_main_context_push_thread_default (context);
  process = spawn (program, output != NULL, error);
  if (process == NULL)
    {
      g_main_context_pop_thread_default (context);
      return FALSE;
    }
  run.process = process;
  wait_for_end (&run, cancellable);
  g_main_context_pop_thread_default (context);
  good = check_end (&run, error);
  if (good && output != NULL)
    *output = take_output (&run);
  g_clear_pointer (&run.output, g_bytes_unref);
  g_clear_pointer (&run.messages, g_bytes_unref);
  g_clear_error (&run.error);
  return good;
}

gboolean
bv_program_run (const char *const *arguments, guint seconds, GCancellable *cancellable,
                GError **error)
{
  const BvProgram program = { .arguments = arguments, .seconds = seconds };

  return bv_program_run_full (&program, NULL, cancellable, error);
}

const char *
bv_program_find (const BvConfig *config, const char *group, const char *const *places)
{
  const char *configured = bv_config_get_string (config, group, "program");

  if (configured != NULL && configured[0] != '\0')
    return configured;
  while (*places != NULL && !g_file_test (*places, G_FILE_TEST_IS_EXECUTABLE))
    places++;
  return *places;
}
