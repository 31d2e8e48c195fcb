/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/bv-copy-stream.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define PART_SIZE 16384

/* Without the signal that a socket sends to one who writes to nobody. */
static gssize
write_some (int fd, const char *data, gsize length)
{
  gssize n = send (fd, data, length, MSG_NOSIGNAL);

  return n < 0 && errno == ENOTSOCK ? write (fd, data, length) : n;
}

static gboolean
write_all (int fd, const char *data, gsize length)
{
  while (length > 0)
    {
      gssize n = write_some (fd, data, length);

      if (n < 0 && errno != EINTR)
        return FALSE;
      data += MAX (n, 0);
      length -= (gsize)MAX (n, 0);
    }
  return TRUE;
}

void
bv_copy_stream (int from, int to)
{
  g_autofree char *part = g_malloc (PART_SIZE);
  gssize n;

  do
    n = read (from, part, PART_SIZE);
  while ((n < 0 && errno == EINTR) || (n > 0 && write_all (to, part, (gsize)n)));
  shutdown (to, SHUT_WR);
  shutdown (from, SHUT_RD);
}
