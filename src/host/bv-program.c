/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/bv-program.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "model/bv-error.h"

#define LONGEST_MESSAGE 1000

typedef struct
{
  GSubprocess *process;
  GMainContext *context;
  GBytes *messages;
  GError *error;
  gboolean timed_out;
  gboolean done;
} Run;

static void
bv_program_ended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Run *self = user_data;

  g_subprocess_communicate_finish (G_SUBPROCESS (source), result, NULL, &self->messages,
                                   &self->error);
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

/* In a context of its own: the thread has no other loop. */
static void
wait_for_end (Run *self, guint seconds, GCancellable *cancellable)
{
  g_autoptr (GSource) timeout = g_timeout_source_new_seconds (seconds);

  g_source_set_callback (timeout, bv_program_timed_out_cb, self, NULL);
  g_source_attach (timeout, self->context);
  g_subprocess_communicate_async (self->process, NULL, cancellable, bv_program_ended_cb, self);
  while (!self->done)
    g_main_context_iteration (self->context, TRUE);
  g_source_destroy (timeout);
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
check_end (Run *self, const char *name, guint seconds, GError **error)
{
  g_autofree char *message = NULL;

  if (self->timed_out)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_TIMED_OUT,
                   _ ("%s did not end within %u seconds, and was killed."), name, seconds);
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

static GSubprocess *
spawn (const char *const *arguments, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
      G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr (GError) local = NULL;
  GSubprocess *process;

  g_subprocess_launcher_setenv (launcher, "LC_ALL", "C", TRUE);
  process = g_subprocess_launcher_spawnv (launcher, arguments, &local);
  if (process == NULL)
    g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
                 _ ("The program %s cannot be run: %s. Install it on this host."), arguments[0],
                 local->message);
  return process;
}

gboolean
bv_program_run (const char *const *arguments, guint seconds, GCancellable *cancellable,
                GError **error)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GSubprocess) process = NULL;
  Run run = { .context = context };
  gboolean good;

  g_main_context_push_thread_default (context);
  process = spawn (arguments, error);
  if (process == NULL)
    {
      g_main_context_pop_thread_default (context);
      return FALSE;
    }
  run.process = process;
  wait_for_end (&run, seconds, cancellable);
  g_main_context_pop_thread_default (context);
  good = check_end (&run, arguments[0], seconds, error);
  g_clear_pointer (&run.messages, g_bytes_unref);
  g_clear_error (&run.error);
  return good;
}
