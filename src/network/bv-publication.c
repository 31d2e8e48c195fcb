/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "network/bv-publication.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "model/bv-error.h"

static const char *const protocols[] = { "tcp", "udp" };

static gboolean
parse_port (const char *text, guint *port)
{
  guint64 number;

  if (!g_ascii_string_to_unsigned (text, 10, 1, 65535, &number, NULL))
    return FALSE;
  *port = number;
  return TRUE;
}

static const char *
parse_protocol (const char *text)
{
  for (gsize i = 0; i < G_N_ELEMENTS (protocols); i++)
    if (text == NULL || g_ascii_strcasecmp (text, protocols[i]) == 0)
      return protocols[i];
  return NULL;
}

static gboolean
parse_entry (const char *text, BvPublication *publication)
{
  g_auto (GStrv) parts = g_strsplit (text, "/", 3);
  g_auto (GStrv) ports = NULL;

  if (parts[0] == NULL || (parts[1] != NULL && parts[2] != NULL))
    return FALSE;
  ports = g_strsplit (parts[0], ":", 3);
  publication->protocol = parse_protocol (parts[1]);
  if (publication->protocol == NULL || ports[0] == NULL || (ports[1] != NULL && ports[2] != NULL))
    return FALSE;
  return parse_port (ports[0], &publication->host_port) &&
         parse_port (ports[1] != NULL ? ports[1] : ports[0], &publication->guest_port);
}

/* Tells the host's ports apart; TCP and UDP have their own. */
static guint
get_key (const BvPublication *publication)
{
  return publication->host_port * 2 + (publication->protocol == protocols[1]);
}

GArray *
bv_publications_parse (const char *text, GError **error)
{
  g_autoptr (GArray) list = g_array_new (FALSE, FALSE, sizeof (BvPublication));
  g_auto (GStrv) entries = g_strsplit (text, ",", -1);
  g_autoptr (GHashTable) taken = g_hash_table_new (NULL, NULL);

  for (guint i = 0; entries[i] != NULL; i++)
    {
      BvPublication publication;

      if (!parse_entry (g_strstrip (entries[i]), &publication))
        {
          g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
                       _ ("The annotation %s says “%s”, which is no pair of ports; write it like "
                          "8080:80/tcp."),
                       BV_PUBLISH_ANNOTATION, entries[i]);
          return NULL;
        }
      if (!g_hash_table_add (taken, GUINT_TO_POINTER (get_key (&publication))))
        {
          g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
                       _ ("The annotation %s names the host's port %u/%s twice; name it once."),
                       BV_PUBLISH_ANNOTATION, publication.host_port, publication.protocol);
          return NULL;
        }
      g_array_append_val (list, publication);
    }
  return g_steal_pointer (&list);
}

gboolean
bv_port_is_of (const char *wanted, const char *protocol)
{
  if (wanted == NULL || wanted[0] == '\0')
    wanted = "tcp";
  return g_ascii_strcasecmp (wanted, protocol) == 0;
}

gboolean
bv_interface_allows_port (const BvApiInterface *interface, const char *protocol, guint port)
{
  for (guint i = 0; i < interface->n_ports; i++)
    {
      const BvApiPort *entry = interface->ports[i];

      if (entry->port == (gint64)port && bv_port_is_of (entry->protocol, protocol))
        return TRUE;
    }
  for (guint i = 0; i < interface->n_port_ranges; i++)
    {
      const BvApiPortRange *range = interface->port_ranges[i];

      if (range->start <= (gint64)port && (gint64)port <= range->end &&
          bv_port_is_of (range->protocol, protocol))
        return TRUE;
    }
  return interface->n_ports == 0 && interface->n_port_ranges == 0;
}

/* What is published and not let through would lead nowhere. */
gboolean
bv_publications_check (GArray *list, const BvApiInterface *interface, GError **error)
{
  for (guint i = 0; i < list->len; i++)
    {
      const BvPublication *publication = &g_array_index (list, BvPublication, i);

      if (bv_interface_allows_port (interface, publication->protocol, publication->guest_port))
        continue;
      g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
                   _ ("The annotation %s publishes the guest's port %u/%s, which the ports of the "
                      "interface %s do not name; add it to them."),
                   BV_PUBLISH_ANNOTATION, publication->guest_port, publication->protocol,
                   interface->name);
      return FALSE;
    }
  return TRUE;
}
