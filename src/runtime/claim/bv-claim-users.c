/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/claim/bv-claim-users.h"

#include <glib/gi18n-lib.h>

#include "model/bv-vmi-private.h"
#include "runtime/claim/bv-claim-runtime.h"
#include "runtime/claim/bv-claim-spec.h"
#include "runtime/claim/bv-data-volume-runtime.h"
#include "runtime/live/bv-live-volumes.h"
#include "runtime/vmi/bv-vmi-runtime.h"

/* How a VMI uses a claim. */
typedef struct
{
  const char *claim;
  gboolean writes;
  gboolean shares; /* with others that do so too */
  gboolean folder; /* as a filesystem, by virtiofs */
} Use;

typedef struct
{
  BvRegistry *registry;
  BvEntry *vmi;
  BvClaimsAnswer *answer;
} Check;

static const BvApiVirtualMachineInstanceSpec *
get_spec (BvEntry *vmi)
{
  return bv_vmi_get_record (BV_VMI (bv_entry_get_object (vmi)))->spec;
}

static const BvApiDisk *
find_disk (const BvApiVirtualMachineInstanceSpec *spec, const char *name)
{
  const BvApiDevices *devices = spec->domain->devices;

  for (guint i = 0; i < devices->n_disks; i++)
    if (g_strcmp0 (devices->disks[i]->name, name) == 0)
      return devices->disks[i];
  return NULL;
}

static gboolean
is_filesystem (const BvApiVirtualMachineInstanceSpec *spec, const char *name)
{
  const BvApiDevices *devices = spec->domain->devices;

  for (guint i = 0; i < devices->n_filesystems; i++)
    if (g_strcmp0 (devices->filesystems[i]->name, name) == 0)
      return TRUE;
  return FALSE;
}

/* FALSE where the volume is no claim. */
static gboolean
get_use (const BvApiVirtualMachineInstanceSpec *spec, guint index, Use *use)
{
  const BvApiVolume *volume = spec->volumes[index];
  const BvApiDisk *disk = find_disk (spec, volume->name);

  use->claim = bv_claim_spec_find_claim (volume, &use->writes);
  if (use->claim == NULL)
    return FALSE;
  use->folder = is_filesystem (spec, volume->name);
  use->shares = use->folder || (disk != NULL && disk->shareable);
  if (disk != NULL && disk->disk != NULL && disk->disk->readonly)
    use->writes = FALSE;
  if (disk != NULL && disk->cdrom != NULL)
    use->writes =
        use->writes && bv_api_cd_rom_target_has_readonly (disk->cdrom) && !disk->cdrom->readonly;
  return TRUE;
}

/* A guest may have what its VMI does not name any more, until it lets go of it. */
static gboolean
find_lasting_use (BvEntry *vmi, const char *claim, Use *use)
{
  BvVmiRuntime *runtime = bv_entry_get_runtime (vmi);
  GHashTableIter iter;
  gpointer value;

  if (runtime == NULL)
    return FALSE;
  if (bv_volume_copies_use (bv_vmi_runtime_get_status (runtime)->copies, claim))
    {
      *use = (Use){ .claim = claim, .writes = TRUE };
      return TRUE;
    }
  g_hash_table_iter_init (&iter, bv_vmi_runtime_get_status (runtime)->volumes);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const BvVolumeFacts *facts = value;

      if (!facts->detaching || g_strcmp0 (facts->claim.name, claim) != 0)
        continue;
      *use = (Use){ .claim = facts->claim.name, .writes = TRUE };
      return TRUE;
    }
  return FALSE;
}

static gboolean
find_use (BvEntry *vmi, const char *claim, Use *use)
{
  const BvApiVirtualMachineInstanceSpec *spec = get_spec (vmi);

  for (guint i = 0; i < spec->n_volumes; i++)
    if (get_use (spec, i, use) && g_str_equal (use->claim, claim))
      return TRUE;
  return find_lasting_use (vmi, claim, use);
}

