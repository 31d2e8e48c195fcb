/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "admit/bv-policy.h"
#include "host/machine/bv-xml-document.h"
#include "host/volume/bv-volume-preparer.h"
#include "model/bv-vmi-private.h"
#include "runtime/domain/bv-domain-request.h"
#include "runtime/store/bv-entry.h"
#include "runtime/bv-environment.h"
#include "runtime/vmi/bv-vmi-status.h"

G_BEGIN_DECLS

/* How a guest that runs becomes what its VMI, or its VM's template, says now. What can change so is
 * a row of a table, in the order in which KubeVirt's launcher goes about it: the row takes over
 * from the template what is its own, tells whether the guest as it was last seen lacks something of
 * it, and does it. It compares what is wanted with what is there and keeps no state (but for
 * bv-live-asked.h), so that it may run again at any time: after a failure, or in the service that
 * comes after a crash. */

/* The guest that runs, for what goes by how it was started. */
typedef struct
{
  const BvApiVirtualMachineInstanceSpec *spec; /* the VMI's, with its defaults */
  const BvVmiStatus *status;
  GPtrArray *reasons;      /* NULL, or gets a sentence for each change that waits */
  gboolean dimm;           /* its memory grows by DIMMs */
  gboolean copies_volumes; /* bv_live_update_copies_volumes() of its VM as it is to be */
  BvRegistry *registry;    /* NULL: nothing is known of claims */
  BvEntry *vmi;
} BvLiveGuest;

/* A template that changed, and the VMI that it was made into. */
typedef struct
{
  BvApiVirtualMachineInstanceSpec *spec;         /* the VMI's, which is changed */
  const BvApiVirtualMachineInstanceSpec *wanted; /* the template's */
  BvArena *arena;                                /* SPEC's */
  BvPolicy *policy;
  const BvLiveGuest *guest; /* NULL: nothing is known of it */
} BvLiveCarry;

/* A change waits for the next start; takes REASON, and returns %FALSE. */
gboolean bv_live_carry_wait (const BvLiveCarry *self, char *reason);

/* A guest as it was last seen, and what it is to be. */
typedef struct
{
  const BvApiVirtualMachineInstanceSpec *spec;
  const BvVmiStatus *status;
  const BvDomainInfo *domain;
} BvLiveView;

/* A guest that is being changed: for worker threads. */
typedef struct
{
  const BvVolumeWork *work;
  const BvApiVirtualMachineInstanceSpec *spec;
  BvXml *domain;          /* the domain that runs, as it was before the row's turn */
  GHashTable *volumes;    /* name -> BvVolumeFacts, as in the VMI's status, which becomes that */
  GHashTable *copies;     /* name -> BvVolumeCopy, likewise */
  GHashTable *asked;      /* bv_live_asked_new() */
  gboolean pending;       /* the guest has not done its part yet, and is looked at again */
  guint64 refused_memory; /* bytes that it was to have, and libvirt refused for good; or 0 */

  BvXmlDocument *document; /* DOMAIN's */
  BvEnvironment *environment;
  const BvDomainRequest *request; /* the domain's name and UUID */
  GPtrArray *events;              /* bv_live_change_tell() */
} BvLiveChange;

typedef struct
{
  const char *name;
  /* Takes over what can change on a running guest; whatever still differs then needs a restart.
   * Returns whether anything was changed. */
  gboolean (*carry) (const BvLiveCarry *carry);
  /* In the main loop: it must be quick. */
  gboolean (*is_wanted) (const BvLiveView *view);
  /* In a worker thread; a failure is told, and tried again later. */
  gboolean (*apply) (BvLiveChange *change, GError **error);
} BvLiveUpdater;

gboolean bv_live_update_carry (BvVmi *vmi, BvVmi *wanted, BvPolicy *policy,
                               const BvLiveGuest *guest);
/* Whether what is in volumes of VM, a VirtualMachine, goes with them to other claims
 * (updateVolumesStrategy: Migration). */
gboolean bv_live_update_copies_volumes (BvObject *vm);

/* The same for two VirtualMachines' templates. */
gboolean bv_live_update_carry_template (BvObject *vm, BvObject *wanted, BvPolicy *policy,
                                        const BvLiveGuest *guest);
gboolean bv_live_update_is_wanted (const BvLiveView *view);

/* For updaters: calls libvirt with the domain that is being changed. */
typedef gboolean (*BvLiveCall) (virDomainPtr domain, gpointer data, GError **error);

gboolean bv_live_change_call (BvLiveChange *self, BvLiveCall func, gpointer data, GError **error);
/* Brings DOMAIN up to date; all that was found in it is gone then. */
gboolean bv_live_change_look_again (BvLiveChange *self, GError **error);
/* Tells an event of the VMI's; TYPE and REASON are static. */
void bv_live_change_tell (BvLiveChange *self, const char *type, const char *reason,
                          const char *message);

typedef struct
{
  const char *type;
  const char *reason;
  char *message;
} BvLiveEvent;

/* What became of an update. */
typedef struct
{
  GHashTable *volumes; /* for the VMI's status */
  GHashTable *copies;  /* likewise */
  GPtrArray *events;   /* of BvLiveEvent */
  gboolean pending;
  guint64 refused_memory; /* likewise */
  GError *error;          /* the first, or NULL */
} BvLiveOutcome;

void bv_live_outcome_free (BvLiveOutcome *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvLiveOutcome, bv_live_outcome_free)

/* Lets the rows that are wanted change the guest, one after the other. ASKED is
 * bv_live_asked_new(), of this guest, and the update's alone until it is finished. */
void bv_live_update_async (BvEnvironment *environment, BvVmi *vmi, const BvVmiStatus *status,
                           const BvDomainInfo *domain, GHashTable *asked,
                           GAsyncReadyCallback callback, gpointer user_data);
BvLiveOutcome *bv_live_update_finish (GAsyncResult *result);

G_END_DECLS
