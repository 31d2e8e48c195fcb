/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "daemon/bv-caller-limits.h"

#include <glib/gi18n-lib.h>

#include "model/bv-error.h"

typedef struct
{
  guint calls;
  gsize bytes;
} Waiting;

struct _BvCallerLimits
{
  guint max_calls;
  gsize max_bytes;
  GHashTable *callers; /* unique bus name -> Waiting, of those that wait for anything */
};

BvCallerLimits *
bv_caller_limits_new (guint max_calls, gsize max_bytes)
{
  BvCallerLimits *self = g_new0 (BvCallerLimits, 1);

  self->max_calls = max_calls;
  self->max_bytes = max_bytes;
  self->callers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
bv_caller_limits_free (BvCallerLimits *self)
{
  g_hash_table_unref (self->callers);
  g_free (self);
}

static Waiting *
ensure_caller (BvCallerLimits *self, const char *caller)
{
  Waiting *waiting = g_hash_table_lookup (self->callers, caller);

  if (waiting == NULL)
    {
      waiting = g_new0 (Waiting, 1);
      g_hash_table_insert (self->callers, g_strdup (caller), waiting);
    }
  return waiting;
}

gboolean
bv_caller_limits_begin (BvCallerLimits *self, const char *caller, gsize bytes, GError **error)
{
  Waiting *waiting = ensure_caller (self, caller);

  /* One call alone is never too much: its size has limits of its own. */
  if (waiting->calls > 0 &&
      (waiting->calls >= self->max_calls || bytes > self->max_bytes - waiting->bytes))
    {
      g_set_error (error, BV_ERROR, BV_ERROR_LIMIT_EXCEEDED,
                   _ ("%u of your calls wait for their answers already. Wait for those; if they do "
                      "not come, see whether polkit works."),
                   waiting->calls);
      return FALSE;
    }
  waiting->calls++;
  waiting->bytes += MIN (bytes, self->max_bytes - waiting->bytes);
  return TRUE;
}

void
bv_caller_limits_end (BvCallerLimits *self, const char *caller, gsize bytes)
{
  Waiting *waiting = g_hash_table_lookup (self->callers, caller);

  g_return_if_fail (waiting != NULL && waiting->calls > 0);
  waiting->calls--;
  waiting->bytes -= MIN (bytes, waiting->bytes);
  if (waiting->calls == 0)
    g_hash_table_remove (self->callers, caller);
}