static gboolean
is_same_namespace (BvEntry *a, BvEntry *b)
{
  return g_str_equal (bv_object_get_namespace (bv_entry_get_object (a)),
                      bv_object_get_namespace (bv_entry_get_object (b)));
}

gboolean
bv_claim_users_is_named (BvEntry *vmi, BvEntry *claim)
{
  Use use;

  return BV_IS_VMI (bv_entry_get_object (vmi)) && is_same_namespace (vmi, claim) &&
         find_use (vmi, bv_object_get_name (bv_entry_get_object (claim)), &use);
}

/* The next active VMI but EXCEPT that uses CLAIM, from *INDEX on. */
static BvEntry *
find_user (GPtrArray *entries, guint *index, BvEntry *claim, BvEntry *except, Use *use)
{
  const char *name = bv_object_get_name (bv_entry_get_object (claim));

  while (*index < entries->len)
    {
      BvEntry *entry = g_ptr_array_index (entries, (*index)++);
      gpointer runtime = bv_entry_get_runtime (entry);

      if (entry != except && BV_IS_VMI_RUNTIME (runtime) && is_same_namespace (entry, claim) &&
          bv_vmi_runtime_is_active (runtime) && find_use (entry, name, use))
        return entry;
    }
  return NULL;
}

BvEntry *
bv_claim_users_find (BvRegistry *registry, BvEntry *claim)
{
  return bv_claim_users_find_other (registry, claim, NULL);
}

BvEntry *
bv_claim_users_find_other (BvRegistry *registry, BvEntry *claim, BvEntry *vmi)
{
  g_autoptr (GPtrArray) entries = bv_registry_list (registry);
  guint index = 0;
  Use use;

  return find_user (entries, &index, claim, vmi, &use);
}

BvEntry *
bv_claim_users_find_obstacle (BvRegistry *registry, BvEntry *claim)
{
  g_autoptr (GPtrArray) entries = bv_registry_list (registry);
  guint index = 0;
  BvEntry *user;
  Use use;

  while ((user = find_user (entries, &index, claim, NULL, &use)) != NULL)
    if (!use.writes || bv_vmi_runtime_get_status (bv_entry_get_runtime (user))->migration != NULL)
      return user;
  return NULL;
}

gint64
bv_claim_users_get_capacity (BvRegistry *registry, BvEntry *vmi, const char *claim)
{
  BvEntry *entry = bv_registry_find (registry, "PersistentVolumeClaim",
                                     bv_object_get_namespace (bv_entry_get_object (vmi)), claim);
  const BvClaimStatus *status =
      entry != NULL ? bv_claim_runtime_get_status (bv_entry_get_runtime (entry)) : NULL;

  return status != NULL && status->volume != NULL ? (gint64)status->volume->capacity : 0;
}

BvEntry *
bv_claim_users_find_writer (BvRegistry *registry, BvEntry *claim)
{
  g_autoptr (GPtrArray) entries = bv_registry_list (registry);
  guint index = 0;
  BvEntry *user;
  Use use;

  while ((user = find_user (entries, &index, claim, NULL, &use)) != NULL)
    if (use.writes)
      return user;
  return NULL;
}

