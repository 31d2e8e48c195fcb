/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli.h"

#include <glib/gi18n.h>

const BvVerb bv_verbs[] = {
  { "apply", N_ ("-f FILE"), N_ ("Make the host's objects be as a manifest says"), 0,
    bv_cli_apply },
  { "diff", N_ ("-f FILE"), N_ ("Tell what applying a manifest would change, and when"), 0,
    bv_cli_diff },
  { "get", N_ ("[KIND [NAME]]"), N_ ("List objects, or print one as YAML or JSON"), 2, bv_cli_get },
  { "describe", N_ ("KIND NAME"), N_ ("Tell all that is known of an object"), 2, bv_cli_describe },
  { "delete", N_ ("KIND NAME | -f FILE"), N_ ("Delete objects; guests are shut down first"), 2,
    bv_cli_delete },
  { "start", N_ ("VM"), N_ ("Start a VM"), 1, bv_cli_start },
  { "stop", N_ ("VM"), N_ ("Shut a VM down"), 1, bv_cli_stop },
  { "restart", N_ ("VM"), N_ ("Shut a VM down and start it anew"), 1, bv_cli_restart },
  { "migrate", N_ ("VM [--to HOST]"), N_ ("Move a running VM to another host"), 1, bv_cli_migrate },
  { "drain", N_ ("HOST"), N_ ("Move or stop all guests of this host"), 1, bv_cli_drain },
  { "migration", N_ ("cancel|resolve VM"), N_ ("End a move early; say who owns its guest"), 2,
    bv_cli_migration },
  { "pause", N_ ("VMI"), N_ ("Stop a guest's CPUs"), 1, bv_cli_pause },
  { "unpause", N_ ("VMI"), N_ ("Let a paused guest go on"), 1, bv_cli_unpause },
  { "reset", N_ ("VMI"), N_ ("Press a guest's reset button"), 1, bv_cli_reset },
  { "soft-reboot", N_ ("VMI"), N_ ("Ask a guest to reboot"), 1, bv_cli_soft_reboot },
  { "freeze", N_ ("VMI"), N_ ("Freeze a guest's file systems, for a backup"), 1, bv_cli_freeze },
  { "unfreeze", N_ ("VMI"), N_ ("Thaw a guest's file systems"), 1, bv_cli_unfreeze },
  { "exec", N_ ("VMI -- COMMAND…"), N_ ("Run a program in a guest, by its agent"), G_MAXUINT,
    bv_cli_exec },
  { "set-password", N_ ("VMI USER"), N_ ("Set the password of a guest's user"), 2,
    bv_cli_set_password },
  { "ssh-keys", N_ ("VMI USER"), N_ ("Set the SSH keys that let in as a guest's user"), 2,
    bv_cli_ssh_keys },
  { "image", N_ ("list | prune [NAME]"),
    N_ ("List the images that are kept, or remove unused ones"), 2, bv_cli_image },
  { "addvolume", N_ ("VM --volume-name NAME"), N_ ("Plug a claim into a VM as a disk"), 1,
    bv_cli_addvolume },
  { "removevolume", N_ ("VM --volume-name NAME"), N_ ("Take a hotpluggable volume away from a VM"),
    1, bv_cli_removevolume },
  { "image-upload", N_ ("dv NAME"), N_ ("Fill a DataVolume with an image of yours"), 2,
    bv_cli_image_upload },
  { "top", "", N_ ("Show what guests use of the host, as it changes"), 0, bv_cli_top },
  { "console", N_ ("VMI"), N_ ("Open a guest's serial console"), 1, bv_cli_console },
  { "logs", N_ ("VMI"), N_ ("Print what a guest printed on its serial console"), 1, bv_cli_logs },
  { "vnc", N_ ("VMI"), N_ ("Show a guest's screen in a viewer"), 1, bv_cli_vnc },
  { "ssh", N_ ("[USER@]VMI [-- COMMAND…]"), N_ ("Log in to a guest, or run a command there"),
    G_MAXUINT, bv_cli_ssh },
  { "port-forward", N_ ("VMI [LOCAL:]REMOTE…"), N_ ("Make ports of a guest reachable from here"),
    G_MAXUINT, bv_cli_port_forward },
  { "screenshot", N_ ("VMI FILE.png"), N_ ("Take a picture of a guest's screen"), 2,
    bv_cli_screenshot },
  { "memory-dump", N_ ("VMI FILE | VM --claim-name CLAIM"),
    N_ ("Write what is in a guest's memory"), 2, bv_cli_memory_dump },
  { "cancel", N_ ("JOB"), N_ ("End a job early; “get jobs” lists them"), 1, bv_cli_cancel },
  { "export", N_ ("[KIND [NAME]]"), N_ ("Print objects as a cluster takes them"), 2,
    bv_cli_export },
  { "guests", N_ ("stop|start"), N_ ("Shut all guests down, for the host's end; take that back"), 1,
    bv_cli_guests },
  { "events", "", N_ ("Tell what happens to the host's objects"), 0, bv_cli_events },
  { "convert", N_ ("[MANIFEST…]"), N_ ("Print the libvirt domain of each VMI"), G_MAXUINT,
    bv_cli_convert },
  { "validate", N_ ("[MANIFEST…]"), N_ ("Tell what is wrong with manifests"), G_MAXUINT,
    bv_cli_validate },
  { "schema", "", N_ ("Print the JSON Schema of all objects"), 0, bv_cli_schema },
  { "doctor", "", N_ ("Tell what works on this host, and what to do"), 0, bv_cli_doctor },
  { "version", "", N_ ("Print the versions of command, service and host"), 0, bv_cli_version },
};

