/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vmi/bv-vmi-runtime-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "host/bv-memory-device.h"
#include "runtime/live/bv-live-update.h"
#include "runtime/vmi/bv-vmi-size.h"
#include "runtime/claim/bv-claim-users.h"
#include "runtime/live/bv-live-volumes.h"
#include "runtime/vmi/bv-vmi-volumes.h"

/* A guest that runs becomes what its VMI says now: one update at a time, and another one while
 * something is left to do. */

#define USER_ALIAS "ua-"
#define RETRY_FIRST_SECONDS 5
#define RETRY_LAST_SECONDS 300

static gboolean
can_update (BvVmiRuntime *self)
{
  return bv_vmi_runtime_get_phase (self) == BV_PHASE_RUNNING && self->info != NULL &&
         bv_domain_state_is_active (self->info->state) && !self->status->stopping &&
         self->status->migration == NULL && !self->departing && !self->following &&
         bv_connection_get_state (self->environment->connection) == BV_CONNECTION_CONNECTED;
}

gboolean
bv_vmi_runtime_is_updating_live (BvVmiRuntime *self)
{
  return self->live_updating;
}

BvLiveGuest
bv_vmi_runtime_get_live_guest (BvVmiRuntime *self)
{
  return (BvLiveGuest){
    .spec = bv_vmi_get_record (BV_VMI (bv_entry_get_object (self->entry)))->spec,
    .status = self->status,
    .dimm = bv_memory_device_is_dimm (self->environment->config,
                                      bv_host_get_facts (self->environment->host)),
    .registry = self->environment->registry,
    .vmi = self->entry,
  };
}

static gboolean
is_wanted (BvVmiRuntime *self)
{
  const BvLiveView view = {
    bv_vmi_get_record (BV_VMI (bv_entry_get_object (self->entry)))->spec,
    self->status,
    self->info,
  };

  return bv_live_update_is_wanted (&view);
}

static gboolean
bv_vmi_runtime_live_retry_cb (gpointer user_data)
{
  BvVmiRuntime *self = user_data;

  self->live_retry_id = 0;
  bv_vmi_runtime_retry_copies (self);
  bv_vmi_runtime_update_live (self);
  return G_SOURCE_REMOVE;
}

/* What has the guest looked at in between does not put the retry off. */
static void
retry_later (BvVmiRuntime *self)
{
  if (self->live_retry_id != 0)
    return;
  self->live_retry_seconds =
      CLAMP (self->live_retry_seconds * 2, RETRY_FIRST_SECONDS, RETRY_LAST_SECONDS);
  self->live_retry_id =
      g_timeout_add_seconds (self->live_retry_seconds, bv_vmi_runtime_live_retry_cb, self);
}

static void
stop_retries (BvVmiRuntime *self)
{
  g_clear_handle_id (&self->live_retry_id, g_source_remove);
  self->live_retry_seconds = 0;
}

static void
tell_failure (BvVmiRuntime *self, const GError *error)
{
  self->live_failed = TRUE;
  if (g_error_matches (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE))
    bv_vmi_runtime_wait_for_resources (self);
  bv_conditions_set (self->conditions, "Synchronized", FALSE,
                     "Synchronizing with the Domain failed.", error->message);
  bv_vmi_runtime_tell (self, "Warning", "SyncFailed", error->message);
}

static void
tell_success (BvVmiRuntime *self)
{
  if (!self->live_failed)
    return;
  self->live_failed = FALSE;
  bv_conditions_remove (self->conditions, "Synchronized");
  bv_vmi_runtime_notify (self);
}

/* A drive may have got the medium of another claim in the place of one. */
static void
release_replaced (BvVmiRuntime *self, GHashTable *before, GHashTable *after)
{
  GHashTableIter iter;
  gpointer name, value;

  g_hash_table_iter_init (&iter, before);
  while (g_hash_table_iter_next (&iter, &name, &value))
    {
      const char *claim = ((const BvVolumeFacts *)value)->claim.name;
      const BvVolumeFacts *now = g_hash_table_lookup (after, name);

      if (claim != NULL && now != NULL && g_strcmp0 (now->claim.name, claim) != 0)
        bv_vmi_runtime_release_claim (self, claim);
    }
}

