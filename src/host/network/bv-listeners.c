/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/network/bv-listeners.h"

#include <stdio.h>

#define TCP_LISTEN 0x0a
#define UDP_UNCONNECTED 0x07

gboolean
bv_listeners_find_in (const char *text, const char *protocol, guint port, guint *uid)
{
  guint wanted = g_str_equal (protocol, "udp") ? UDP_UNCONNECTED : TCP_LISTEN;
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      guint local, state, owner;

      if (sscanf (lines[i], " %*u: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*x:%*x %*x:%*x %*x %u",
                  &local, &state, &owner) != 3)
        continue;
      if (local == port && state == wanted)
        {
          *uid = owner;
          return TRUE;
        }
    }
  return FALSE;
}

gboolean
bv_listeners_find (const char *protocol, guint port, guint *uid)
{
  static const char *const suffixes[] = { "", "6" };

  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *path = g_strconcat ("/proc/net/", protocol, suffixes[i], NULL);
      g_autofree char *text = NULL;

      if (g_file_get_contents (path, &text, NULL, NULL) &&
          bv_listeners_find_in (text, protocol, port, uid))
        return TRUE;
    }
  return FALSE;
}
