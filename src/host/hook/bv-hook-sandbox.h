/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/hook/bv-hook.h"

G_BEGIN_DECLS

/* What keeps a hook from being more than a filter of texts. */
typedef enum
{
  BV_HOOK_LAUNCHER_UNIT, /* systemd: a user of its own, and limits on all that it starts */
  BV_HOOK_LAUNCHER_ROOT, /* without systemd, as root: becomes nobody */
  BV_HOOK_LAUNCHER_USER, /* without root, in a session: stays the user */
} BvHookLauncher;

typedef struct
{
  BvHookLauncher launcher;
  guint seconds;
  guint64 memory; /* bytes */
} BvHookLimits;

/* The command that runs the program on its standard input for POINT with ARGUMENTS; pure. */
GStrv bv_hook_sandbox_build (BvHookPoint point, const BvHookLimits *limits,
                             const char *const *arguments);

/* What the hook writes to stdout. Blocks: for worker threads. */
char *bv_hook_sandbox_run (const BvHook *hook, BvHookPoint point, const BvConfig *config,
                           const char *const *arguments, GCancellable *cancellable, GError **error);

G_END_DECLS
