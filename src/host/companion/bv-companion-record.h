/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <sys/types.h>

G_BEGIN_DECLS

/* What is on record of a companion, so that a service that was restarted finds it again. The
 * number of a process is used again after its end: only together with the instant of its start, and
 * the boot, does it tell which process is meant. */
typedef struct
{
  pid_t pid; /* 0: not known yet */
  guint64 start_time;
  char *boot_id;
  char *unit; /* systemd's, or NULL */
} BvCompanionRecord;

BvCompanionRecord *bv_companion_record_new (pid_t pid, const char *unit);
void bv_companion_record_free (BvCompanionRecord *self);
gboolean bv_companion_record_write (const BvCompanionRecord *self, const char *path,
                                    GError **error);

/* NULL without an error where there is none. */
BvCompanionRecord *bv_companion_record_read (const char *path, GError **error);

/* A descriptor of the process, which poll() finds readable at its end, or -1 when it is gone. */
int bv_companion_record_open_process (const BvCompanionRecord *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvCompanionRecord, bv_companion_record_free)

G_END_DECLS
