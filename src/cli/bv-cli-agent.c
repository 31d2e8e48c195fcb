/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-target.h"
#include "cli/bv-cli.h"
#include "model/bv-error.h"

#include <errno.h>
#include <gio/gunixinputstream.h>
#include <glib/gi18n.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* exec, set-password and ssh-keys: what a guest's agent does for whoever asks. */

typedef struct
{
  BvCliOptions common;
  gboolean with_stdin;
  gboolean encrypted;
  gboolean append;
  gint64 timeout;
  char *file;
} Options;

static void
options_clear (Options *self)
{
  bv_cli_options_clear (&self->common);
  g_clear_pointer (&self->file, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

/* Borrowed; the target holds it. */
static BvDBusGuestAgent *
find_agent (BvCliTarget *target, const BvCliOptions *options, const char *word, GError **error)
{
  BvDBusGuestAgent *agent;

  if (!bv_cli_target_find (target, options, word, error))
    return NULL;
  agent = bv_dbus_object_peek_guest_agent (target->object);
  if (agent == NULL && bv_cli_target_check_awake (target, error))
    g_set_error (error, BV_ERROR, BV_ERROR_AGENT_UNAVAILABLE,
                 _ ("The guest of VirtualMachineInstance %s/%s has no agent that answers. Wait "
                    "until it is up, or install and start qemu-guest-agent in it; “barevirt "
                    "describe vmi %s -n %s” tells more."),
                 bv_cli_options_get_namespace (options), target->name, target->name,
                 bv_cli_options_get_namespace (options));
  return agent;
}

static GBytes *
read_all (int fd, GError **error)
{
  g_autoptr (GInputStream) input = g_unix_input_stream_new (fd, FALSE);
  g_autoptr (GOutputStream) output = g_memory_output_stream_new_resizable ();

  if (g_output_stream_splice (output, input, G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET, NULL, error) < 0)
    return NULL;
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (output));
}

static gboolean
write_all (int fd, GVariant *bytes, GError **error)
{
  const char *data = g_variant_get_data (bytes);
  gsize length = g_variant_get_size (bytes);

  while (length > 0)
    {
      gssize n = write (fd, data, length);

      if (n < 0 && errno != EINTR)
        {
          g_set_error (error, BV_ERROR, BV_ERROR_FAILED,
                       _ ("What the program wrote cannot be written: %s."), g_strerror (errno));
          return FALSE;
        }
      data += MAX (n, 0);
      length -= MAX (n, 0);
    }
  return TRUE;
}

/* The program's exit status, or -1. */
static int
run (BvDBusGuestAgent *agent, const char *const *command, const Options *options, GError **error)
{
  g_autoptr (GVariant) output = NULL, errors = NULL;
  g_autoptr (GBytes) input = NULL;
  GVariantDict extra;
  int status;

  g_variant_dict_init (&extra, NULL);
  if (options->timeout != BV_CLI_NOT_GIVEN)
    g_variant_dict_insert (&extra, "timeout", "x", options->timeout);
  if (options->with_stdin)
    {
      input = read_all (STDIN_FILENO, error);
      if (input == NULL)
        return -1;
      g_variant_dict_insert_value (
          &extra, "stdin", g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, input, TRUE));
    }
  if (!bv_dbus_guest_agent_call_exec_sync (agent, command, g_variant_dict_end (&extra), &status,
                                           &output, &errors, NULL, error) ||
      !write_all (STDOUT_FILENO, output, error) || !write_all (STDERR_FILENO, errors, error))
    return -1;
  return status;
}

int
bv_cli_exec (int argc, char **argv)
{
  g_auto (Options) options = { .timeout = BV_CLI_NOT_GIVEN };
  const GOptionEntry entries[] = {
    { "stdin", 'i', 0, G_OPTION_ARG_NONE, &options.with_stdin,
      N_ ("Hand standard input to the program"), NULL },
    { "timeout", 0, 0, G_OPTION_ARG_INT64, &options.timeout,
      N_ ("Wait so many seconds for its end (30)"), N_ ("SECONDS") },
    { NULL },
  };
  g_auto (BvCliTarget) target = { 0 };
  g_autoptr (GError) error = NULL;
  BvDBusGuestAgent *agent;
  int first = 2;
  int status = -1;

  if (!bv_cli_options_parse (&options.common, entries, &argc, &argv, &error) ||
      !bv_cli_check_seconds ("--timeout", options.timeout, 1, &error))
    return bv_cli_misuse ("%s", error->message);
  if (argc > 2 && g_str_equal (argv[2], "--"))
    first = 3;
  if (argc <= first)
    return bv_cli_misuse (_ ("Name a VMI and a program in its guest, as in “barevirt exec web -- "
                             "/bin/uname -a”."));
  agent = find_agent (&target, &options.common, argv[1], &error);
  if (agent != NULL)
    status = run (agent, (const char *const *)argv + first, &options, &error);
  if (status >= 0)
    return status;
  bv_cli_fail (error);
  return BV_CLI_NOT_RUN;
}

