/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vmi/bv-vmi-runtime-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "model/bv-error.h"
#include "model/bv-vmi-private.h"
#include "runtime/claim/bv-claim-users.h"
#include "runtime/vmi/bv-vmi-launch.h"
#include "runtime/vmi/bv-vmi-prepare.h"

/* How a VMI is started: bv_vmi_runtime_start() and what follows from it. */

#define RETRY_FIRST_SECONDS 1
#define RETRY_LAST_SECONDS 60

static gboolean
bv_vmi_runtime_retry_cb (gpointer user_data)
{
  BvVmiRuntime *self = user_data;

  self->retry_id = 0;
  bv_vmi_runtime_begin_start (self);
  return G_SOURCE_REMOVE;
}

/* What the host lacks shows as KubeVirt shows that no node has it. */
static void
tell_lack (BvVmiRuntime *self, const GError *error)
{
  self->unschedulable = TRUE;
  bv_conditions_set (self->conditions, "PodScheduled", FALSE, "Unschedulable", error->message);
  bv_conditions_set (self->conditions, "Synchronized", FALSE, "Unschedulable", error->message);
  bv_vmi_runtime_tell (self, "Warning", "Unschedulable", error->message);
  bv_vmi_runtime_wait_for_resources (self);
}

/* Kubernetes' words for images: the first failure, and those after it. */
static const char *
get_image_reason (BvVmiRuntime *self)
{
  const char *before = bv_conditions_get_reason (self->conditions, "Synchronized");

  return before != NULL && strstr (before, "ImagePull") != NULL ? "ImagePullBackOff"
                                                                : "ErrImagePull";
}

static void
tell_failure (BvVmiRuntime *self, const GError *error)
{
  gboolean of_image = g_error_matches (error, BV_ERROR, BV_ERROR_IMAGE_UNAVAILABLE);
  const char *reason = of_image ? get_image_reason (self) : "Synchronizing with the Domain failed.";

  self->unschedulable = FALSE;
  bv_conditions_remove (self->conditions, "PodScheduled");
  bv_conditions_set (self->conditions, "Synchronized", FALSE, reason, error->message);
  bv_vmi_runtime_tell (self, "Warning", of_image ? reason : "SyncFailed", error->message);
}

/* A guest that was started all the same keeps what it has. */
static gboolean
holds_nothing (BvVmiRuntime *self)
{
  return self->info == NULL || !bv_domain_state_is_active (self->info->state);
}

/* One that was stopped meanwhile did not fail: it goes to its end, and its job with it. */
static void
fail_start (BvVmiRuntime *self, const GError *error)
{
  gboolean lacking = g_error_matches (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE) ||
                     g_error_matches (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED);

  self->starting = FALSE;
  if (self->status->stopping)
    {
      bv_vmi_runtime_continue_stop (self);
      return;
    }
  if (holds_nothing (self))
    bv_vmi_runtime_release_resources (self);
  if (lacking)
    tell_lack (self, error);
  else
    tell_failure (self, error);
  bv_vmi_runtime_notify (self);
  bv_job_end (&self->start_job, error);
  self->retry_seconds = CLAMP (self->retry_seconds * 2, RETRY_FIRST_SECONDS, RETRY_LAST_SECONDS);
  self->retry_id = g_timeout_add_seconds (self->retry_seconds, bv_vmi_runtime_retry_cb, self);
}

static void
bv_vmi_runtime_launch_seen_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvVmiRuntime) self = user_data;
  g_autoptr (GError) error = NULL;
  BvDomainInfo *info = bv_vmi_runtime_refresh_finish (self, result, BV_CONNECTION (source), &error);

  if (error != NULL)
    {
      fail_start (self, error);
      return;
    }
  self->starting = FALSE;
  bv_vmi_runtime_take_info (self, info, FALSE);
  if (self->status->stopping)
    bv_vmi_runtime_continue_stop (self);
}

typedef struct
{
  BvVmiRuntime *runtime;
  GError *error;
} Failure;

/* What failed may have left a domain, which is to be known when the VMI ends. */
static void
bv_vmi_runtime_failure_seen_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Failure *failure = user_data;
  g_autoptr (BvVmiRuntime) self = failure->runtime;
  g_autoptr (GError) cause = failure->error;
  g_autoptr (GError) error = NULL;
  BvDomainInfo *info = bv_vmi_runtime_refresh_finish (self, result, BV_CONNECTION (source), &error);

  if (error == NULL)
    {
      g_clear_pointer (&self->info, bv_domain_info_free);
      self->info = info;
    }
  fail_start (self, cause);
}

