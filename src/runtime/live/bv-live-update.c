/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/live/bv-live-update.h"

#include "model/bv-error.h"
#include "runtime/connection/bv-connection-wait.h"
#include "runtime/domain/bv-domain-request.h"
#include "host/bv-libvirt-autocleanups.h"
#include "runtime/claim/bv-claim-users.h"
#include "runtime/live/bv-live-copies.h"
#include "runtime/live/bv-live-asked.h"
#include "runtime/live/bv-live-cpus.h"
#include "runtime/live/bv-live-host-devices.h"
#include "runtime/live/bv-live-memory.h"
#include "runtime/live/bv-live-interfaces.h"
#include "runtime/live/bv-live-volumes.h"
#include "runtime/vmi/bv-vmi-work.h"

/* In the order of KubeVirt's SyncVMI: disks, interfaces, and then what it has calls of its own for.
 */
static const BvLiveUpdater *const updaters[] = {
  &bv_live_copies, &bv_live_volumes, &bv_live_expansion,    &bv_live_interfaces,
  &bv_live_cpus,   &bv_live_memory,  &bv_live_host_devices,
};

/* A VMI that follows its template. */

gboolean
bv_live_carry_wait (const BvLiveCarry *self, char *reason)
{
  if (self->guest->reasons != NULL)
    g_ptr_array_add (self->guest->reasons, reason);
  else
    g_free (reason);
  return FALSE;
}

static gboolean
carry_spec (const BvLiveCarry *carry)
{
  gboolean changed = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (updaters); i++)
    changed = updaters[i]->carry (carry) || changed;
  return changed;
}

/* Changes VMI; returns whether there was anything to change. */
gboolean
bv_live_update_carry (BvVmi *vmi, BvVmi *wanted, BvPolicy *policy, const BvLiveGuest *guest)
{
  const BvLiveCarry carry = {
    .spec = bv_vmi_get_record (vmi)->spec,
    .wanted = bv_vmi_get_record (wanted)->spec,
    .arena = bv_object_get_arena (BV_OBJECT (vmi)),
    .policy = policy,
    .guest = guest,
  };

  return carry_spec (&carry);
}

static BvApiVirtualMachineInstanceSpec *
get_template (BvObject *vm)
{
  const BvApiVirtualMachine *record = bv_object_get_record (vm);

  return record->spec != NULL && record->spec->template != NULL ? record->spec->template->spec
                                                                : NULL;
}

gboolean
bv_live_update_copies_volumes (BvObject *vm)
{
  const BvApiVirtualMachine *record = bv_object_get_record (vm);

  return record->spec != NULL &&
         g_strcmp0 (record->spec->update_volumes_strategy, "Migration") == 0;
}

gboolean
bv_live_update_carry_template (BvObject *vm, BvObject *wanted, BvPolicy *policy,
                               const BvLiveGuest *guest)
{
  const BvLiveCarry carry = {
    .spec = get_template (vm),
    .wanted = get_template (wanted),
    .arena = bv_object_get_arena (vm),
    .policy = policy,
    .guest = guest,
  };

  return carry.spec != NULL && carry.wanted != NULL && carry_spec (&carry);
}

gboolean
bv_live_update_is_wanted (const BvLiveView *view)
{
  for (guint i = 0; i < G_N_ELEMENTS (updaters); i++)
    if (updaters[i]->is_wanted (view))
      return TRUE;
  return FALSE;
}

/* The update of a guest. */

typedef struct
{
  BvEnvironment *environment;
  BvVmiWork *work;
  BvDomainRequest *request;
  GHashTable *volumes;
  GHashTable *copies;
  GHashTable *asked;
  guint64 refused_memory;
  gboolean wanted[G_N_ELEMENTS (updaters)];
} Update;

static void
update_free (Update *self)
{
  bv_vmi_work_free (self->work);
  bv_domain_request_free (self->request);
  g_hash_table_unref (self->volumes);
  g_hash_table_unref (self->copies);
  g_hash_table_unref (self->asked);
  bv_environment_unref (self->environment);
  g_free (self);
}

static void
event_free (BvLiveEvent *self)
{
  g_free (self->message);
  g_free (self);
}

void
bv_live_outcome_free (BvLiveOutcome *self)
{
  g_hash_table_unref (self->volumes);
  g_hash_table_unref (self->copies);
  g_ptr_array_unref (self->events);
  g_clear_error (&self->error);
  g_free (self);
}

void
bv_live_change_tell (BvLiveChange *self, const char *type, const char *reason, const char *message)
{
  BvLiveEvent *event = g_new0 (BvLiveEvent, 1);

  event->type = type;
  event->reason = reason;
  event->message = g_strdup (message);
  g_ptr_array_add (self->events, event);
}

typedef struct
{
  const BvDomainRequest *request;
  BvLiveCall func;
  gpointer data;
} Call;

