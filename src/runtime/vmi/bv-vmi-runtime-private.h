/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/bv-access-credentials.h"
#include "agent/bv-guest-agent.h"
#include "agent/bv-guest-clock.h"
#include "agent/bv-probe.h"
#include "host/bv-timer.h"
#include "runtime/vmi/bv-companion-watch.h"
#include "runtime/console/bv-console.h"
#include "runtime/domain/bv-guest-metrics.h"
#include "runtime/vmi/bv-io-retry.h"
#include "runtime/controller/bv-shutdown.h"
#include "runtime/vmi/bv-vmi-runtime.h"

G_BEGIN_DECLS

/* For bv-vmi-{copies,events,start,stop,freeze,guest,interfaces,io-error,live,ports,request}.c. */
struct _BvVmiRuntime
{
  GObject parent_instance;

  BvEnvironment *environment;
  BvEntry *entry;
  BvVmiStatus *status;
  BvConditions *conditions;
  const char *migration_method; /* KubeVirt's word; NULL while it does not run */
  char *domain_name;
  GVariant *volume_status;
  GPtrArray *interfaces; /* of BvInterfaceStatus */
  GVariant *interface_status;
  BvDomainInfo *info; /* of the domain as last seen; NULL: there is none */

  gboolean wanted;   /* it is to be started */
  gboolean starting; /* it is being */
  gboolean unschedulable;
  BvJob *start_job;
  GCancellable *preparing; /* while its volumes are prepared */
  guint retry_id;
  guint retry_seconds;

  gboolean updating_shares;
  gboolean update_shares_again;

  gboolean live_updating; /* the guest is becoming what the VMI says */
  gboolean live_again;
  gboolean departing;       /* it is to stay as it is, for it is about to move */
  gboolean live_failed;     /* the condition Synchronized tells of it */
  gboolean devices_changed; /* some went: what waits for that may be done now */
  guint live_retry_id;
  guint live_retry_seconds;
  GHashTable *live_asked; /* bv_live_asked_new() */

  BvIoRetry io_retry;
  guint io_retry_id;
  gboolean io_stopped; /* an error of its storage stopped the guest */

  gboolean refreshing;
  gboolean refresh_again;

  GHashTable *seen_addresses; /* MAC address -> GStrv, as the host saw them last; or NULL */
  gboolean looking_for_addresses;
  gint64 addresses_looked_at; /* in monotonic time */
  BvTimer *addresses_timer;
  guint addresses_seconds;

  gboolean freezing; /* or thawing: a call is under way */
  guint thaw_id;

  BvShutdown *shutdown;
  gint64 last_connection;           /* microseconds since 1970; 0: none yet */
  GArray *handouts[BV_N_HANDOUTS];  /* guint64, of BvUnixSockets: sockets given away; or NULL */
  BvConsole *console;               /* while the guest runs and has one */
  BvGuestAgent *agent;              /* while the guest runs */
  BvGuestClock *clock;              /* likewise */
  BvAccessCredentials *credentials; /* likewise, where it has any */
  BvProbe *readiness;               /* likewise */
  BvProbe *liveness;                /* likewise */
  BvGuestMetrics *metrics;          /* likewise, where it asks for them */
  BvCompanionWatch *companions;     /* likewise, where it has any */
  GPtrArray *relays;                /* of BvRelay, to its ports; or NULL */
  BvJob *copy_job;                  /* while volumes get other claims */
  guint copy_look_id;               /* likewise */
  guint copies_serial;              /* counts what became of them */
  gboolean following;               /* the VMI that they belong to is being stored */
  BvJob *dump_job;                  /* the last, or NULL */
  char *dump_claim;                 /* the claim that it is written to, or NULL */
  GHashTable *panics;               /* “TYPE CODE” -> how many; or NULL */
  gboolean panicked;                /* and is at its end */
  gboolean cleaning;                /* it is final, and what it left behind is being removed */
  gboolean over;                    /* nothing is left */
};

void bv_vmi_runtime_tell (BvVmiRuntime *self, const char *type, const char *reason,
                          const char *message);
