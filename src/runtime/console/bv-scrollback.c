/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/console/bv-scrollback.h"

#include <string.h>

/* What a ring begins with: most guests say little, and there may be a thousand of them. */
#define FIRST_BYTES 1024

struct _BvScrollback
{
  gsize size;
  gsize allocated; /* less than SIZE only as long as nothing was lost */
  guint64 end;
  char *ring;
};

BvScrollback *
bv_scrollback_new (gsize size)
{
  BvScrollback *self = g_new0 (BvScrollback, 1);

  self->size = size;
  return self;
}

void
bv_scrollback_free (BvScrollback *self)
{
  g_free (self->ring);
  g_free (self);
}

/* Makes room for LENGTH more bytes, or for as many as there may be. */
static void
grow (BvScrollback *self, gsize length)
{
  gsize wanted = MAX (self->allocated, MIN (FIRST_BYTES, self->size));

  while (wanted < self->size && wanted < self->end + length)
    wanted = MIN (wanted * 2, self->size);
  if (wanted == self->allocated)
    return;
  self->ring = g_realloc (self->ring, wanted);
  self->allocated = wanted;
}

/**
 * bv_scrollback_append:
 * @self: the bytes
 * @data: what comes next
 * @length: how much it is
 *
 * Adds to the end, at the cost of the oldest.
 */
void
bv_scrollback_append (BvScrollback *self, const char *data, gsize length)
{
  if (length > self->size)
    {
      self->end += length - self->size;
      data += length - self->size;
      length = self->size;
    }
  grow (self, length);
  while (length > 0)
    {
      gsize offset = self->end % self->size;
      gsize n = MIN (length, self->size - offset);

      memcpy (self->ring + offset, data, n);
      self->end += n;
      data += n;
      length -= n;
    }
}

/* The position of the byte that comes next. */
guint64
bv_scrollback_get_end (BvScrollback *self)
{
  return self->end;
}

/**
 * bv_scrollback_peek:
 * @self: the bytes
 * @position: where to read; moved on to the oldest byte if what was there is gone
 * @data: (out): the bytes at @position, until the next is added
 *
 * Returns: how many bytes stand there in one piece; 0 at the end
 */
gsize
bv_scrollback_peek (BvScrollback *self, guint64 *position, const char **data)
{
  guint64 oldest = self->end > self->size ? self->end - self->size : 0;
  gsize offset;

  *position = CLAMP (*position, oldest, self->end);
  offset = *position % self->size;
  *data = self->ring != NULL ? self->ring + offset : "";
  return MIN ((gsize)(self->end - *position), self->size - offset);
}