static void
take_outcome (BvVmiRuntime *self, const BvLiveOutcome *outcome)
{
  g_autoptr (GHashTable) before = self->status->volumes;

  self->status->volumes = g_hash_table_ref (outcome->volumes);
  self->status->refused_memory = outcome->refused_memory;
  bv_vmi_runtime_change_resources (self);
  release_replaced (self, before, outcome->volumes);
  for (guint i = 0; i < outcome->events->len; i++)
    {
      const BvLiveEvent *event = g_ptr_array_index (outcome->events, i);

      bv_vmi_runtime_tell (self, event->type, event->reason, event->message);
    }
  if (outcome->error != NULL)
    tell_failure (self, outcome->error);
  else
    tell_success (self);
}

static void
bv_vmi_runtime_live_updated_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvVmiRuntime) self = user_data;
  g_autoptr (BvLiveOutcome) outcome = bv_live_update_finish (result);
  gboolean again = self->live_again;

  self->live_updating = FALSE;
  self->live_again = FALSE;
  if (bv_vmi_status_is_final (self->status))
    {
      bv_vmi_runtime_clean_up (self);
      return;
    }
  again = bv_vmi_runtime_take_copies (self, outcome->copies, outcome->error) || again;
  take_outcome (self, outcome);
  bv_vmi_runtime_store_status (self);
  if (outcome->error != NULL || outcome->pending)
    retry_later (self);
  else
    stop_retries (self);
  bv_vmi_size_update_conditions (self->conditions, self->status, self->info,
                                 BV_VMI (bv_entry_get_object (self->entry)));
  bv_vmi_runtime_notify (self);
  bv_vmi_runtime_refresh (self);
  if (again)
    bv_vmi_runtime_update_live (self);
}

/* Of the claims as they are now. */
static void
note_sizes (BvVmiRuntime *self)
{
  GHashTableIter iter;
  gpointer value;

  if (self->environment->registry == NULL)
    return;
  g_hash_table_iter_init (&iter, self->status->volumes);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      BvVolumeFacts *facts = value;

      if (facts->claim.name != NULL)
        facts->grown_size = bv_claim_users_get_capacity (self->environment->registry, self->entry,
                                                         facts->claim.name);
    }
}

/* Lets the guest become what its VMI says, where it is not: after a change of the VMI or of what it
 * names, and when a service finds the guest running. */
void
bv_vmi_runtime_update_live (BvVmiRuntime *self)
{
  if (self->live_updating)
    {
      self->live_again = TRUE;
      return;
    }
  if (bv_vmi_runtime_update_volumes (self))
    bv_vmi_runtime_notify (self);
  if (!can_update (self))
    return;
  note_sizes (self);
  bv_vmi_runtime_update_copies (self);
  if (!is_wanted (self))
    {
      stop_retries (self);
      tell_success (self);
      return;
    }
  self->live_updating = TRUE;
  if (bv_vmi_size_update_conditions (self->conditions, self->status, self->info,
                                     BV_VMI (bv_entry_get_object (self->entry))))
    bv_vmi_runtime_notify (self);
  bv_live_update_async (self->environment, BV_VMI (bv_entry_get_object (self->entry)), self->status,
                        self->info, self->live_asked, bv_vmi_runtime_live_updated_cb,
                        g_object_ref (self));
}

/* What the guest has let go of is no longer its own. */
static void
drop_unplugged (BvVmiRuntime *self)
{
  BvVmi *vmi = BV_VMI (bv_entry_get_object (self->entry));
  g_autoptr (GPtrArray) gone = bv_vmi_volumes_steal_gone (vmi, self->status->volumes, self->info);

  for (guint i = 0; i < gone->len; i++)
    {
      const BvVmiGoneVolume *volume = g_ptr_array_index (gone, i);
      g_autofree char *message =
          g_strdup_printf (_ ("The volume %s was unplugged from the guest."), volume->name);

      bv_vmi_runtime_tell (self, "Normal", "VolumeUnplugged", message);
      if (volume->claim != NULL)
        bv_vmi_runtime_release_claim (self, volume->claim);
    }
  if (gone->len > 0)
    bv_vmi_runtime_store_status (self);
}