static void answer (Check *self, BvClaimsState state, const char *reason, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

/* The worst counts. */
static void
answer (Check *self, BvClaimsState state, const char *reason, const char *format, ...)
{
  va_list args;

  if (state <= self->answer->state)
    return;
  self->answer->state = state;
  self->answer->reason = reason;
  g_free (self->answer->message);
  va_start (args, format);
  self->answer->message = g_strdup_vprintf (format, args);
  va_end (args);
}

/* Neither QEMU nor a filesystem in a guest can bear that another writes what it has open; but a
 * folder is there for that. */
static gboolean
are_compatible (const Use *mine, const Use *other)
{
  if (!mine->writes && !other->writes)
    return TRUE;
  return mine->folder == other->folder && mine->shares && other->shares;
}

static void
check_others (Check *self, BvEntry *claim, const Use *mine)
{
  g_autoptr (GPtrArray) entries = bv_registry_list (self->registry);
  gboolean alone = bv_claim_spec_has_mode (bv_claim_runtime_get_spec (bv_entry_get_runtime (claim)),
                                           "ReadWriteOncePod");
  guint index = 0;
  BvEntry *user;
  Use other;

  while ((user = find_user (entries, &index, claim, self->vmi, &other)) != NULL)
    {
      g_autofree char *what = bv_entry_describe (user);

      if (alone)
        answer (self, BV_CLAIMS_FAULT, "Unschedulable",
                _ ("The claim %s is ReadWriteOncePod, and %s uses it."), mine->claim, what);
      else if (!are_compatible (mine, &other))
        answer (self, BV_CLAIMS_FAULT, "Unschedulable",
                _ ("The claim %s is used by %s. Stop that one, or make the disk shareable in "
                   "both."),
                mine->claim, what);
    }
}

/* A data volume that is at work fills it in time. */
static void
check_data_volume (Check *self, BvDataVolumeRuntime *runtime, const char *name)
{
  const char *phase = bv_data_volume_runtime_get_phase (runtime);

  if (g_str_equal (phase, "Failed"))
    answer (self, BV_CLAIMS_FAULT, "DataVolumeError", _ ("The DataVolume %s failed: %s"), name,
            bv_data_volume_runtime_get_message (runtime));
  else
    answer (self, BV_CLAIMS_WAIT, "NotAllDVsReady", _ ("The DataVolume %s is in the phase %s."),
            name, phase);
}

static void
check_claim (Check *self, BvEntry *claim, const Use *use)
{
  BvClaimRuntime *runtime = bv_entry_get_runtime (claim);
  const BvClaimStatus *status = bv_claim_runtime_get_status (runtime);

  if (bv_entry_get_deleted (claim) != 0)
    answer (self, BV_CLAIMS_FAULT, "Unschedulable", _ ("The claim %s is being deleted."),
            use->claim);
  else if (bv_claim_status_is (status, "Lost"))
    answer (self, BV_CLAIMS_FAULT, "Unschedulable", _ ("The claim %s is lost: %s"), use->claim,
            status->message);
  else if (bv_claim_status_is (status, "Pending") && status->message[0] != '\0')
    answer (self, BV_CLAIMS_FAULT, "Unschedulable", _ ("The claim %s is pending: %s"), use->claim,
            status->message);
  else if (bv_claim_status_is (status, "Pending") || bv_claim_runtime_is_busy (runtime))
    answer (self, BV_CLAIMS_WAIT, "PVCNotReady",
            _ ("The volume of the claim %s is being worked on."), use->claim);
  else
    check_others (self, claim, use);
}

static void
check_use (Check *self, const Use *use)
{
  const char *namespace = bv_object_get_namespace (bv_entry_get_object (self->vmi));
  BvEntry *claim =
      bv_registry_find (self->registry, "PersistentVolumeClaim", namespace, use->claim);
  BvEntry *volume = bv_registry_find (self->registry, "DataVolume", namespace, use->claim);
  gboolean bound =
      claim != NULL &&
      !bv_claim_status_is (bv_claim_runtime_get_status (bv_entry_get_runtime (claim)), "Pending");

  if (claim == NULL && volume == NULL)
    answer (self, BV_CLAIMS_FAULT, "FailedPvcNotFound",
            _ ("The PersistentVolumeClaim %s/%s is not there; apply it."), namespace, use->claim);
  else if (volume != NULL && !bound)
    check_data_volume (self, bv_entry_get_runtime (volume), use->claim);
  else
    check_claim (self, claim, use);
}

void
bv_claims_answer_clear (BvClaimsAnswer *self)
{
  g_clear_pointer (&self->message, g_free);
}

void
bv_claim_users_check (BvRegistry *registry, BvEntry *vmi, BvClaimsAnswer *found)
{
  const BvApiVirtualMachineInstanceSpec *spec = get_spec (vmi);
  Check check = { registry, vmi, found };

  *found = (BvClaimsAnswer){ BV_CLAIMS_READY, NULL, NULL };
  for (guint i = 0; i < spec->n_volumes; i++)
    {
      Use use;

      if (!bv_live_volume_is_hotpluggable (spec->volumes[i]) && get_use (spec, i, &use))
        check_use (&check, &use);
    }
}

static gboolean
has_image (BvRegistry *registry, BvEntry *claim)
{
  BvObject *object = bv_entry_get_object (claim);

  return bv_registry_find (registry, "DataVolume", bv_object_get_namespace (object),
                           bv_object_get_name (object)) != NULL;
}

void
bv_claim_users_check_volume (BvRegistry *registry, BvEntry *vmi, const char *volume,
                             BvClaimsAnswer *found)
{
  const BvApiVirtualMachineInstanceSpec *spec = get_spec (vmi);
  Check check = { registry, vmi, found };

  *found = (BvClaimsAnswer){ BV_CLAIMS_READY, NULL, NULL };
  for (guint i = 0; i < spec->n_volumes; i++)
    {
      Use use;

      if (g_strcmp0 (spec->volumes[i]->name, volume) == 0 && get_use (spec, i, &use))
        check_use (&check, &use);
    }
}

static gboolean
is_copied (BvEntry *vmi, const char *volume)
{
  BvVmiRuntime *runtime = bv_entry_get_runtime (vmi);

  return runtime != NULL &&
         bv_volume_copies_find_active (bv_vmi_runtime_get_status (runtime)->copies, volume) != NULL;
}

/* A volume that can be plugged in later, or gets another claim, is left out until its claim is
 * free. */
static gboolean
is_left_out (BvRegistry *registry, BvVmi *vmi, const BvApiVolume *volume)
{
  BvEntry *entry = bv_registry_find_uid (registry, bv_object_get_uid (BV_OBJECT (vmi)));
  g_auto (BvClaimsAnswer) answer = { BV_CLAIMS_READY };

  if (entry == NULL ||
      (!bv_live_volume_is_hotpluggable (volume) && !is_copied (entry, volume->name)))
    return FALSE;
  bv_claim_users_check_volume (registry, entry, volume->name, &answer);
  return answer.state != BV_CLAIMS_READY;
}

BvVolumeClaim *
bv_claim_users_describe (BvRegistry *registry, BvClaimRuntime *runtime)
{
  const BvApiPersistentVolumeClaimSpec *spec = bv_claim_runtime_get_spec (runtime);
  g_autoptr (GStrvBuilder) modes = g_strv_builder_new ();
  BvVolumeClaim *claim = g_new0 (BvVolumeClaim, 1);

  for (guint i = 0; i < spec->n_access_modes; i++)
    g_strv_builder_add (modes, spec->access_modes[i]);
  claim->volume = bv_pool_volume_copy (bv_claim_runtime_get_status (runtime)->volume);
  claim->access_modes = g_strv_builder_end (modes);
  claim->request = bv_claim_spec_get_request (spec);
  claim->has_image = has_image (registry, bv_claim_runtime_get_entry (runtime));
  return claim;
}

void
bv_claim_users_collect (BvRegistry *registry, BvVmi *vmi, BvVolumeObjects *objects)
{
  const BvApiVirtualMachineInstanceSpec *spec = bv_vmi_get_record (vmi)->spec;

  for (guint i = 0; i < spec->n_volumes; i++)
    {
      BvClaimRuntime *runtime;
      BvEntry *claim;
      Use use;

      if (!get_use (spec, i, &use) || is_left_out (registry, vmi, spec->volumes[i]))
        continue;
      claim = bv_registry_find (registry, "PersistentVolumeClaim",
                                bv_object_get_namespace (BV_OBJECT (vmi)), use.claim);
      runtime = claim != NULL ? bv_entry_get_runtime (claim) : NULL;
      if (runtime == NULL || bv_claim_runtime_get_status (runtime)->volume == NULL)
        continue;
      bv_volume_objects_add_claim (objects, use.claim, bv_claim_users_describe (registry, runtime));
      bv_claim_runtime_reconcile (runtime);
    }
}
