/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "migration/bv-migration.h"
#include "migration/bv-remote.h"
#include "model/bv-object-private.h"
#include "runtime/vmi/bv-vmi-runtime.h"

G_BEGIN_DECLS

/* For bv-migration-{check,convergence,handover,post-copy}.c. */
struct _BvMigration
{
  GObject parent_instance;

  BvController *controller;
  BvEnvironment *environment;
  BvEntry *entry;
  BvMigrationRecord *record;
  BvEntry *vmi; /* NULL: there is none any more */
  BvRemote *remote;
  BvJob *job;

  gboolean busy;           /* a step is under way */
  BvMigrationOrder *order; /* for libvirt, while it is being put on record */
  gboolean move_called;    /* libvirt's answer is awaited, by this service */
  char *move_error;        /* what libvirt said of the move, or NULL */
  gint64 moved_at;         /* when it answered: monotonic */
  GCancellable *preparing;
  gint64 generations; /* of the VM and the VMI together, when they were sent */

  BvMigrationConfig *config;           /* what holds for it, once that is known */
  GVariant *answer;                    /* the target's, until it moves */
  guint64 copied_bytes;                /* of disks */
  BvMigrationMonitor *monitor;         /* while it moves */
  gboolean suspended;                  /* by the monitor */
  BvMigrationOrder *again;             /* with which it can be switched to post-copy, or NULL */
  BvMigrationDecision switch_decision; /* to do so, while that is not done */
  gboolean switching;                  /* the first attempt is to end, for one by post-copy */
  gboolean switch_called;
  gboolean switched;
  gboolean whole;     /* all of it is at the target, whatever libvirt here says */
  guint64 sent;       /* when it was last looked at after a break */
  gint64 resumed_at;  /* the last attempt to go on after one: monotonic */
  gboolean aborting;  /* libvirt is told not to move it */
  char *abort_reason; /* why the monitor gave it up, or NULL */

  BvMigrationSight *sight;
  guint look_id;
  gboolean looking;
  gboolean told_to_wait;
  gint64 told_at; /* when the progress was last told: monotonic */
  gint64 paused_at;

  const char *measured_phase; /* that the metrics have counted */
  char *doubt;
  gboolean given; /* somebody who knows has said that the target is to have it */
  guint retry_id;
  guint retry_seconds;
};

/* Finds the guest and the host that it is to move to; an error where it cannot. */
gboolean bv_migration_take_plan (BvMigration *self, GError **error);
BvVmiRuntime *bv_migration_get_vmi (BvMigration *self);
gboolean bv_migration_ensure_remote (BvMigration *self, GError **error);
void bv_migration_notify (BvMigration *self);
void bv_migration_tell (BvMigration *self, const char *type, const char *reason,
                        const char *message);
void bv_migration_set_doubt (BvMigration *self, const char *doubt);
/* Where the configuration lets others listen to what libvirt and the services say. */
void bv_migration_warn_of_clear_text (BvMigration *self);
char *bv_migration_describe_failure (const GError *error);
void bv_migration_retry_later (BvMigration *self);
void bv_migration_end (BvMigration *self, const GError *error);

/* Stores the record and the VMI's status in one transaction. */
void bv_migration_store (BvMigration *self, GAsyncReadyCallback callback);

void bv_migration_fail (BvMigration *self, const char *why);
void bv_migration_judge (BvMigration *self);
void bv_migration_deliver (BvMigration *self);
void bv_migration_tell_abort (BvMigration *self);
gboolean bv_migration_was_cancelled (BvMigration *self);
/* Tells libvirt that the guest is not to move. */
void bv_migration_abort (BvMigration *self);
/* The one step that gives the guest away. */
void bv_migration_release (BvMigration *self);
void bv_migration_watch (BvMigration *self);
void bv_migration_stop_watching (BvMigration *self);
/* Whether it cannot begin yet; who waits for what is told. */
gboolean bv_migration_must_wait (BvMigration *self);
gboolean bv_migration_wants_tls (BvMigration *self);
gboolean bv_migration_take_config (BvMigration *self, GError **error);
void bv_migration_help (BvMigration *self);
BvMigrationOrder *bv_migration_make_order (BvMigration *self, const BvRemoteHost *host);
/* Puts it on record that libvirt is told, and tells it. Takes ORDER. */
void bv_migration_send (BvMigration *self, BvMigrationOrder *order);

/* Keeps what a post-copy would need, where both hosts can do it. */
void bv_migration_keep_order (BvMigration *self, const BvMigrationOrder *order);
/* Begins to switch. Takes what is in DECISION. */
void bv_migration_begin_switch (BvMigration *self, BvMigrationDecision decision);
/* Called with each look at a move that is to be switched. */
void bv_migration_switch (BvMigration *self);
/* The guest is lost: what is left of it here ends. */
void bv_migration_give_up (BvMigration *self, const char *why);
/* Whether post-copy, under way or to come, says what is to be done about what is seen, and does. */
gboolean bv_migration_judge_post_copy (BvMigration *self, const BvMigrationSight *sight);

G_END_DECLS
