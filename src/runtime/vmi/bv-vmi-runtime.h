/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/bv-guest-agent.h"
#include "host/bv-unix-sockets.h"
#include "host/pool/bv-storage-pool.h"
#include "runtime/bv-conditions.h"
#include "runtime/store/bv-entry.h"
#include "runtime/bv-environment.h"
#include "runtime/vmi/bv-interface-status.h"
#include "runtime/bv-job.h"
#include "runtime/live/bv-live-update.h"
#include "runtime/vmi/bv-phase.h"
#include "runtime/vmi/bv-vmi-action.h"
#include "runtime/vmi/bv-vmi-migratable.h"
#include "runtime/vmi/bv-vmi-status.h"

G_BEGIN_DECLS

/* The life of one VMI: from its start to its end, and what is known of it on the way.
 * Signals: "changed"; "phase-changed (old, new, reason)"; "event (type, reason, message)";
 * "ended", when it is final and its domain is gone; "claim-released (name)", by a guest that runs
 * on; "job-added (job)", of one that nobody asked for by a call. */
#define BV_TYPE_VMI_RUNTIME (bv_vmi_runtime_get_type ())

G_DECLARE_FINAL_TYPE (BvVmiRuntime, bv_vmi_runtime, BV, VMI_RUNTIME, GObject)

BvVmiRuntime *bv_vmi_runtime_new (BvEnvironment *environment, BvEntry *entry, BvVmiStatus *status);

BvEntry *bv_vmi_runtime_get_entry (BvVmiRuntime *self);
const BvVmiStatus *bv_vmi_runtime_get_status (BvVmiRuntime *self);
BvPhase bv_vmi_runtime_get_phase (BvVmiRuntime *self);
BvConditions *bv_vmi_runtime_get_conditions (BvVmiRuntime *self);
/* The agent while it answers, else NULL. */
BvGuestAgent *bv_vmi_runtime_get_agent (BvVmiRuntime *self);
/* What the agent told so far, whether it answers now or not; or NULL. */
const BvGuestInfo *bv_vmi_runtime_get_guest_info (BvVmiRuntime *self);
const BvDomainInfo *bv_vmi_runtime_get_domain (BvVmiRuntime *self);
const char *bv_vmi_runtime_get_domain_name (BvVmiRuntime *self);
GVariant *bv_vmi_runtime_get_volume_status (BvVmiRuntime *self);
GVariant *bv_vmi_runtime_get_interface_status (BvVmiRuntime *self);
GPtrArray *bv_vmi_runtime_get_interfaces (BvVmiRuntime *self);
/* Those that this host gave it, by MAC address: an a{sas}, floating. */
GVariant *bv_vmi_runtime_list_reserved_addresses (BvVmiRuntime *self);
gboolean bv_vmi_runtime_is_over (BvVmiRuntime *self);
gboolean bv_vmi_runtime_is_unschedulable (BvVmiRuntime *self);
BvJob *bv_vmi_runtime_dup_start_job (BvVmiRuntime *self);
/* What it has for a shutdown. */
gint64 bv_vmi_runtime_get_grace_seconds (BvVmiRuntime *self);
char *bv_vmi_runtime_dup_status_json (BvVmiRuntime *self);

/* Whether its volumes are open, or about to be. */
gboolean bv_vmi_runtime_is_active (BvVmiRuntime *self);
/* What its start waits for may be there now. */
void bv_vmi_runtime_wake (BvVmiRuntime *self);

/* What the controller tells it. INFO is NULL where there is no domain. */
void bv_vmi_runtime_reconcile (BvVmiRuntime *self, BvDomainInfo *info);
void bv_vmi_runtime_disconnected (BvVmiRuntime *self);
void bv_vmi_runtime_handle_event (BvVmiRuntime *self, BvDomainEvent *event);

/* Starts it, now or when libvirt is there. The job ends with the first outcome; the start is tried
 * again after a failure for as long as the VMI is there. */
BvJob *bv_vmi_runtime_start (BvVmiRuntime *self);

/* Ends a start that is under way; the VMI is Failed then. */
void bv_vmi_runtime_cancel_start (BvVmiRuntime *self);

/* Shuts it down; GRACE_PERIOD in seconds, -1: as its spec says. */
void bv_vmi_runtime_stop (BvVmiRuntime *self, gint64 grace_period);
gboolean bv_vmi_runtime_shutdown (BvVmiRuntime *self, gint64 grace_period, GError **error);

void bv_vmi_runtime_act_async (BvVmiRuntime *self, BvVmiAction action, GAsyncReadyCallback callback,
                               gpointer user_data);
gboolean bv_vmi_runtime_act_finish (BvVmiRuntime *self, GAsyncResult *result, GError **error);

/* Freezes the guest's file systems, for SECONDS (0: until they are thawed), or thaws them. */
void bv_vmi_runtime_freeze_async (BvVmiRuntime *self, gboolean freeze, gint64 seconds,
                                  GAsyncReadyCallback callback, gpointer user_data);
gboolean bv_vmi_runtime_freeze_finish (BvVmiRuntime *self, GAsyncResult *result, GError **error);

/* How often it crashed, by “TYPE CODE”; NULL: never. */
GHashTable *bv_vmi_runtime_get_panics (BvVmiRuntime *self);

/* Takes FD; a file that gets what is in the guest's memory. */
BvJob *bv_vmi_runtime_dump_memory (BvVmiRuntime *self, int fd, GError **error);

/* The same into the volume of CLAIM, for OWNER, its VM. */
BvJob *bv_vmi_runtime_dump_memory_into (BvVmiRuntime *self, BvEntry *owner, const char *claim,
                                        const BvPoolVolume *volume, GError **error);

