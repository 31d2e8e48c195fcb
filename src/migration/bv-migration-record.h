/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How far the hand-over of a guest is. What a step allows is on record before it is done; who owns
 * the guest follows from it, and never from a guess. */
typedef enum
{
  BV_MIGRATION_NEW,
  BV_MIGRATION_PREPARING, /* the target is asked */
  BV_MIGRATION_READY,     /* the target could take it */
  BV_MIGRATION_MOVING,    /* source: libvirt was told to move it; the source owns it */
  BV_MIGRATION_RELEASED,  /* source: its own domain is gone for good; the target owns it */
  BV_MIGRATION_OWNED,     /* target: it owns the guest, and lets it run on */
  BV_MIGRATION_DONE,
  BV_MIGRATION_FAILED, /* target: it will never let the guest run */
} BvMigrationStage;

#define BV_N_MIGRATION_STAGES (BV_MIGRATION_FAILED + 1)

/* The facts about a migration that outlive the service, on either side. */
typedef struct
{
  gboolean is_target;
  BvMigrationStage stage;
  char *source; /* the hosts, as the source calls them */
  char *target;
  char *vmi_uid;
  char *vmi_name;
  gint64 started; /* microseconds since 1970; 0: not yet */
  gint64 ended;
  char *failure;       /* why it failed, as a sentence, or NULL */
  gboolean cancelled;  /* it was asked to end early */
  gboolean post_copy;  /* source: the guest may go on at the target before its memory is there */
  gboolean must_abort; /* it failed, and the target is still to be told, or to clean up */
  gint64 downtime;     /* microseconds from libvirt's end of the move to the target's word */
  char *objects;       /* target: the VM and VMI that come, as bv-migration-bundle has them */
  char *vmi_status;    /* target: the VMI's status here, as JSON */
  char *made;          /* target: the uids of what was stored for the guest, with blanks between */
  char *claims;        /* source: the names of the claims that go with it, likewise */
  char *copied_claims; /* source: those of them of which a copy stays here */
} BvMigrationRecord;

BvMigrationRecord *bv_migration_record_new (void);
BvMigrationRecord *bv_migration_record_new_from_json (const char *json, GError **error);
char *bv_migration_record_to_json (const BvMigrationRecord *self);
void bv_migration_record_free (BvMigrationRecord *self);

/* KubeVirt's word for it. */
const char *bv_migration_record_get_phase (const BvMigrationRecord *self);
gboolean bv_migration_record_is_over (const BvMigrationRecord *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvMigrationRecord, bv_migration_record_free)

G_END_DECLS
