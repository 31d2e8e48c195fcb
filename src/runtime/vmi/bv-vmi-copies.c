/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vmi/bv-vmi-runtime-private.h"

#include <glib/gi18n-lib.h>

#include "host/bv-libvirt-autocleanups.h"
#include "model/bv-error.h"
#include "runtime/claim/bv-claim-users.h"
#include "runtime/domain/bv-domain-request.h"
#include "runtime/live/bv-live-copies.h"
#include "runtime/live/bv-live-volumes.h"

/* What is told of the volumes of a guest that get other claims, how far that is, and its end when
 * somebody wants it early. bv-live-copies.c does it. */

#define LOOK_SECONDS 1
/* What broke off is tried again after so many looks, if nothing else tries it sooner. */
#define LOOKS_AFTER_BREAK 30

static const BvApiVirtualMachineInstanceSpec *
get_spec (BvVmiRuntime *self)
{
  return bv_vmi_get_record (BV_VMI (bv_entry_get_object (self->entry)))->spec;
}

static const char *
find_claim (const BvApiVirtualMachineInstanceSpec *spec, const char *name)
{
  const BvApiVolume *volume = bv_live_find_volume (spec, name);

  return volume != NULL ? bv_live_copies_get_claim (volume) : NULL;
}

/* The record follows the VMI, of which SPEC is what it is to be next. */

static void
mark_volume (BvVmiRuntime *self, const BvApiVolume *before, const char *destination,
             const char *wanted)
{
  GHashTable *copies = self->status->copies;
  BvVolumeCopy *copy = bv_volume_copies_find_active (copies, before->name);

  if (copy == NULL)
    {
      bv_volume_copies_add (copies, before->name, bv_live_copies_get_claim (before),
                            before->data_volume != NULL, destination);
      return;
    }
  copy->cancelled = TRUE;
  copy->reverted = copy->reverted || g_strcmp0 (wanted, copy->source) == 0;
}

void
bv_vmi_runtime_mark_copies (BvVmiRuntime *self, BvVmi *next, BvVmi *wanted, gboolean copies_volumes)
{
  const BvApiVirtualMachineInstanceSpec *spec = get_spec (self);

  for (guint i = 0; i < spec->n_volumes; i++)
    {
      const BvApiVolume *volume = spec->volumes[i];
      const char *claim = bv_live_copies_get_claim (volume);
      const char *other = find_claim (bv_vmi_get_record (next)->spec, volume->name);

      if (claim == NULL || other == NULL || g_str_equal (claim, other) ||
          (!copies_volumes &&
           bv_volume_copies_find_active (self->status->copies, volume->name) == NULL))
        continue;
      mark_volume (self, volume, other,
                   find_claim (bv_vmi_get_record (wanted)->spec, volume->name));
    }
}

/* While the VMI that goes with the record of the copies is being stored, the one that is there
 * names other claims than they do, and nothing follows from it. */
void
bv_vmi_runtime_set_following (BvVmiRuntime *self, gboolean following)
{
  self->following = following;
}

GHashTable *
bv_vmi_runtime_dup_copies (BvVmiRuntime *self)
{
  return bv_volume_copies_copy (self->status->copies);
}

/* Takes COPIES. */
void
bv_vmi_runtime_set_copies (BvVmiRuntime *self, GHashTable *copies)
{
  g_hash_table_unref (self->status->copies);
  self->status->copies = copies;
}

/* One that was undone stays on record only as long as the template asks for it all the same. */
void
bv_vmi_runtime_settle_copies (BvVmiRuntime *self, BvVmi *wanted)
{
  const BvApiVirtualMachineInstanceSpec *spec = bv_vmi_get_record (wanted)->spec;
  GHashTableIter iter;
  gpointer name, value;

  g_hash_table_iter_init (&iter, self->status->copies);
  while (g_hash_table_iter_next (&iter, &name, &value))
    {
      BvVolumeCopy *copy = value;

      if (!copy->cancelled || g_strcmp0 (find_claim (spec, name), copy->destination) == 0)
        continue;
      copy->reverted = TRUE;
      if (copy->state == BV_VOLUME_COPY_UNDONE)
        g_hash_table_iter_remove (&iter);
    }
}

guint
bv_vmi_runtime_get_copies_serial (BvVmiRuntime *self)
{
  return self->copies_serial;
}

GVariant *
bv_vmi_runtime_get_migrated_volumes (BvVmiRuntime *self)
{
  return bv_volume_copies_to_variant (self->status->copies, self->status->volumes);
}

/* What is told. */

