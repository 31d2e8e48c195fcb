/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-proxy.h"
#include "cli/bv-cli.h"
#include "model/bv-error.h"

#include <glib/gi18n.h>
#include <string.h>

#define LOOPBACK "127.0.0.1"

/* A port here, and one of the guest. */
typedef struct
{
  guint16 local;
  guint16 remote;
} Ports;

static gboolean
read_port (const char *text, guint64 least, guint16 *port)
{
  guint64 number;

  if (!g_ascii_string_to_unsigned (text, 10, least, G_MAXUINT16, &number, NULL))
    return FALSE;
  *port = (guint16)number;
  return TRUE;
}

/* As virtctl has it: [PROTOCOL/]LOCAL[:REMOTE]. */
static gboolean
parse_ports (const char *text, Ports *ports, GError **error)
{
  const char *slash = strchr (text, '/');
  g_auto (GStrv) parts = g_strsplit (slash != NULL ? slash + 1 : text, ":", 2);
  gboolean is_pair = parts[0] != NULL && parts[1] != NULL;

  if (slash != NULL && strncmp (text, "tcp/", strlen ("tcp/")) != 0)
    g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                 _ ("“%s” cannot be forwarded: of the protocols only tcp can be."), text);
  else if (parts[0] == NULL || !read_port (parts[0], is_pair ? 0 : 1, &ports->local) ||
           !read_port (parts[is_pair ? 1 : 0], 1, &ports->remote))
    g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                 _ ("“%s” names no ports: write REMOTE or LOCAL:REMOTE, each from 1 to 65535."),
                 text);
  else
    return TRUE;
  return FALSE;
}

static gboolean
forward (BvCliTarget *target, const char *name, const char *address, const char *text,
         GPtrArray *proxies, GError **error)
{
  g_autoptr (GSocketService) proxy = NULL;
  Ports ports = { 0 };
  guint16 local;

  if (!parse_ports (text, &ports, error))
    return FALSE;
  proxy = bv_cli_proxy_new (target->vmi, bv_cli_open_port, ports.remote);
  local = bv_cli_proxy_listen (proxy, address, ports.local, error);
  if (local == 0)
    return FALSE;
  g_print (_ ("%s, port %u, leads to port %u of virtualmachineinstance/%s.\n"), address, local,
           ports.remote, name);
  g_ptr_array_add (proxies, g_steal_pointer (&proxy));
  return TRUE;
}

static int
forward_all (BvCliTarget *target, const char *name, const char *address, char **texts)
{
  g_autoptr (GPtrArray) proxies = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GError) error = NULL;

  for (char **text = texts; *text != NULL; text++)
    if (!forward (target, name, address, *text, proxies, &error))
      return bv_cli_fail (error);
  bv_cli_proxy_run (NULL);
  return 0;
}

static int
carry_stdio (BvCliTarget *target, const char *text)
{
  g_autoptr (GError) error = NULL;
  Ports ports = { 0 };
  int fd = -1;

  if (parse_ports (text, &ports, &error))
    fd = bv_cli_open_port (target->vmi, ports.remote, &error);
  if (fd < 0)
    return bv_cli_fail (error);
  bv_cli_carry_stdio (fd);
  return 0;
}

static gboolean
check_ports (char **texts, GError **error)
{
  Ports ports;

  for (char **text = texts; *text != NULL; text++)
    if (!parse_ports (*text, &ports, error))
      return FALSE;
  return TRUE;
}

int
bv_cli_port_forward (int argc, char **argv)
{
  g_auto (BvCliOptions) options = { 0 };
  g_auto (BvCliTarget) target = { 0 };
  g_autofree char *address = NULL;
  gboolean with_stdio = FALSE;
  const GOptionEntry entries[] = {
    { "stdio", 0, 0, G_OPTION_ARG_NONE, &with_stdio,
      N_ ("Carry standard input and output to one port of the guest"), NULL },
    { "listen", 0, 0, G_OPTION_ARG_STRING, &address,
      N_ ("Listen at this IP address of the host (127.0.0.1)"), N_ ("ADDRESS") },
    { NULL },
  };
  g_autoptr (GError) error = NULL;
  const char *name;

  if (!bv_cli_options_parse (&options, entries, &argc, &argv, &error))
    return bv_cli_misuse ("%s", error->message);
  if (argc < 3 || (with_stdio && argc != 3))
    return bv_cli_misuse (with_stdio
                              ? _ ("Name one VMI and one of its ports, such as “barevirt "
                                   "port-forward --stdio web 22”.")
                              : _ ("Name one VMI and the ports to forward, such as “barevirt "
                                   "port-forward web 8080:80”."));
  if (!check_ports (argv + 2, &error))
    return bv_cli_misuse ("%s", error->message);
  name = bv_cli_target_get_name (argv[1]);
  if (!bv_cli_target_find (&target, &options, name, &error))
    return bv_cli_fail (error);
  return with_stdio ? carry_stdio (&target, argv[2])
                    : forward_all (&target, name, address != NULL ? address : LOOPBACK, argv + 2);
}
