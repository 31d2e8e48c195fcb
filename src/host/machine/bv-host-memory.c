/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/machine/bv-host-memory.h"

#include <stdio.h>
#include <string.h>

guint64
bv_host_memory_read_kib (const char *meminfo)
{
  g_autofree char *text = NULL;
  guint64 amount = 0;
  const char *line;

  if (!g_file_get_contents (meminfo, &text, NULL, NULL))
    return 0;
  line = strstr (text, "MemTotal:");
  if (line == NULL || sscanf (line, "MemTotal: %" G_GUINT64_FORMAT " kB", &amount) != 1)
    return 0;
  return amount;
}
