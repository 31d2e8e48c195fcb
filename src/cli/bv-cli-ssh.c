/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-target.h"
#include "cli/bv-cli.h"
#include "model/bv-error.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

#define SSH_PORT 22

/* A port that opens may still have nobody behind it. */
#define CONNECT_SECONDS "60"

typedef struct
{
  char *user;
  char *identity;
  char *known_hosts;
  char *command;
  char *via;
  char **ssh_options;
  int port;
} Choice;

static void
choice_clear (Choice *self)
{
  g_free (self->user);
  g_free (self->identity);
  g_free (self->known_hosts);
  g_free (self->command);
  g_free (self->via);
  g_strfreev (self->ssh_options);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Choice, choice_clear)

/* A word of the shell that ssh has run its proxy; in ssh's own eyes a “%” begins a token. */
static void
add_quoted (GString *line, const char *word)
{
  g_autofree char *quoted = g_shell_quote (word);

  for (const char *c = quoted; *c != '\0'; c++)
    {
      g_string_append_c (line, *c);
      if (*c == '%')
        g_string_append_c (line, '%');
    }
  g_string_append_c (line, ' ');
}

/* This program, on the same bus. */
static char *
make_proxy_command (const BvCliOptions *options, const Choice *choice, const char *name)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *number = g_strdup_printf ("%d", choice->port);
  GString *line = g_string_new (NULL);

  add_quoted (line, self != NULL ? self : "barevirt");
  g_string_append (line, "port-forward --stdio ");
  if (options->address != NULL)
    {
      g_string_append (line, "--address ");
      add_quoted (line, options->address);
    }
  else
    g_string_append (line, options->session ? "--session " : "--system ");
  if (choice->via != NULL)
    {
      g_string_append (line, "--via ");
      add_quoted (line, choice->via);
    }
  g_string_append (line, "--namespace ");
  add_quoted (line, bv_cli_options_get_namespace (options));
  add_quoted (line, name);
  g_string_append (line, number);
  return g_string_free (line, FALSE);
}

static void
add_option (GStrvBuilder *command, const char *name, const char *value)
{
  g_autofree char *option = g_strdup_printf ("%s=%s", name, value);

  g_strv_builder_add (command, "-o");
  g_strv_builder_add (command, option);
}

/* The guest's key is kept under its own name: all guests are reached by the same way. */
static char **
make_command (const BvCliOptions *options, const Choice *choice, const char *name, char **rest)
{
  g_autoptr (GStrvBuilder) command = g_strv_builder_new ();
  g_autofree char *host =
      g_strdup_printf ("vmi.%s.%s", name, bv_cli_options_get_namespace (options));
  g_autofree char *proxy = make_proxy_command (options, choice, name);

  g_strv_builder_add (command, "ssh");
  add_option (command, "ProxyCommand", proxy);
  add_option (command, "HostKeyAlias", host);
  if (choice->known_hosts != NULL)
    add_option (command, "UserKnownHostsFile", choice->known_hosts);
  if (choice->identity != NULL)
    g_strv_builder_add_many (command, "-i", choice->identity, NULL);
  if (choice->user != NULL)
    g_strv_builder_add_many (command, "-l", choice->user, NULL);
  if (choice->ssh_options != NULL)
    g_strv_builder_addv (command, (const char **)choice->ssh_options);
  /* What was given before counts. */
  add_option (command, "ConnectTimeout", CONNECT_SECONDS);
  g_strv_builder_add_many (command, "--", host, NULL);
  if (choice->command != NULL)
    g_strv_builder_add (command, choice->command);
  g_strv_builder_addv (command, (const char **)rest);
  return g_strv_builder_end (command);
}

/* Takes the user out of [USER@]VM. */
static const char *
take_user (Choice *choice, const char *word)
{
  const char *at = strrchr (word, '@');

  if (at == NULL)
    return bv_cli_target_get_name (word);
  g_free (choice->user);
  choice->user = g_strndup (word, (gsize)(at - word));
  return bv_cli_target_get_name (at + 1);
}

static int
run (const BvCliOptions *options, const Choice *choice, const char *name, char **rest)
{
  g_auto (GStrv) command = make_command (options, choice, name, rest);

  execvp (command[0], command);
  g_printerr (_ ("barevirt: ssh cannot be run: %s. Install the OpenSSH client.\n"),
              g_strerror (errno));
  return BV_CLI_NOT_RUN;
}

/* What can be told before ssh runs, which would only add that its way there broke. */
static gboolean
check_target (const BvCliOptions *options, const char *name, GError **error)
{
  g_auto (BvCliTarget) target = { 0 };

  return bv_cli_target_find (&target, options, name, error) &&
         bv_cli_target_check_awake (&target, error);
}

int
bv_cli_ssh (int argc, char **argv)
{
  g_auto (BvCliOptions) options = { 0 };
  g_auto (Choice) choice = { .port = SSH_PORT };
  const GOptionEntry entries[] = {
    { "username", 'l', 0, G_OPTION_ARG_STRING, &choice.user, N_ ("The user in the guest"),
      N_ ("USER") },
    { "identity-file", 'i', 0, G_OPTION_ARG_FILENAME, &choice.identity, N_ ("The private key"),
      N_ ("FILE") },
    { "port", 'p', 0, G_OPTION_ARG_INT, &choice.port, N_ ("The guest's port (22)"), N_ ("PORT") },
    { "command", 'c', 0, G_OPTION_ARG_STRING, &choice.command, N_ ("What to run in the guest"),
      N_ ("COMMAND") },
    { "via", 0, 0, G_OPTION_ARG_STRING, &choice.via,
      N_ ("How to reach the guest: vsock or network (the first that leads there)"), N_ ("WAY") },
    { "known-hosts", 0, 0, G_OPTION_ARG_FILENAME, &choice.known_hosts,
      N_ ("The file of the guests' keys, instead of ssh's own"), N_ ("FILE") },
    { "local-ssh-opts", 't', 0, G_OPTION_ARG_STRING_ARRAY, &choice.ssh_options,
      N_ ("An option for ssh; may be given again"), N_ ("OPTION") },
    { NULL },
  };
  g_autoptr (GError) error = NULL;
  const char *name;
  int first = 2;

  if (!bv_cli_options_parse (&options, entries, &argc, &argv, &error))
    return bv_cli_misuse ("%s", error->message);
  if (argc < 2)
    return bv_cli_misuse (_ ("Name one VMI, such as “barevirt ssh root@web”."));
  if (choice.port < 1 || choice.port > G_MAXUINT16)
    return bv_cli_misuse (_ ("%d is no port: these are from 1 to 65535."), choice.port);
  if (argc > 2 && g_str_equal (argv[2], "--"))
    first++;
  name = take_user (&choice, argv[1]);
  if (!check_target (&options, name, &error))
    {
      bv_cli_fail (error);
      return BV_CLI_NOT_RUN;
    }
  return run (&options, &choice, name, argv + first);
}
