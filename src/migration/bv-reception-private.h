/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "migration/bv-incoming-claims.h"
#include "migration/bv-reception.h"

G_BEGIN_DECLS

/* For bv-reception-{accept,prepare,reject}.c. */
struct _BvReception
{
  GObject parent_instance;

  BvController *controller;
  BvEnvironment *environment;
  BvEntry *entry;
  BvMigrationRecord *record;
  GPtrArray *rows;   /* what comes: claims, the VM, the VMI */
  GPtrArray *claims; /* of BvIncomingClaim, once they were looked at, or NULL */
  BvEntry *vmi;      /* as it comes; not among the stored objects before it is this host's */
  char *domain_name;
  char *domain_xml; /* of what was prepared, until it is told */

  GCancellable *preparing;
  gboolean accepting;
  gboolean settling;
  GPtrArray *waiting; /* of GTask: calls that wait for the end of the acceptance */
  guint look_id;
  guint retry_id;
  gint64 arrived_at; /* monotonic; 0: not all of it is here */
  char *doubt;
};

void bv_reception_tell (BvReception *self, const char *type, const char *reason,
                        const char *message);
void bv_reception_set_doubt (BvReception *self, const char *doubt);
BvStoreBatch *bv_reception_make_batch (BvReception *self);
const char *bv_reception_get_vmi_uid (BvReception *self);
char *bv_reception_build_directory (BvReception *self);
void bv_reception_notify (BvReception *self);
void bv_reception_watch (BvReception *self);
void bv_reception_retry_later (BvReception *self);
void bv_reception_store_end (BvReception *self);
void bv_reception_settle (BvReception *self);
void bv_reception_destroy (BvReception *self);

G_END_DECLS
