/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/bv-arena.h"

#include <string.h>

#define FIRST_CHUNK 4096
#define LARGEST_CHUNK (256 * 1024)
#define ALIGNMENT 8

typedef struct _Chunk Chunk;

struct _Chunk
{
  Chunk *next;
};

struct _BvArena
{
  gatomicrefcount ref_count;
  Chunk *chunks;
  char *cursor;
  gsize left;
  gsize next_chunk;
};

BvArena *
bv_arena_new (void)
{
  BvArena *self = g_new0 (BvArena, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->next_chunk = FIRST_CHUNK;
  return self;
}

BvArena *
bv_arena_ref (BvArena *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
bv_arena_unref (BvArena *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  for (Chunk *chunk = self->chunks; chunk != NULL;)
    {
      Chunk *next = chunk->next;

      g_free (chunk);
      chunk = next;
    }
  g_free (self);
}

static Chunk *
add_chunk (BvArena *self, gsize size)
{
  Chunk *chunk = g_malloc (sizeof (Chunk) + size);

  chunk->next = self->chunks;
  self->chunks = chunk;
  return chunk;
}

/* Not zeroed: the callers fill what they take. */
static char *
take (BvArena *self, gsize size)
{
  char *taken;

  if (size > LARGEST_CHUNK / 4)
    return (char *)(add_chunk (self, size) + 1);

  if (size > self->left)
    {
      self->cursor = (char *)(add_chunk (self, self->next_chunk) + 1);
      self->left = self->next_chunk;
      self->next_chunk = MIN (self->next_chunk * 2, LARGEST_CHUNK);
      if (size > self->left)
        return take (self, size);
    }

  taken = self->cursor;
  self->cursor += size;
  self->left -= size;
  return taken;
}

/* Zeroed, and aligned for any type of ours. */
gpointer
bv_arena_alloc (BvArena *self, gsize size)
{
  gsize rounded = (size + ALIGNMENT - 1) & ~((gsize)ALIGNMENT - 1);

  return memset (take (self, rounded), 0, rounded);
}

char *
bv_arena_strndup (BvArena *self, const char *text, gsize length)
{
  char *copy = take (self, (length + ALIGNMENT) & ~((gsize)ALIGNMENT - 1));

  memcpy (copy, text, length);
  copy[length] = '\0';
  return copy;
}

char *
bv_arena_strdup (BvArena *self, const char *text)
{
  return text == NULL ? NULL : bv_arena_strndup (self, text, strlen (text));
}

char *
bv_arena_printf (BvArena *self, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  return bv_arena_strdup (self, text);
}