static void
find_obstacles (BvVmiRuntime *self)
{
  GHashTableIter iter;
  gpointer name, value;

  g_hash_table_iter_init (&iter, self->status->copies);
  while (self->environment->registry != NULL && g_hash_table_iter_next (&iter, &name, &value))
    {
      BvVolumeCopy *copy = value;
      g_auto (BvClaimsAnswer) answer = { BV_CLAIMS_READY };

      if (copy->broken)
        continue;
      g_clear_pointer (&copy->obstacle, g_free);
      if (!bv_volume_copy_is_active (copy) || copy->cancelled)
        continue;
      bv_claim_users_check_volume (self->environment->registry, self->entry, name, &answer);
      if (answer.state != BV_CLAIMS_READY)
        copy->obstacle = g_steal_pointer (&answer.message);
    }
}

static const char *
find_obstacle (BvVmiRuntime *self)
{
  GHashTableIter iter;
  gpointer copy;

  g_hash_table_iter_init (&iter, self->status->copies);
  while (g_hash_table_iter_next (&iter, NULL, &copy))
    if (((BvVolumeCopy *)copy)->obstacle != NULL)
      return ((BvVolumeCopy *)copy)->obstacle;
  return NULL;
}

static gboolean
was_cancelled (BvVmiRuntime *self)
{
  GHashTableIter iter;
  gpointer copy;

  g_hash_table_iter_init (&iter, self->status->copies);
  while (g_hash_table_iter_next (&iter, NULL, &copy))
    if (((BvVolumeCopy *)copy)->state == BV_VOLUME_COPY_UNDONE)
      return TRUE;
  return FALSE;
}

static gboolean
tell_cancelled (BvVmiRuntime *self)
{
  return bv_conditions_set (self->conditions, "VolumesChange", FALSE, "VolumesChangeCancellation",
                            _ ("The volumes keep their claims: the copy was cancelled."));
}

static gboolean
update_condition (BvVmiRuntime *self)
{
  const char *reason = bv_conditions_get_reason (self->conditions, "VolumesChange");
  const char *obstacle = find_obstacle (self);

  if (obstacle != NULL)
    return bv_conditions_set (self->conditions, "VolumesChange", FALSE, NULL, obstacle);
  if (bv_volume_copies_any_active (self->status->copies))
    return bv_conditions_set (self->conditions, "VolumesChange", TRUE, NULL,
                              _ ("Volumes of the guest are copied to other claims."));
  if (was_cancelled (self))
    return tell_cancelled (self);
  /* As in KubeVirt, it stays told. */
  if (g_strcmp0 (reason, "VolumesChangeCancellation") == 0)
    return FALSE;
  return bv_conditions_remove (self->conditions, "VolumesChange");
}

/* The job. */

/* The VM's template asks for it still: the VM looks at it again. */
static void
bv_vmi_runtime_cancel_copies_cb (BvVmiRuntime *self)
{
  GHashTableIter iter;
  gpointer copy;

  g_hash_table_iter_init (&iter, self->status->copies);
  while (g_hash_table_iter_next (&iter, NULL, &copy))
    if (bv_volume_copy_is_active (copy))
      ((BvVolumeCopy *)copy)->cancelled = TRUE;
  self->copies_serial++;
  bv_vmi_runtime_store_status (self);
  bv_vmi_runtime_notify (self);
}

static void
ensure_job (BvVmiRuntime *self)
{
  if (self->copy_job != NULL)
    return;
  self->copy_job = bv_job_new ("copy-volumes", self->entry);
  g_signal_connect_object (self->copy_job, "cancel", G_CALLBACK (bv_vmi_runtime_cancel_copies_cb),
                           self, G_CONNECT_SWAPPED);
  bv_vmi_runtime_add_job (self, self->copy_job);
}

static void
end_job (BvVmiRuntime *self, const GError *error)
{
  g_clear_handle_id (&self->copy_look_id, g_source_remove);
  bv_job_end (&self->copy_job, error);
}

void
bv_vmi_runtime_end_copies (BvVmiRuntime *self)
{
  g_autoptr (GError) error =
      g_error_new (BV_ERROR, BV_ERROR_NOT_RUNNING,
                   _ ("The guest ended before its volumes were copied; they keep their claims."));

  end_job (self, error);
}

/* The guest is off, and libvirt keeps what it had last: of a volume that was switched while nobody
 * looked, it is the other claim. */
void
bv_vmi_runtime_close_copies (BvVmiRuntime *self)
{
  GHashTableIter iter;
  gpointer name, copy;

  g_hash_table_iter_init (&iter, self->status->copies);
  while (g_hash_table_iter_next (&iter, &name, &copy))
    {
      const BvVolumeFacts *facts = g_hash_table_lookup (self->status->volumes, name);
      const char *path = bv_domain_info_get_path (self->info, name);

      if (((BvVolumeCopy *)copy)->state != BV_VOLUME_COPY_COPYING || facts == NULL ||
          path == NULL || g_strcmp0 (path, facts->path) == 0)
        continue;
      g_hash_table_iter_remove (&iter);
    }
}

