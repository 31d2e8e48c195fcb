/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/live/bv-live-update.h"

G_BEGIN_DECLS

/* What a running guest follows of lists in its template, and what is left for a restart. */

/* The names of a list of devices and of the list that these show: disks and volumes. */
typedef struct
{
  const char *devices;
  const char *sources;
} LiveLists;

typedef struct
{
  const char *name;
  const char *devices; /* of what runs, and what is wanted */
  const char *sources;
  const char *wanted_devices;
  const char *wanted_sources;
  gboolean changed;
  gboolean needs_restart;
} LiveCase;

BvObject *live_cases_read_vmi (const LiveLists *lists, const char *devices, const char *sources);
void live_cases_check (const LiveLists *lists, const LiveCase *cases, gsize n_cases);

G_END_DECLS