/* A stream socket, which is the caller's. */
int bv_vmi_runtime_open_console (BvVmiRuntime *self, GError **error);

/* Somebody was let to the console, the display or the like; when that last was, in microseconds
 * since 1970 (0: never since the service began); how many have the console open, and a port. */
void bv_vmi_runtime_note_connection (BvVmiRuntime *self);
gint64 bv_vmi_runtime_get_last_connection (BvVmiRuntime *self);
guint bv_vmi_runtime_count_consoles (BvVmiRuntime *self);
guint bv_vmi_runtime_count_ports (BvVmiRuntime *self);

/* Connections that lead past the service, once they are given away. */
typedef enum
{
  BV_HANDOUT_DISPLAY,
  BV_HANDOUT_USB,
  BV_N_HANDOUTS
} BvHandout;

/* FD is about to be given away. */
void bv_vmi_runtime_note_handout (BvVmiRuntime *self, BvHandout kind, int fd);

/* How many of those that this service gave away are open; FALSE: the kernel does not tell. */
gboolean bv_vmi_runtime_count_handouts (BvVmiRuntime *self, BvHandout kind, BvUnixSockets *sockets,
                                        guint *n);

/* Connects to PORT of the guest: by its vsock device, by the network, or (VIA is NULL) by the first
 * of these that leads to somebody. A stream socket, which is the caller's; it ends with the guest.
 */
void bv_vmi_runtime_open_port_async (BvVmiRuntime *self, guint port, const char *via,
                                     GAsyncReadyCallback callback, gpointer user_data);
int bv_vmi_runtime_open_port_finish (BvVmiRuntime *self, GAsyncResult *result, GError **error);

/* Borrowed. */
BvLiveGuest bv_vmi_runtime_get_live_guest (BvVmiRuntime *self);

/* Volumes that get other claims while the guest runs. NEXT is what the VMI is to be, as the
 * template, which makes WANTED of it, lets it: what follows from that is put on record, to be
 * stored by the caller. */
void bv_vmi_runtime_mark_copies (BvVmiRuntime *self, BvVmi *next, BvVmi *wanted,
                                 gboolean copies_volumes);
/* Whether the VMI is about to become NEXT: until then nothing of either is put into effect. */
void bv_vmi_runtime_set_following (BvVmiRuntime *self, gboolean following);
GHashTable *bv_vmi_runtime_dup_copies (BvVmiRuntime *self);
void bv_vmi_runtime_set_copies (BvVmiRuntime *self, GHashTable *copies);
/* The template was changed, and makes WANTED of the VMI. */
void bv_vmi_runtime_settle_copies (BvVmiRuntime *self, BvVmi *wanted);
/* Another number when something became of them. */
guint bv_vmi_runtime_get_copies_serial (BvVmiRuntime *self);
/* KubeVirt's migratedVolumes. */
GVariant *bv_vmi_runtime_get_migrated_volumes (BvVmiRuntime *self);

/* Lets the running guest become what its VMI says now. */
void bv_vmi_runtime_update_live (BvVmiRuntime *self);

/* Has the guest's agent set what Secrets hold now, where they are access credentials. */
void bv_vmi_runtime_update_credentials (BvVmiRuntime *self);

/* Shows the guest what ConfigMaps and the like hold now, where it has them as filesystems. */
void bv_vmi_runtime_update_shares (BvVmiRuntime *self);

/* How it would move, by KubeVirt's word; NULL while it does not run. */
const char *bv_vmi_runtime_get_migration_method (BvVmiRuntime *self);
/* Whether it can move to another host. */
BvMigratable *bv_vmi_runtime_judge_migration (BvVmiRuntime *self);
/* Whether the guest is just becoming what its VMI says. */
gboolean bv_vmi_runtime_is_updating_live (BvVmiRuntime *self);
/* A migration is about to read what the guest is: nothing changes it any more, until it lets go. */
void bv_vmi_runtime_prepare_departure (BvVmiRuntime *self);
/* A migration, by its uid, decides what becomes of the domain: until then the VMI neither starts
 * nor ends whatever its domain does. To be stored by the caller. NULL: none does any more. */
void bv_vmi_runtime_hold (BvVmiRuntime *self, const char *migration);
/* That is on record, and the VMI is this host's: its domain counts again. */
void bv_vmi_runtime_see_again (BvVmiRuntime *self);
/* It is another host's: what is left of it here goes, and "ended" follows. */
void bv_vmi_runtime_leave (BvVmiRuntime *self);
void bv_vmi_runtime_tell_of_migration (BvVmiRuntime *self, const char *type, const char *reason,
                                       const char *message);
/* Why nobody can tell which host is to run it; NULL: it is known. */
void bv_vmi_runtime_set_doubt (BvVmiRuntime *self, const char *doubt);
gboolean bv_vmi_runtime_is_migrating (BvVmiRuntime *self);
void bv_vmi_runtime_migration_ended (BvVmiRuntime *self);

gboolean bv_vmi_runtime_check_running (BvVmiRuntime *self, GError **error);
/* That it runs, and is not paused; has a console; a display; is not paused, and its agent answers.
 */
gboolean bv_vmi_runtime_check_awake (BvVmiRuntime *self, GError **error);
gboolean bv_vmi_runtime_check_console (BvVmiRuntime *self, GError **error);
gboolean bv_vmi_runtime_check_graphics (BvVmiRuntime *self, GError **error);
gboolean bv_vmi_runtime_check_agent (BvVmiRuntime *self, GError **error);
/* Why there is no log of its console. */
const char *bv_vmi_runtime_explain_no_log (BvVmiRuntime *self);

G_END_DECLS