/* What broke off may be tried again. */
void
bv_vmi_runtime_retry_copies (BvVmiRuntime *self)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->status->copies);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      BvVolumeCopy *copy = value;

      if (!copy->broken)
        continue;
      copy->broken = FALSE;
      g_clear_pointer (&copy->obstacle, g_free);
    }
}

/* Whether it is time for that, a look later. */
static gboolean
count_down (BvVmiRuntime *self)
{
  gboolean over = FALSE;
  GHashTableIter iter;
  gpointer copy;

  g_hash_table_iter_init (&iter, self->status->copies);
  while (g_hash_table_iter_next (&iter, NULL, &copy))
    if (((BvVolumeCopy *)copy)->broken && --((BvVolumeCopy *)copy)->looks_left == 0)
      over = TRUE;
  return over;
}

/* How far it is. */

/* The call's, which may be given up before it has come back, and who waits for it. */
typedef struct
{
  BvVmiRuntime *runtime;
  BvDomainRequest *request;
  GPtrArray *targets;  /* of the volumes that are copied */
  guint64 done, total; /* bytes */
  gboolean settled;    /* one has nothing left to copy, or nobody copies it */
} Look;

static void
look_clear (Look *self)
{
  g_object_unref (self->runtime);
  bv_domain_request_free (self->request);
  g_ptr_array_unref (self->targets);
}

static void
look_unref (gpointer look)
{
  g_atomic_rc_box_release_full (look, (GDestroyNotify)look_clear);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Look, look_unref)

static gpointer
look_at_copies (virConnectPtr handle, gpointer data, GCancellable *cancellable, GError **error)
{
  Look *self = data;
  g_autoptr (virDomain) domain = bv_domain_request_look_up (self->request, handle, error);

  if (domain == NULL)
    return NULL;
  for (guint i = 0; i < self->targets->len; i++)
    {
      virDomainBlockJobInfo info;
      int found = virDomainGetBlockJobInfo (domain, g_ptr_array_index (self->targets, i), &info, 0);

      if (found <= 0 || info.cur >= info.end)
        {
          self->settled = TRUE;
          continue;
        }
      self->done += info.cur;
      self->total += info.end;
    }
  return self;
}

static void
look_anew (BvVmiRuntime *self)
{
  GHashTableIter iter;
  gpointer copy;

  g_hash_table_iter_init (&iter, self->status->copies);
  while (g_hash_table_iter_next (&iter, NULL, &copy))
    ((BvVolumeCopy *)copy)->awaited = FALSE;
  bv_vmi_runtime_update_live (self);
}

static void
bv_vmi_runtime_looked_at_copies_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Look) look = user_data;
  g_autoptr (GError) error = NULL;
  BvVmiRuntime *self = look->runtime;

  if (bv_connection_call_finish (BV_CONNECTION (source), result, &error) == NULL)
    {
      g_debug ("%s: %s", self->domain_name, error->message);
      return;
    }
  if (self->copy_job != NULL && look->total > 0)
    bv_progress_set (bv_job_get_progress (self->copy_job), _ ("Copying the guest's volumes"),
                     look->done, look->total);
  if (look->settled)
    look_anew (self);
}

static Look *
look_new (BvVmiRuntime *self)
{
  Look *look = g_atomic_rc_box_new0 (Look);
  GHashTableIter iter;
  gpointer name, copy;

  look->runtime = g_object_ref (self);
  look->request = bv_domain_request_new (self->domain_name, NULL, 0);
  look->targets = g_ptr_array_new_with_free_func (g_free);
  g_hash_table_iter_init (&iter, self->status->copies);
  while (g_hash_table_iter_next (&iter, &name, &copy))
    {
      const char *target = bv_domain_info_get_target (self->info, name);

      if (((BvVolumeCopy *)copy)->state == BV_VOLUME_COPY_COPYING && target != NULL)
        g_ptr_array_add (look->targets, g_strdup (target));
    }
  return look;
}

static gboolean
bv_vmi_runtime_look_at_copies_cb (gpointer user_data)
{
  BvVmiRuntime *self = user_data;
  Look *look;

  if (self->info == NULL || self->live_updating)
    return G_SOURCE_CONTINUE;
  if (count_down (self))
    {
      bv_vmi_runtime_retry_copies (self);
      bv_vmi_runtime_update_live (self);
      return G_SOURCE_CONTINUE;
    }
  look = look_new (self);
  bv_connection_call_async (self->environment->connection, BV_LANE_CONTROL, self->domain_name,
                            look_at_copies, look, look_unref, NULL, NULL,
                            bv_vmi_runtime_looked_at_copies_cb, g_atomic_rc_box_acquire (look));
  return G_SOURCE_CONTINUE;
}