const guint bv_n_verbs = G_N_ELEMENTS (bv_verbs);

/* Prints a sentence, as a line of its own. */
void
bv_cli_say (const char *format, ...)
{
  g_autofree char *sentence = NULL;
  va_list arguments;

  va_start (arguments, format);
  sentence = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_print ("%s\n", sentence);
}

/* Likewise, where it is no result of the verb. */
void
bv_cli_warn (const char *format, ...)
{
  g_autofree char *sentence = NULL;
  va_list arguments;

  va_start (arguments, format);
  sentence = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_printerr ("%s\n", sentence);
}

/* Tells the error, and returns the exit status for it. */
int
bv_cli_fail (GError *error)
{
  g_dbus_error_strip_remote_error (error);
  g_printerr ("barevirt: %s\n", error->message);
  return BV_CLI_FAILURE;
}

/* Tells what is wrong with the command line, and returns the exit status for it. */
int
bv_cli_misuse (const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_printerr ("barevirt: %s\n", message);
  return BV_CLI_USAGE;
}

const BvVerb *
bv_verb_find (const char *name)
{
  for (guint i = 0; i < bv_n_verbs; i++)
    if (g_str_equal (bv_verbs[i].name, name))
      return &bv_verbs[i];
  return NULL;
}

static const char *
get_arguments (const BvVerb *verb)
{
  return verb->arguments[0] == '\0' ? "" : _ (verb->arguments);
}

static void
print_verbs (void)
{
  glong width = 0;

  for (guint i = 0; i < bv_n_verbs; i++)
    width = MAX (width, g_utf8_strlen (get_arguments (&bv_verbs[i]), -1));
  for (guint i = 0; i < bv_n_verbs; i++)
    {
      const char *arguments = get_arguments (&bv_verbs[i]);
      int gap = (int)(width - g_utf8_strlen (arguments, -1));

      g_print ("  %-12s %s%*s %s\n", bv_verbs[i].name, arguments, gap, "", _ (bv_verbs[i].summary));
    }
}

static void
print_help (void)
{
  g_print ("%s\n\n%s\n\n%s\n", _ ("Usage: barevirt VERB [OPTION…] [ARGUMENT…]"),
           _ ("Run KubeVirt virtual machines on this host."), _ ("Verbs:"));
  print_verbs ();
  g_print ("\n%s\n", _ ("“barevirt VERB --help” tells a verb's options; barevirt(1) tells more."));
}

/* As “barevirt VERB --help”. */
static int
help_with (const BvVerb *verb)
{
  char *arguments[] = { (char *)verb->name, (char *)"--help", NULL };

  return verb->run (2, arguments);
}

/* How many words an option takes that kubectl has before its verb; 0: it is none of these. */
static int
count_words (const char *option)
{
  static const char *const alone[] = { "--session", "--system", NULL };
  static const char *const with_value[] = { "--address", "--namespace", "-n", NULL };

  if (g_strv_contains (alone, option) || g_str_has_prefix (option, "--address=") ||
      g_str_has_prefix (option, "--namespace="))
    return 1;
  return g_strv_contains (with_value, option) ? 2 : 0;
}

/* Puts the verb, and not an option, first. */
static void
bring_verb_forward (int argc, char **argv)
{
  int verb = 1;

  while (verb < argc && argv[verb][0] == '-' && count_words (argv[verb]) > 0)
    verb += count_words (argv[verb]);
  if (verb >= argc)
    return;
  for (char *word = argv[verb]; verb > 1; verb--)
    {
      argv[verb] = argv[verb - 1];
      argv[verb - 1] = word;
    }
}

static int
refuse_word (const char *word)
{
  if (word[0] == '-')
    return bv_cli_misuse (_ ("The verb comes before “%s”; “barevirt --help” lists the verbs."),
                          word);
  return bv_cli_misuse (_ ("There is no verb “%s”; “barevirt --help” lists them."), word);
}

int
bv_cli_run (int argc, char **argv)
{
  const char *word;
  const BvVerb *verb;

  bring_verb_forward (argc, argv);
  word = argc < 2 ? "" : argv[1];
  if (argc > 2 && g_str_equal (word, "help") && bv_verb_find (argv[2]) != NULL)
    return help_with (bv_verb_find (argv[2]));
  if (argc < 2 || g_str_equal (word, "--help") || g_str_equal (word, "-h") ||
      g_str_equal (word, "help"))
    {
      print_help ();
      return argc < 2 ? BV_CLI_USAGE : 0;
    }
  if (g_str_equal (word, "--version"))
    word = "version";
  verb = bv_verb_find (word);
  if (verb == NULL)
    return refuse_word (word);
  argv[1] = (char *)verb->name;
  return verb->run (argc - 1, argv + 1);
}
