/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/volume/bv-volume-facts.h"

#include "host/schedule/bv-reservation.h"
#include "runtime/live/bv-volume-copy.h"

G_BEGIN_DECLS

/* The facts about a VMI that outlive the service. */
typedef struct
{
  char *phase; /* never NULL */
  char *reason;
  GPtrArray *transitions; /* of BvPhaseTransition */
  GStrv addresses;
  GHashTable *volumes; /* name -> BvVolumeFacts: of those that were prepared */
  GHashTable *copies;  /* name -> BvVolumeCopy: of those that get other claims */
  char *runtime_directory;
  gboolean paused_by_user;
  gboolean stopping;          /* it was asked to stop, and is not to be started any more */
  gboolean cancelled;         /* it was asked to stop by one who cancelled its start */
  gint64 shutdown_started;    /* microseconds since 1970; 0: no shutdown under way */
  BvReservation *reservation; /* what of the host is its own; NULL: nothing */
  gint64 thaw_at;             /* when its file systems are thawed by themselves; 0: they are not */
  guint64 guest_at_boot;      /* bytes of memory that the guest started with; 0: not known */
  guint64 refused_memory;     /* bytes that the guest was to have, which libvirt refused; or 0 */
  gint64 grace_period;        /* seconds that it was given, or -1: as its spec says */
  char *migration;            /* the uid of the migration that decides about its domain, or NULL */
  char *last_migration;       /* the uid of the newest migration of it, or NULL */
} BvVmiStatus;

typedef struct
{
  char *phase;
  gint64 time;
} BvPhaseTransition;

BvVmiStatus *bv_vmi_status_new (void);
BvVmiStatus *bv_vmi_status_new_from_json (const char *json, GError **error);
void bv_vmi_status_free (BvVmiStatus *self);
char *bv_vmi_status_to_json (const BvVmiStatus *self);
gboolean bv_vmi_status_set_phase (BvVmiStatus *self, const char *phase, const char *reason);
gboolean bv_vmi_status_is_final (const BvVmiStatus *self);
gboolean bv_vmi_status_was_in (const BvVmiStatus *self, const char *phase);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvVmiStatus, bv_vmi_status_free)

G_END_DECLS
