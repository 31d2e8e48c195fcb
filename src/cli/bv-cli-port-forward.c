/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-proxy.h"
#include "cli/bv-cli.h"
#include "model/bv-error.h"

#include <glib/gi18n.h>
#include <string.h>

#define LOOPBACK "127.0.0.1"

/* The last one means any. */
#define MAX_VSOCK_PORT (G_MAXUINT32 - 1)

/* A port here, and one of the guest. */
typedef struct
{
  guint64 local;
  guint64 remote;
} Ports;

/* Where and how to forward. */
typedef struct
{
  BvCliTarget *target;
  const char *name;
  const char *address;
  const char *via;
} Forwarding;

/* As virtctl has it: [PROTOCOL/]LOCAL[:REMOTE]. For a port that can only be a vsock's, one here is
 * chosen. */
static gboolean
parse_ports (const char *text, Ports *ports, GError **error)
{
  const char *slash = strchr (text, '/');
  g_auto (GStrv) parts = g_strsplit (slash != NULL ? slash + 1 : text, ":", 2);
  gboolean is_pair = parts[0] != NULL && parts[1] != NULL;

  if (slash != NULL && strncmp (text, "tcp/", strlen ("tcp/")) != 0)
    g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                 _ ("“%s” cannot be forwarded: of the protocols only tcp can be."), text);
  else if (parts[0] == NULL ||
           (is_pair &&
            !g_ascii_string_to_unsigned (parts[0], 10, 0, G_MAXUINT16, &ports->local, NULL)) ||
           !g_ascii_string_to_unsigned (parts[is_pair ? 1 : 0], 10, 1, MAX_VSOCK_PORT,
                                        &ports->remote, NULL))
    g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                 _ ("“%s” names no ports: write REMOTE or LOCAL:REMOTE, each from 1 to 65535; of a "
                    "vsock REMOTE may be larger."),
                 text);
  else
    {
      if (!is_pair)
        ports->local = ports->remote <= G_MAXUINT16 ? ports->remote : 0;
      return TRUE;
    }
  return FALSE;
}

static gboolean
forward (const Forwarding *self, const char *text, GPtrArray *proxies, GError **error)
{
  g_autoptr (GSocketService) proxy = NULL;
  Ports ports = { 0 };
  guint16 local;

  if (!parse_ports (text, &ports, error))
    return FALSE;
  proxy = bv_cli_proxy_new (self->target->vmi, bv_cli_open_port, (guint)ports.remote, self->via);
  local = bv_cli_proxy_listen (proxy, self->address, (guint16)ports.local, error);
  if (local == 0)
    return FALSE;
  g_print (_ ("%s, port %u, leads to port %u of virtualmachineinstance/%s.\n"), self->address,
           local, (guint)ports.remote, self->name);
  g_ptr_array_add (proxies, g_steal_pointer (&proxy));
  return TRUE;
}

static int
forward_all (const Forwarding *self, char **texts)
{
  g_autoptr (GPtrArray) proxies = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GError) error = NULL;

  for (char **text = texts; *text != NULL; text++)
    if (!forward (self, *text, proxies, &error))
      return bv_cli_fail (error);
  bv_cli_proxy_run (NULL);
  return 0;
}

static int
carry_stdio (const Forwarding *self, const char *text)
{
  g_autoptr (GError) error = NULL;
  Ports ports = { 0 };
  int fd = -1;

  if (parse_ports (text, &ports, &error))
    fd = bv_cli_open_port (self->target->vmi, (guint)ports.remote, self->via, &error);
  if (fd < 0)
    return bv_cli_fail (error);
  bv_cli_carry_stdio (fd, (guint)ports.remote, self->target->name);
  return 0;
}

static gboolean
check_words (int argc, char **texts, gboolean with_stdio, GError **error)
{
  Ports ports;

  if (argc < 3 || (with_stdio && argc != 3))
    {
      g_set_error_literal (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                           with_stdio
                               ? _ ("Name one VMI and one of its ports, such as “barevirt "
                                    "port-forward --stdio web 22”.")
                               : _ ("Name one VMI and the ports to forward, such as “barevirt "
                                    "port-forward web 8080:80”."));
      return FALSE;
    }
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
  g_autofree char *via = NULL;
  Forwarding forwarding;
  gboolean with_stdio = FALSE;
  const GOptionEntry entries[] = {
    { "stdio", 0, 0, G_OPTION_ARG_NONE, &with_stdio,
      N_ ("Carry standard input and output to one port of the guest"), NULL },
    { "listen", 0, 0, G_OPTION_ARG_STRING, &address,
      N_ ("Listen at this IP address of the host (127.0.0.1)"), N_ ("ADDRESS") },
    { "via", 0, 0, G_OPTION_ARG_STRING, &via,
      N_ ("How to reach the guest: vsock or network (the first that leads there)"), N_ ("WAY") },
    { NULL },
  };
  g_autoptr (GError) error = NULL;
  const char *name;

  if (!bv_cli_options_parse (&options, entries, &argc, &argv, &error))
    return bv_cli_misuse ("%s", error->message);
  if (!check_words (argc, argv + 2, with_stdio, &error))
    return bv_cli_misuse ("%s", error->message);
  name = bv_cli_target_get_name (argv[1]);
  if (!bv_cli_target_find (&target, &options, name, &error))
    return bv_cli_fail (error);
  forwarding = (Forwarding){ &target, name, address != NULL ? address : LOOPBACK, via };
  return with_stdio ? carry_stdio (&forwarding, argv[2]) : forward_all (&forwarding, argv + 2);
}