static gboolean
find_work (BvVmiRuntime *self)
{
  GHashTableIter iter;
  gpointer copy;

  g_hash_table_iter_init (&iter, self->status->copies);
  while (g_hash_table_iter_next (&iter, NULL, &copy))
    if (bv_volume_copy_is_active (copy) && !((BvVolumeCopy *)copy)->broken)
      return TRUE;
  return FALSE;
}

/* Before the guest is changed, and afterwards. */
void
bv_vmi_runtime_update_copies (BvVmiRuntime *self)
{
  gboolean changed;

  find_obstacles (self);
  changed = update_condition (self);
  changed = bv_vmi_runtime_update_migratable (self) || changed;
  if (find_work (self))
    ensure_job (self);
  if (bv_volume_copies_any_active (self->status->copies) && self->copy_look_id == 0)
    self->copy_look_id =
        g_timeout_add_seconds (LOOK_SECONDS, bv_vmi_runtime_look_at_copies_cb, self);
  if (changed)
    bv_vmi_runtime_notify (self);
}

/* What came of it. */

/* The VMI named the source again while the guest got the destination: it is copied back. */
static void
copy_back (BvVmiRuntime *self, const char *name, const char *from)
{
  const BvApiVolume *volume = bv_live_find_volume (get_spec (self), name);
  const char *claim = volume != NULL ? bv_live_copies_get_claim (volume) : NULL;

  if (claim != NULL && !g_str_equal (claim, from))
    bv_volume_copies_add (self->status->copies, name, from, volume->data_volume != NULL, claim);
}

static void
take_break (BvVolumeCopy *copy, const BvVolumeCopy *found, const GError *failure)
{
  if (found->broken && !copy->broken && failure != NULL)
    {
      g_free (copy->obstacle);
      copy->obstacle = g_strdup (failure->message);
      copy->broken = TRUE;
      copy->looks_left = LOOKS_AFTER_BREAK;
    }
}

static GError *
make_cancelled_error (const char *name, const char *destination)
{
  return g_error_new (BV_ERROR, BV_ERROR_CANCELLED,
                      _ ("The copy of the volume %s to the claim %s was cancelled."), name,
                      destination);
}

/* COPY becomes what was FOUND, and goes from the table where nothing is left to know of it. */
static void
take_copy (BvVmiRuntime *self, const char *name, const BvVolumeCopy *found, BvVolumeCopy *copy)
{
  copy->state = found->state;
  copy->awaited = found->awaited;
  if (!bv_volume_copy_is_active (copy))
    self->copies_serial++;
  if (copy->state == BV_VOLUME_COPY_COPIED)
    {
      g_hash_table_remove (self->status->copies, name);
      copy_back (self, name, found->destination);
    }
  else if (copy->state == BV_VOLUME_COPY_UNDONE)
    {
      tell_cancelled (self);
      if (copy->reverted)
        g_hash_table_remove (self->status->copies, name);
    }
}

/* COPIES as a worker left them, and what it met; returns whether there is more to do at once. */
gboolean
bv_vmi_runtime_take_copies (BvVmiRuntime *self, GHashTable *copies, const GError *failure)
{
  guint serial = self->copies_serial;
  g_autoptr (GError) error = NULL;
  gboolean broken = FALSE;
  GHashTableIter iter;
  gpointer name, found;

  g_hash_table_iter_init (&iter, copies);
  while (g_hash_table_iter_next (&iter, &name, &found))
    {
      BvVolumeCopy *copy = bv_volume_copies_find_active (self->status->copies, name);

      if (copy == NULL || !g_str_equal (copy->destination, ((BvVolumeCopy *)found)->destination))
        continue;
      broken = broken || (((BvVolumeCopy *)found)->broken && !copy->broken);
      take_break (copy, found, failure);
      take_copy (self, name, found, copy);
      if (((BvVolumeCopy *)found)->state == BV_VOLUME_COPY_UNDONE && error == NULL)
        error = make_cancelled_error (name, ((BvVolumeCopy *)found)->destination);
    }
  if (self->copy_job != NULL && failure != NULL && broken)
    end_job (self, failure);
  else if (self->copy_job != NULL && !bv_volume_copies_any_active (self->status->copies))
    end_job (self, error);
  bv_vmi_runtime_update_copies (self);
  return serial != self->copies_serial;
}
