/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-proxy.h"
#include "cli/bv-cli.h"
#include "model/bv-error.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>

#define LOOPBACK "127.0.0.1"

/* Viewers, the better one first, and how each is told a socket. */
static const struct
{
  const char *program;
  const char *prefix;
} viewers[] = {
  { "remote-viewer", "vnc+unix://" },
  { "vncviewer", "" },
};

typedef struct
{
  char *viewer;
  char *address;
  char *socket;
  int port;
  gboolean proxy_only;
} Choice;

static void
choice_clear (Choice *self)
{
  g_free (self->viewer);
  g_free (self->address);
  g_free (self->socket);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Choice, choice_clear)

static char *
find_viewer (const Choice *choice, GError **error)
{
  char *found = choice->viewer != NULL ? g_find_program_in_path (choice->viewer) : NULL;

  for (gsize i = 0; choice->viewer == NULL && found == NULL && i < G_N_ELEMENTS (viewers); i++)
    found = g_find_program_in_path (viewers[i].program);
  if (found == NULL)
    g_set_error (error, BV_ERROR, BV_ERROR_NOT_FOUND,
                 _ ("No viewer is here%s%s. Install remote-viewer or TigerVNC, or have any other "
                    "one connect to what “barevirt vnc --proxy-only” prints."),
                 choice->viewer != NULL ? ": " : "", choice->viewer != NULL ? choice->viewer : "");
  return found;
}

/* What this viewer calls the socket at PATH. */
static char *
name_socket (const char *viewer, const char *path)
{
  g_autofree char *program = g_path_get_basename (viewer);

  for (gsize i = 0; i < G_N_ELEMENTS (viewers); i++)
    if (g_str_equal (program, viewers[i].program))
      return g_strconcat (viewers[i].prefix, path, NULL);
  return g_strdup (path);
}

static gboolean
view (GSocketService *proxy, const char *viewer, const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "vnc", NULL);
  g_autofree char *name = name_socket (viewer, path);
  g_autoptr (GSubprocess) child = NULL;

  if (!bv_cli_proxy_listen_at (proxy, path, error))
    return FALSE;
  child = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, error, viewer, name, NULL);
  if (child != NULL)
    bv_cli_proxy_run (child);
  g_unlink (path);
  return child != NULL;
}

/* By a socket in a folder that is this user's alone: a port would be open to all on this machine.
 */
static gboolean
run_viewer (GSocketService *proxy, const Choice *choice, GError **error)
{
  g_autofree char *viewer = find_viewer (choice, error);
  g_autofree char *folder = viewer != NULL ? g_dir_make_tmp ("barevirt-vnc-XXXXXX", error) : NULL;
  gboolean done = folder != NULL && view (proxy, viewer, folder, error);

  if (folder != NULL)
    g_rmdir (folder);
  return done;
}

/* The port is printed as virtctl does it. */
static gboolean
run_proxy (GSocketService *proxy, const Choice *choice, GError **error)
{
  guint16 port = 0;

  if (choice->socket != NULL)
    {
      if (!bv_cli_proxy_listen_at (proxy, choice->socket, error))
        return FALSE;
      g_print ("{\"socket\":\"%s\"}\n", choice->socket);
    }
  else
    {
      port = bv_cli_proxy_listen (proxy, choice->address != NULL ? choice->address : LOOPBACK,
                                  (guint16)choice->port, error);
      if (port == 0)
        return FALSE;
      g_print ("{\"port\":%u}\n", port);
    }
  bv_cli_proxy_run (NULL);
  if (choice->socket != NULL)
    g_unlink (choice->socket);
  return TRUE;
}

/* Tells at once what would else be told to a viewer that has a window open already. */
static gboolean
check_display (BvCliTarget *target, GError **error)
{
  int fd = bv_cli_open_display (target->vmi, 0, NULL, error);

  return fd >= 0 && g_close (fd, error);
}

static gboolean
show (BvCliTarget *target, const Choice *choice, GError **error)
{
  g_autoptr (GSocketService) proxy = bv_cli_proxy_new (target->vmi, bv_cli_open_display, 0, NULL);

  if (!check_display (target, error))
    return FALSE;
  return choice->proxy_only ? run_proxy (proxy, choice, error) : run_viewer (proxy, choice, error);
}

int
bv_cli_vnc (int argc, char **argv)
{
  g_auto (BvCliOptions) options = { 0 };
  g_auto (BvCliTarget) target = { 0 };
  g_auto (Choice) choice = { 0 };
  const GOptionEntry entries[] = {
    { "proxy-only", 0, 0, G_OPTION_ARG_NONE, &choice.proxy_only,
      N_ ("Start no viewer, and print where one can connect"), NULL },
    { "socket", 0, 0, G_OPTION_ARG_FILENAME, &choice.socket,
      N_ ("With --proxy-only: a UNIX socket, for this user alone"), N_ ("FILE") },
    { "port", 0, 0, G_OPTION_ARG_INT, &choice.port,
      N_ ("With --proxy-only: the port (any that is free)"), N_ ("PORT") },
    { "listen", 0, 0, G_OPTION_ARG_STRING, &choice.address,
      N_ ("With --proxy-only: the IP address of this machine (127.0.0.1)"), N_ ("ADDRESS") },
    { "vnc-path", 0, 0, G_OPTION_ARG_FILENAME, &choice.viewer, N_ ("The viewer to start"),
      N_ ("PROGRAM") },
    { NULL },
  };
  g_autoptr (GError) error = NULL;

  if (!bv_cli_options_parse (&options, entries, &argc, &argv, &error))
    return bv_cli_misuse ("%s", error->message);
  if (argc != 2)
    return bv_cli_misuse (_ ("Name one VMI; “barevirt get vmi” lists them."));
  if (choice.port < 0 || choice.port > G_MAXUINT16)
    return bv_cli_misuse (_ ("%d is no port: these are up to 65535."), choice.port);
  if (!bv_cli_target_find (&target, &options, bv_cli_target_get_name (argv[1]), &error) ||
      !show (&target, &choice, &error))
    return bv_cli_fail (error);
  return 0;
}