static void
bv_vmi_runtime_launched_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BvVmiRuntime *self = user_data;
  GError *error = NULL;
  Failure *failure;

  if (bv_vmi_launch_finish (result, &error))
    {
      bv_vmi_runtime_tell (self, "Normal", "Created", _ ("VirtualMachineInstance defined."));
      bv_domain_get_info_async (self->environment->connection, self->domain_name, NULL,
                                bv_vmi_runtime_launch_seen_cb, self);
      return;
    }
  failure = g_new0 (Failure, 1);
  failure->runtime = self;
  failure->error = error;
  bv_domain_get_info_async (self->environment->connection, self->domain_name, NULL,
                            bv_vmi_runtime_failure_seen_cb, failure);
}

typedef struct
{
  BvVmiRuntime *runtime;
  BvVmi *vmi;
  char *xml;
} Launch;

static void
launch_free (Launch *self)
{
  g_object_unref (self->runtime);
  g_object_unref (self->vmi);
  g_free (self->xml);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Launch, launch_free)

static void
launch (BvVmiRuntime *self, BvVmi *vmi, const char *xml)
{
  bv_vmi_launch_async (self->environment, vmi, self->domain_name, xml,
                       self->status->runtime_directory, self->status->paused_by_user,
                       bv_vmi_runtime_launched_cb, g_object_ref (self));
}

static void
bv_vmi_runtime_recorded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Launch) waiting = user_data;
  g_autoptr (GError) error = NULL;

  if (bv_store_write_finish (BV_STORE (source), result, &error))
    launch (waiting->runtime, waiting->vmi, waiting->xml);
  else
    fail_start (waiting->runtime, error);
}

static void
launch_recorded (BvVmiRuntime *self, BvVmi *vmi, const char *xml)
{
  Launch *waiting = g_new0 (Launch, 1);

  waiting->runtime = g_object_ref (self);
  waiting->vmi = g_object_ref (vmi);
  waiting->xml = g_strdup (xml);
  bv_store_write_async (self->environment->store, bv_vmi_runtime_make_status_batch (self),
                        bv_vmi_runtime_recorded_cb, waiting);
}

static gboolean
starts_paused (BvVmi *vmi)
{
  return g_strcmp0 (bv_vmi_get_record (vmi)->spec->start_strategy, "Paused") == 0;
}

/* As KubeVirt tells it. */
static void
tell_shortages (BvVmiRuntime *self)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->status->volumes);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const BvVolumeFacts *facts = value;

      if (facts->shortage != NULL)
        bv_vmi_runtime_tell (self, "Normal", "ToleratedSmallPV", facts->shortage);
    }
}

static void
bv_vmi_runtime_prepared_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvVmiRuntime) self = user_data;
  BvVmi *vmi = BV_VMI (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (BvVmiPrepared) prepared = bv_vmi_prepare_finish (result, &error);
  gboolean exclusive;

  g_clear_object (&self->preparing);
  if (prepared == NULL || self->status->stopping)
    {
      if (error == NULL)
        error = g_error_new (BV_ERROR, BV_ERROR_CANCELLED, _ ("%s was stopped before it ran."),
                             self->domain_name);
      fail_start (self, error);
      return;
    }
  if (self->start_job != NULL)
    bv_progress_set (bv_job_get_progress (self->start_job), _ ("Starting the guest"), 0, 0);
  self->status->paused_by_user = starts_paused (vmi);
  g_hash_table_unref (self->status->volumes);
  self->status->volumes = g_hash_table_ref (prepared->volumes);
  bv_vmi_runtime_update_volumes (self);
  tell_shortages (self);
  exclusive = bv_vmi_runtime_take_resources (self);
  bv_vmi_runtime_set_phase (self, BV_PHASE_SCHEDULED, NULL);
  if (exclusive)
    launch_recorded (self, vmi, prepared->xml);
  else
    launch (self, vmi, prepared->xml);
}

typedef struct
{
  BvVmiRuntime *runtime;
  BvClaimsAnswer answer;
} Fault;

