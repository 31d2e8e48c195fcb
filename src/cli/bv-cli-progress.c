/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-progress.h"

#include <unistd.h>

/* Begins the line anew and clears what is on it. */
#define BEGIN_LINE "\r\033[K"

void
bv_cli_progress_show (BvCliProgress *self, BvDBusJob *job)
{
  const char *step = bv_dbus_job_get_step (job);
  double progress = bv_dbus_job_get_progress (job);

  if (step == NULL || step[0] == '\0' || !isatty (STDERR_FILENO))
    return;
  if (progress < 0)
    g_printerr (BEGIN_LINE "%s …", step);
  else
    g_printerr (BEGIN_LINE "%s … %.0f%%", step, progress * 100);
  self->shown = TRUE;
}

void
bv_cli_progress_end (BvCliProgress *self)
{
  if (self->shown)
    g_printerr (BEGIN_LINE);
  self->shown = FALSE;
}