/* At a terminal it is not shown. */
static char *
read_password (const char *user, GError **error)
{
  struct termios before, silent;
  g_autoptr (GInputStream) stream = g_unix_input_stream_new (STDIN_FILENO, FALSE);
  g_autoptr (GDataInputStream) input = g_data_input_stream_new (stream);
  gboolean terminal = tcgetattr (STDIN_FILENO, &before) == 0;
  char *password;

  if (terminal)
    {
      g_printerr (_ ("New password of %s: "), user);
      silent = before;
      silent.c_lflag &= ~(tcflag_t)ECHO;
      tcsetattr (STDIN_FILENO, TCSAFLUSH, &silent);
    }
  password = g_data_input_stream_read_line_utf8 (input, NULL, NULL, error);
  if (terminal)
    {
      tcsetattr (STDIN_FILENO, TCSAFLUSH, &before);
      g_printerr ("\n");
    }
  if (password == NULL && *error == NULL)
    g_set_error_literal (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                         _ ("There is no password: its line on standard input is missing."));
  return password;
}

static gboolean
set_password (BvDBusGuestAgent *agent, const char *user, const Options *options, GError **error)
{
  g_autofree char *password = read_password (user, error);
  GVariantDict extra;

  if (password == NULL)
    return FALSE;
  g_variant_dict_init (&extra, NULL);
  g_variant_dict_insert (&extra, "encrypted", "b", options->encrypted);
  return bv_dbus_guest_agent_call_set_user_password_sync (agent, user, password,
                                                          g_variant_dict_end (&extra), NULL, error);
}

/* Empty lines and comments are no keys. */
static char **
read_keys (const char *file, GError **error)
{
  g_autoptr (GStrvBuilder) keys = g_strv_builder_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (file == NULL || g_str_equal (file, "-"))
    {
      bytes = read_all (STDIN_FILENO, error);
      if (bytes == NULL)
        return NULL;
      text = g_utf8_make_valid (g_bytes_get_data (bytes, NULL), (gssize)g_bytes_get_size (bytes));
    }
  else if (!g_file_get_contents (file, &text, NULL, error))
    return NULL;
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    if (g_strstrip (lines[i])[0] != '\0' && lines[i][0] != '#')
      g_strv_builder_add (keys, lines[i]);
  return g_strv_builder_end (keys);
}

static gboolean
set_keys (BvDBusGuestAgent *agent, const char *user, const Options *options, GError **error)
{
  g_auto (GStrv) keys = read_keys (options->file, error);
  GVariantDict extra;

  if (keys == NULL)
    return FALSE;
  g_variant_dict_init (&extra, NULL);
  g_variant_dict_insert (&extra, "append", "b", options->append);
  return bv_dbus_guest_agent_call_set_user_ssh_keys_sync (agent, user, (const char *const *)keys,
                                                          g_variant_dict_end (&extra), NULL, error);
}

typedef gboolean (*UserCall) (BvDBusGuestAgent *agent, const char *user, const Options *options,
                              GError **error);

static int
set_for_user (int argc, char **argv, Options *options, const GOptionEntry *entries, UserCall call,
              const char *done)
{
  g_auto (BvCliTarget) target = { 0 };
  g_autoptr (GError) error = NULL;
  BvDBusGuestAgent *agent;

  if (!bv_cli_options_parse (&options->common, entries, &argc, &argv, &error))
    return bv_cli_misuse ("%s", error->message);
  if (argc != 3)
    return bv_cli_misuse (_ ("Name a VMI and a user of its guest, as in “web root”."));
  agent = find_agent (&target, &options->common, argv[1], &error);
  if (agent == NULL || !call (agent, argv[2], options, &error))
    return bv_cli_fail (error);
  g_print ("virtualmachineinstance/%s %s\n", target.name, done);
  return 0;
}

int
bv_cli_set_password (int argc, char **argv)
{
  g_auto (Options) options = { 0 };
  const GOptionEntry entries[] = {
    { "encrypted", 0, 0, G_OPTION_ARG_NONE, &options.encrypted,
      N_ ("The password is as crypt(3) makes it"), NULL },
    { NULL },
  };

  return set_for_user (argc, argv, &options, entries, set_password, _ ("has the new password"));
}

int
bv_cli_ssh_keys (int argc, char **argv)
{
  g_auto (Options) options = { 0 };
  const GOptionEntry entries[] = {
    { "filename", 'f', 0, G_OPTION_ARG_FILENAME, &options.file,
      N_ ("Public keys, one a line; - or nothing: from standard input"), N_ ("FILE") },
    { "append", 0, 0, G_OPTION_ARG_NONE, &options.append, N_ ("Keep the keys that are there"),
      NULL },
    { NULL },
  };

  return set_for_user (argc, argv, &options, entries, set_keys, _ ("has the keys"));
}
