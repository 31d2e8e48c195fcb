/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vmi/bv-vmi-runtime-private.h"

/* What the metrics tell of one VMI's life. */

/* It has just come out of BEFORE. */
void
bv_vmi_runtime_measure_phase (BvVmiRuntime *self, const char *before)
{
  const GPtrArray *transitions = self->status->transitions;
  const BvPhaseTransition *now = transitions->pdata[transitions->len - 1];
  const BvPhaseTransition *last =
      transitions->len > 1 ? transitions->pdata[transitions->len - 2] : NULL;
  const BvPhaseChange change = {
    .phase = now->phase,
    .last_phase = before,
    .at = now->time,
    .last_at = last != NULL ? last->time : 0,
    .created = bv_entry_get_created (self->entry),
    .deleted = bv_entry_get_deleted (self->entry),
    .is_final = bv_vmi_status_is_final (self->status),
  };

  bv_transition_times_take_vmi (self->environment->transition_times, &change);
}

void
bv_vmi_runtime_note_connection (BvVmiRuntime *self)
{
  self->last_connection = g_get_real_time ();
}

gint64
bv_vmi_runtime_get_last_connection (BvVmiRuntime *self)
{
  return self->last_connection;
}

/* Nobody may ever ask how many are open. */
#define MANY_HANDOUTS 16

void
bv_vmi_runtime_note_handout (BvVmiRuntime *self, BvHandout kind, int fd)
{
  guint64 identity = bv_unix_sockets_identify (fd);

  bv_vmi_runtime_note_connection (self);
  if (self->handouts[kind] == NULL)
    self->handouts[kind] = g_array_new (FALSE, FALSE, sizeof identity);
  else if (self->handouts[kind]->len >= MANY_HANDOUTS)
    {
      g_autoptr (BvUnixSockets) sockets = bv_unix_sockets_new ();

      bv_unix_sockets_keep_open (sockets, self->handouts[kind]);
    }
  g_array_append_val (self->handouts[kind], identity);
}

gboolean
bv_vmi_runtime_count_handouts (BvVmiRuntime *self, BvHandout kind, BvUnixSockets *sockets, guint *n)
{
  GArray *handouts = self->handouts[kind];
  gboolean known = handouts == NULL || bv_unix_sockets_keep_open (sockets, handouts);

  *n = known && handouts != NULL ? handouts->len : 0;
  return known;
}

guint
bv_vmi_runtime_count_consoles (BvVmiRuntime *self)
{
  return self->console != NULL ? bv_console_get_n_clients (self->console) : 0;
}