/* What is told of the volumes. */

static void
add_wait (BvVmiRuntime *self, GHashTable *waits, const char *name)
{
  BvVmiVolumeWait *wait = g_new0 (BvVmiVolumeWait, 1);
  g_auto (BvClaimsAnswer) answer = { BV_CLAIMS_READY };

  bv_claim_users_check_volume (self->environment->registry, self->entry, name, &answer);
  if (answer.state == BV_CLAIMS_READY)
    {
      wait->phase = "Bound";
      wait->reason = "PVCNotReady";
      wait->message = g_strdup_printf (
          _ ("The claim of the volume %s is bound; it is about to be plugged in."), name);
    }
  else
    {
      wait->phase = "Pending";
      wait->reason = answer.reason;
      wait->message = g_strdup (answer.message);
    }
  g_hash_table_insert (waits, g_strdup (name), wait);
}

/* What those that can be plugged in wait for, or NULL. */
static GHashTable *
list_waits (BvVmiRuntime *self)
{
  const BvApiVirtualMachineInstanceSpec *spec =
      bv_vmi_get_record (BV_VMI (bv_entry_get_object (self->entry)))->spec;
  GHashTable *waits = NULL;

  if (self->environment->registry == NULL || bv_vmi_status_is_final (self->status))
    return NULL;
  for (guint i = 0; i < spec->n_volumes; i++)
    {
      const BvVolumeFacts *facts =
          g_hash_table_lookup (self->status->volumes, spec->volumes[i]->name);

      if (!bv_live_volume_is_hotpluggable (spec->volumes[i]) ||
          (facts != NULL && facts->target != NULL))
        continue;
      if (waits == NULL)
        waits = bv_vmi_volume_waits_new ();
      add_wait (self, waits, spec->volumes[i]->name);
    }
  return waits;
}

/* Returns whether there is anything new to tell of the volumes. */
gboolean
bv_vmi_runtime_update_volumes (BvVmiRuntime *self)
{
  BvVmi *vmi = BV_VMI (bv_entry_get_object (self->entry));
  GHashTable *facts = self->status->volumes;
  gboolean active = self->info != NULL && bv_domain_state_is_active (self->info->state);
  g_autoptr (GHashTable) waits = NULL;
  GVariant *status;
  gboolean changed;

  /* Until libvirt has answered a new service, what the one before knew is told. */
  if (self->info != NULL || bv_vmi_status_is_final (self->status))
    bv_vmi_volumes_take_targets (vmi, facts, active ? self->info : NULL);
  if (active && !self->live_updating)
    drop_unplugged (self);
  waits = list_waits (self);
  status = g_variant_ref_sink (bv_vmi_volumes_to_variant (vmi, facts, waits, self->dump_claim));
  changed = self->volume_status == NULL || !g_variant_equal (status, self->volume_status);
  g_clear_pointer (&self->volume_status, g_variant_unref);
  self->volume_status = status;
  return changed;
}

/* The guest refused to let go of a device; it is asked again. */
void
bv_vmi_runtime_tell_removal_failed (BvVmiRuntime *self, const BvDomainEvent *event)
{
  const char *name = event->device != NULL && g_str_has_prefix (event->device, USER_ALIAS)
                         ? event->device + strlen (USER_ALIAS)
                         : event->device;
  BvVolumeFacts *facts = name != NULL ? g_hash_table_lookup (self->status->volumes, name) : NULL;
  g_autofree char *message = g_strdup_printf (
      _ ("The guest does not let go of %s; it is asked again."), name != NULL ? name : "");

  if (facts != NULL)
    facts->detaching = FALSE;
  bv_vmi_runtime_tell (self, "Warning", "HotplugFailed", message);
  retry_later (self);
}