void bv_vmi_runtime_set_phase (BvVmiRuntime *self, BvPhase phase, const char *reason);
void bv_vmi_runtime_store_status (BvVmiRuntime *self);
BvStoreBatch *bv_vmi_runtime_make_status_batch (BvVmiRuntime *self);

void bv_vmi_runtime_restore_resources (BvVmiRuntime *self);
gboolean bv_vmi_runtime_take_resources (BvVmiRuntime *self);
void bv_vmi_runtime_change_resources (BvVmiRuntime *self);
void bv_vmi_runtime_settle_resources (BvVmiRuntime *self);
void bv_vmi_runtime_release_resources (BvVmiRuntime *self);
void bv_vmi_runtime_wait_for_resources (BvVmiRuntime *self);
void bv_vmi_runtime_refresh (BvVmiRuntime *self);
void bv_vmi_runtime_clean_up (BvVmiRuntime *self);
gboolean bv_vmi_runtime_update_volumes (BvVmiRuntime *self);
gboolean bv_vmi_runtime_update_migratable (BvVmiRuntime *self);
gboolean bv_vmi_runtime_update_interfaces (BvVmiRuntime *self);
void bv_vmi_runtime_notify (BvVmiRuntime *self);
void bv_vmi_runtime_take_info (BvVmiRuntime *self, BvDomainInfo *info, gboolean rediscovered);
BvDomainInfo *bv_vmi_runtime_refresh_finish (BvVmiRuntime *self, GAsyncResult *result,
                                             BvConnection *connection, GError **error);

void bv_vmi_runtime_begin_start (BvVmiRuntime *self);

void bv_vmi_runtime_release_claim (BvVmiRuntime *self, const char *name);
void bv_vmi_runtime_tell_removal_failed (BvVmiRuntime *self, const BvDomainEvent *event);

void bv_vmi_runtime_update_io_retry (BvVmiRuntime *self);
void bv_vmi_runtime_tell_io_error (BvVmiRuntime *self, const BvDomainEvent *event);

void bv_vmi_runtime_add_job (BvVmiRuntime *self, BvJob *job);
void bv_vmi_runtime_update_copies (BvVmiRuntime *self);
gboolean bv_vmi_runtime_take_copies (BvVmiRuntime *self, GHashTable *copies, const GError *failure);
void bv_vmi_runtime_retry_copies (BvVmiRuntime *self);
void bv_vmi_runtime_end_copies (BvVmiRuntime *self);
void bv_vmi_runtime_close_copies (BvVmiRuntime *self);

void bv_vmi_runtime_tell_panic (BvVmiRuntime *self, const BvDomainEvent *event);

void bv_vmi_runtime_measure_phase (BvVmiRuntime *self, const char *before);

GStrv bv_vmi_runtime_list_host_known_addresses (BvVmiRuntime *self);
gboolean bv_vmi_runtime_has_reserved_address (BvVmiRuntime *self);
char *bv_vmi_runtime_dup_host_known_address (BvVmiRuntime *self);
void bv_vmi_runtime_close_ports (BvVmiRuntime *self);

void bv_vmi_runtime_update_console (BvVmiRuntime *self);
void bv_vmi_runtime_drop_console (BvVmiRuntime *self);
void bv_vmi_runtime_update_agent (BvVmiRuntime *self);
void bv_vmi_runtime_drop_agent (BvVmiRuntime *self);
void bv_vmi_runtime_tell_agent (BvVmiRuntime *self, BvDomainEvent *event);

void bv_vmi_runtime_start_credentials (BvVmiRuntime *self);
void bv_vmi_runtime_drop_credentials (BvVmiRuntime *self);

void bv_vmi_runtime_update_probes (BvVmiRuntime *self);
gboolean bv_vmi_runtime_update_ready (BvVmiRuntime *self);
void bv_vmi_runtime_drop_probes (BvVmiRuntime *self);

void bv_vmi_runtime_update_thaw (BvVmiRuntime *self);

void bv_vmi_runtime_watch_companions (BvVmiRuntime *self);
void bv_vmi_runtime_unwatch_companions (BvVmiRuntime *self);

void bv_vmi_runtime_continue_stop (BvVmiRuntime *self);

G_END_DECLS
