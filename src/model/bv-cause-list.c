/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/bv-cause-list.h"

#include <string.h>

/* More than anybody reads; a text of nothing but faults must not cost more than one that is right.
 */
#define MAX_CAUSES 1000
#define LONGEST_WORD 48

static gboolean
is_full (const BvCauseList *self, BvSeverity severity)
{
  return self->causes->len >= (severity == BV_SEVERITY_WARNING ? MAX_CAUSES : 2 * MAX_CAUSES);
}

void
bv_cause_list_add_at (BvCauseList *self, BvMark mark, BvSeverity severity, const char *reason,
                      const char *field, const char *message)
{
  BvCause *cause;

  if (is_full (self, severity))
    return;
  cause = bv_cause_new (reason, field, message);
  cause->severity = severity;
  cause->file = g_strdup (self->file);
  cause->document = self->document;
  cause->mark = mark;
  g_ptr_array_add (self->causes, cause);
}

void
bv_cause_list_add (BvCauseList *self, BvSeverity severity, const char *reason, const char *field,
                   const char *message)
{
  if (!is_full (self, severity))
    bv_cause_list_add_at (self, bv_node_locate (self->root, field), severity, reason, field,
                          message);
}

/* Edits (insert, drop, change, swap neighbours) that make A of B. */
static guint
distance (const char *a, const char *b)
{
  guint rows[3][LONGEST_WORD + 1];
  gsize m = strlen (a);
  gsize n = strlen (b);

  if (m > LONGEST_WORD || n > LONGEST_WORD)
    return G_MAXUINT;
  for (gsize j = 0; j <= n; j++)
    rows[0][j] = j;
  for (gsize i = 1; i <= m; i++)
    {
      guint *row = rows[i % 3];
      const guint *above = rows[(i + 2) % 3];
      const guint *second = rows[(i + 1) % 3];

      row[0] = i;
      for (gsize j = 1; j <= n; j++)
        {
          guint change = g_ascii_tolower (a[i - 1]) != g_ascii_tolower (b[j - 1]);

          row[j] = MIN (MIN (above[j], row[j - 1]) + 1, above[j - 1] + change);
          if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
            row[j] = MIN (row[j], second[j - 2] + 1);
        }
    }
  return rows[m % 3][n];
}

/* The one of KNOWN that WORD is probably a slip of, or NULL. */
const char *
bv_suggest (const char *word, const char *const *known)
{
  const char *best = NULL;
  gsize length = strlen (word);
  gsize least = MAX (1, length / 3) + 1;

  for (; *known != NULL; known++)
    {
      gsize known_length = strlen (*known);
      guint edits;

      /* It takes at least as many edits as one is longer than the other. */
      if (MAX (length, known_length) - MIN (length, known_length) >= least)
        continue;
      edits = distance (word, *known);
      if (edits < least)
        {
          least = edits;
          best = *known;
        }
    }
  return best;
}
