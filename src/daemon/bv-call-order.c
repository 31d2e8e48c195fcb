/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "daemon/bv-call-order.h"

struct _BvCallTurn
{
  char *line;
  gboolean answered;
  BvTurnFunc func;
  gpointer user_data;
};

struct _BvCallOrder
{
  GHashTable *lines; /* caller and action -> GQueue of BvCallTurn, the oldest first */
};

static void
turn_free (gpointer data)
{
  BvCallTurn *turn = data;

  g_free (turn->line);
  g_free (turn);
}

static void
line_free (gpointer data)
{
  g_queue_free_full (data, turn_free);
}

BvCallOrder *
bv_call_order_new (void)
{
  BvCallOrder *self = g_new0 (BvCallOrder, 1);

  self->lines = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, line_free);
  return self;
}

void
bv_call_order_free (BvCallOrder *self)
{
  g_hash_table_unref (self->lines);
  g_free (self);
}

BvCallTurn *
bv_call_order_join (BvCallOrder *self, const char *caller, const char *action)
{
  BvCallTurn *turn = g_new0 (BvCallTurn, 1);
  GQueue *line;

  turn->line = g_strconcat (caller, " ", action, NULL);
  line = g_hash_table_lookup (self->lines, turn->line);
  if (line == NULL)
    {
      line = g_queue_new ();
      g_hash_table_insert (self->lines, g_strdup (turn->line), line);
    }
  g_queue_push_tail (line, turn);
  return turn;
}

/* The first of LINE, if it was answered. A line that is empty is none any more. */
static BvCallTurn *
take_next (BvCallOrder *self, const char *name)
{
  GQueue *line = g_hash_table_lookup (self->lines, name);
  BvCallTurn *turn = line != NULL ? g_queue_peek_head (line) : NULL;

  if (turn == NULL || !turn->answered)
    return NULL;
  g_queue_pop_head (line);
  if (g_queue_is_empty (line))
    g_hash_table_remove (self->lines, name);
  return turn;
}

void
bv_call_order_answer (BvCallOrder *self, BvCallTurn *turn, BvTurnFunc func, gpointer user_data)
{
  g_autofree char *name = g_strdup (turn->line);
  BvCallTurn *next;

  turn->answered = TRUE;
  turn->func = func;
  turn->user_data = user_data;
  while ((next = take_next (self, name)) != NULL)
    {
      if (next->func != NULL)
        next->func (next->user_data);
      turn_free (next);
    }
}