static gpointer
call_domain (virConnectPtr handle, gpointer data, GCancellable *cancellable, GError **error)
{
  const Call *call = data;
  g_autoptr (virDomain) domain = bv_domain_request_look_up (call->request, handle, error);

  return domain != NULL && call->func (domain, call->data, error) ? GINT_TO_POINTER (TRUE) : NULL;
}

gboolean
bv_live_change_call (BvLiveChange *self, BvLiveCall func, gpointer data, GError **error)
{
  Call call = { self->request, func, data };

  return bv_connection_call_wait (self->environment->connection, BV_LANE_JOBS, self->request->name,
                                  call_domain, &call, self->work->cancellable, error) != NULL;
}

gboolean
bv_live_change_look_again (BvLiveChange *self, GError **error)
{
  g_autofree char *xml = bv_connection_call_wait (
      self->environment->connection, BV_LANE_CONTROL, self->request->name, bv_domain_call_get_xml,
      (gpointer)self->request, self->work->cancellable, error);
  g_autoptr (BvXmlDocument) document = xml != NULL ? bv_xml_document_new (xml, error) : NULL;
  BvXml *devices;

  if (document == NULL)
    return FALSE;
  g_clear_pointer (&self->document, bv_xml_document_free);
  self->document = g_steal_pointer (&document);
  self->domain = bv_xml_document_get_root (self->document);
  devices = bv_xml_find (self->domain, "devices");
  if (devices != NULL)
    bv_live_asked_forget (self->asked, devices);
  return TRUE;
}

/* Each row sees the domain as the one before it left it. */
static gboolean
apply_row (BvLiveChange *change, const BvLiveUpdater *updater, GError **error)
{
  return bv_live_change_look_again (change, error) && updater->apply (change, error);
}

/* What one row cannot do holds up none of the others. */
static void
update_in_worker (GTask *task)
{
  const Update *update = g_task_get_task_data (task);
  BvLiveOutcome *outcome = g_new0 (BvLiveOutcome, 1);
  BvLiveChange change = {
    .work = bv_vmi_work_get (update->work),
    .request = update->request,
    .volumes = update->volumes,
    .copies = update->copies,
    .asked = update->asked,
    .refused_memory = update->refused_memory,
    .environment = update->environment,
    .events = g_ptr_array_new_with_free_func ((GDestroyNotify)event_free),
  };

  change.spec = bv_vmi_get_record (change.work->vmi)->spec;
  for (guint i = 0; i < G_N_ELEMENTS (updaters); i++)
    {
      g_autoptr (GError) error = NULL;

      if (!update->wanted[i] || apply_row (&change, updaters[i], &error))
        continue;
      g_debug ("%s: %s: %s", update->request->name, updaters[i]->name, error->message);
      if (outcome->error == NULL)
        outcome->error = g_steal_pointer (&error);
    }
  g_clear_pointer (&change.document, bv_xml_document_free);
  outcome->volumes = g_hash_table_ref (change.volumes);
  outcome->copies = g_hash_table_ref (change.copies);
  outcome->events = change.events;
  outcome->pending = change.pending;
  outcome->refused_memory = change.refused_memory;
  g_task_return_pointer (task, outcome, (GDestroyNotify)bv_live_outcome_free);
}

/* A copy that is to be undone may be done: its claim is known by its path, though the VMI does not
 * name it. */
static void
add_destinations (Update *update)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, update->copies);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const BvVolumeCopy *copy = value;

      if (copy->cancelled && bv_volume_copy_is_active (copy))
        bv_vmi_work_look_up_claim (update->work, copy->destination);
    }
}

void
bv_live_update_async (BvEnvironment *environment, BvVmi *vmi, const BvVmiStatus *status,
                      const BvDomainInfo *domain, GHashTable *asked, GAsyncReadyCallback callback,
                      gpointer user_data)
{
  GTask *task = g_task_new (vmi, NULL, callback, user_data);
  const BvLiveView view = { bv_vmi_get_record (vmi)->spec, status, domain };
  Update *update = g_new0 (Update, 1);

  update->environment = bv_environment_ref (environment);
  update->work = bv_vmi_work_new (environment, vmi, status->runtime_directory, NULL, NULL);
  update->request = bv_domain_request_new (domain->name, NULL, 0);
  bv_domain_request_set_uuid (update->request, domain->uuid);
  update->volumes = bv_volume_facts_table_copy (status->volumes);
  update->copies = bv_volume_copies_copy (status->copies);
  update->asked = g_hash_table_ref (asked);
  add_destinations (update);
  update->refused_memory = status->refused_memory;
  for (guint i = 0; i < G_N_ELEMENTS (updaters); i++)
    update->wanted[i] = updaters[i]->is_wanted (&view);
  g_task_set_source_tag (task, bv_live_update_async);
  g_task_set_task_data (task, update, (GDestroyNotify)update_free);
  bv_worker_push_task (environment->workers, update_in_worker, task);
}

BvLiveOutcome *
bv_live_update_finish (GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}