static gboolean
bv_vmi_runtime_fault_cb (gpointer user_data)
{
  Fault *fault = user_data;
  g_autoptr (BvVmiRuntime) self = fault->runtime;
  g_autoptr (GError) error =
      g_error_new_literal (BV_ERROR, BV_ERROR_UNSCHEDULABLE, fault->answer.message);

  fail_start (self, error);
  if (bv_conditions_set (self->conditions, "Synchronized", FALSE, fault->answer.reason,
                         fault->answer.message))
    bv_vmi_runtime_notify (self);
  bv_claims_answer_clear (&fault->answer);
  g_free (fault);
  return G_SOURCE_REMOVE;
}

/* Not at once: who asked for the start has not seen its job yet. */
static void
fail_later (BvVmiRuntime *self, BvClaimsAnswer *answer)
{
  Fault *fault = g_new0 (Fault, 1);

  self->starting = TRUE;
  fault->runtime = g_object_ref (self);
  fault->answer = *answer;
  answer->message = NULL;
  g_idle_add (bv_vmi_runtime_fault_cb, fault);
}

/* Claims that are being filled are waited for; the controller wakes it when they are. */
static gboolean
check_claims (BvVmiRuntime *self)
{
  g_auto (BvClaimsAnswer) answer = { BV_CLAIMS_READY };

  if (self->environment->registry != NULL)
    bv_claim_users_check (self->environment->registry, self->entry, &answer);
  if (answer.state == BV_CLAIMS_WAIT)
    {
      bv_conditions_set (self->conditions, "DataVolumesReady", FALSE, answer.reason,
                         answer.message);
      bv_conditions_set (self->conditions, "Provisioning", TRUE, answer.reason, answer.message);
      bv_vmi_runtime_notify (self);
      return FALSE;
    }
  bv_conditions_remove (self->conditions, "DataVolumesReady");
  bv_conditions_remove (self->conditions, "Provisioning");
  if (answer.state == BV_CLAIMS_READY)
    return TRUE;
  fail_later (self, &answer);
  return FALSE;
}

/* Why no guest can be started yet, or NULL. What is made before the host is known would have the
 * wrong owner. */
static const char *
find_obstacle (BvEnvironment *environment)
{
  if (bv_connection_get_state (environment->connection) != BV_CONNECTION_CONNECTED)
    return _ ("There is no connection to libvirt; it is tried again.");
  if (!bv_host_is_known (environment->host))
    return _ ("libvirt is asked about this host; the guest is started when it has answered.");
  if (!environment->guests_known)
    return _ ("libvirt is asked which guests run; the guest is started when it has answered.");
  return NULL;
}

/* Without libvirt it waits for the next connection, after which the controller reconciles it. */
void
bv_vmi_runtime_begin_start (BvVmiRuntime *self)
{
  const char *obstacle = find_obstacle (self->environment);

  if (!self->wanted || self->starting || self->retry_id != 0 || self->status->migration != NULL)
    return;
  if (obstacle != NULL)
    {
      bv_conditions_set (self->conditions, "Synchronized", FALSE, "HypervisorUnavailable",
                         obstacle);
      bv_vmi_runtime_notify (self);
      return;
    }
  if (!check_claims (self))
    return;
  self->starting = TRUE;
  self->preparing = g_cancellable_new ();
  if (bv_vmi_runtime_get_phase (self) == BV_PHASE_PENDING)
    bv_vmi_runtime_set_phase (self, BV_PHASE_SCHEDULING, NULL);
  bv_vmi_prepare_async (self->environment, BV_VMI (bv_entry_get_object (self->entry)),
                        self->status->runtime_directory,
                        self->start_job != NULL ? bv_job_get_progress (self->start_job) : NULL,
                        self->preparing, bv_vmi_runtime_prepared_cb, g_object_ref (self));
}

void
bv_vmi_runtime_wake (BvVmiRuntime *self)
{
  if (bv_vmi_runtime_get_phase (self) == BV_PHASE_RUNNING)
    bv_vmi_runtime_update_live (self);
  if (!self->wanted || self->starting || bv_vmi_runtime_is_active (self))
    return;
  g_clear_handle_id (&self->retry_id, g_source_remove);
  bv_vmi_runtime_begin_start (self);
}

BvJob *
bv_vmi_runtime_start (BvVmiRuntime *self)
{
  if (self->start_job == NULL)
    {
      self->start_job = bv_job_new ("start", self->entry);
      g_signal_connect_object (self->start_job, "cancel", G_CALLBACK (bv_vmi_runtime_cancel_start),
                               self, G_CONNECT_SWAPPED);
    }
  bv_vmi_runtime_begin_start (self);
  return bv_vmi_runtime_dup_start_job (self);
}
