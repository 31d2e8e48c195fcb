/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "migration/bv-incoming-claims.h"

#include <glib/gi18n-lib.h>

#include "migration/bv-storage-identity.h"
#include "model/bv-error.h"
#include "model/bv-json.h"
#include "runtime/claim/bv-claim-runtime.h"
#include "runtime/claim/bv-claim-users.h"
#include "runtime/connection/bv-worker.h"

#define CLAIM "PersistentVolumeClaim"

static void
bv_incoming_claim_free (BvIncomingClaim *self)
{
  bv_data_import_free (self->import);
  g_free (self->identity);
  g_clear_pointer (&self->volume, bv_pool_volume_free);
  g_free (self);
}

static BvEntry *
find_old (BvRegistry *registry, const BvStoreRow *row, const char *name)
{
  BvEntry *entry = bv_registry_find (registry, CLAIM, row->namespace, name);
  const BvClaimStatus *status =
      entry != NULL ? bv_claim_runtime_get_status (bv_entry_get_runtime (entry)) : NULL;

  return status != NULL && status->holder != NULL && bv_entry_get_deleted (entry) == 0 ? entry
                                                                                       : NULL;
}

static gboolean
has_uid (BvEntry *entry, const char *uid)
{
  return g_str_equal (bv_object_get_uid (bv_entry_get_object (entry)), uid);
}

gboolean
bv_incoming_claims_is_expected (BvRegistry *registry, const BvStoreRow *row)
{
  BvEntry *there = bv_registry_find (registry, row->kind, row->namespace, row->name);
  BvEntry *claim = find_old (registry, row, row->name);

  return there != NULL && has_uid (there, row->uid) && bv_entry_get_deleted (there) == 0 &&
         claim != NULL;
}

gboolean
bv_incoming_claims_clean (BvStoreRow *row, GError **error)
{
  g_autoptr (JsonNode) root = bv_json_parse_object (row->status, error);
  g_autoptr (JsonNode) clean = json_node_new (JSON_NODE_OBJECT);
  JsonObject *theirs = root != NULL ? json_node_get_object (root) : NULL;
  JsonObject *object = json_object_new ();

  json_node_take_object (clean, object);
  if (theirs == NULL)
    return FALSE;
  json_object_set_int_member (object, "capacity",
                              json_object_get_int_member_with_default (theirs, "capacity", 0));
  if (json_object_has_member (theirs, "identity"))
    json_object_set_string_member (
        object, "identity", json_object_get_string_member_with_default (theirs, "identity", ""));
  g_free (row->status);
  row->status = json_to_string (clean, FALSE);
  return TRUE;
}

/* Where the claim's volume is, by STATUS, or is to be. */
static BvDataImport *
make_import (BvEnvironment *environment, const BvStoreRow *row, const char *status, GError **error)
{
  g_autoptr (BvEntry) entry = bv_entry_new_from_row (row, error);
  g_autoptr (BvClaimRuntime) runtime =
      entry != NULL ? bv_claim_runtime_new (environment, entry, status, error) : NULL;

  return runtime != NULL ? bv_claim_runtime_new_import (runtime, BV_DATA_BLANK) : NULL;
}

static void
read_marks (BvIncomingClaim *self, JsonObject *object)
{
  gint64 capacity = json_object_get_int_member_with_default (object, "capacity", 0);

  self->identity = g_strdup (json_object_get_string_member_with_default (object, "identity", NULL));
  self->made = json_object_get_boolean_member_with_default (object, "made", FALSE);
  self->copied = json_object_get_boolean_member_with_default (object, "copied", FALSE);
  self->import->size = bv_pool_round_size (MAX (self->import->size, (guint64)MAX (capacity, 0)));
}

/* STATUS is what is known of the volume here. */
static BvIncomingClaim *
read_claim (BvEnvironment *environment, BvStoreRow *row, const char *status, GError **error)
{
  g_autoptr (JsonNode) root = bv_json_parse_object (row->status, error);
  BvDataImport *import = root != NULL ? make_import (environment, row, status, error) : NULL;
  BvIncomingClaim *self;

  if (import == NULL)
    return NULL;
  self = g_new0 (BvIncomingClaim, 1);
  self->row = row;
  self->import = import;
  read_marks (self, json_node_get_object (root));
  return self;
}

static GPtrArray *
read_claims (BvEnvironment *environment, GPtrArray *rows, gboolean ours, GError **error)
{
  g_autoptr (GPtrArray) claims =
      g_ptr_array_new_with_free_func ((GDestroyNotify)bv_incoming_claim_free);

  for (guint i = 0; i < rows->len; i++)
    {
      BvStoreRow *row = g_ptr_array_index (rows, i);
      BvEntry *old = ours ? NULL : find_old (environment->registry, row, row->name);
      g_autofree char *status =
          old != NULL ? bv_claim_runtime_dup_status_json (bv_entry_get_runtime (old)) : NULL;
      BvIncomingClaim *claim;

      if (!g_str_equal (row->kind, CLAIM))
        continue;
      claim = read_claim (environment, row,
                          ours             ? row->status
                          : status != NULL ? status
                                           : "{}",
                          error);
      if (claim == NULL)
        return NULL;
      claim->known = old != NULL;
      g_ptr_array_add (claims, claim);
    }
  return g_steal_pointer (&claims);
}

GPtrArray *
bv_incoming_claims_new (BvEnvironment *environment, GPtrArray *rows, GError **error)
{
  return read_claims (environment, rows, FALSE, error);
}

GPtrArray *
bv_incoming_claims_restore (BvEnvironment *environment, GPtrArray *rows, GError **error)
{
  return read_claims (environment, rows, TRUE, error);
}

/* Into the row: the status of the claim here, and what only a move needs to know of it. */
static void
write_row (BvIncomingClaim *self)
{
  BvPoolVolume wanted = { self->import->pool, self->import->name, (char *)"" };
  const BvClaimStatus status = { .phase = (char *)"Bound",
                                 .reason = (char *)"",
                                 .message = (char *)"",
                                 .volume = self->volume != NULL ? self->volume : &wanted };
  g_autofree char *text = bv_claim_status_to_json (&status);
  g_autoptr (JsonNode) root = bv_json_parse_object (text, NULL);
  JsonObject *object = json_node_get_object (root);

  json_object_set_boolean_member (object, "made", self->made);
  json_object_set_boolean_member (object, "copied", self->copied);
  if (self->identity != NULL)
    json_object_set_string_member (object, "identity", self->identity);
  g_free (self->row->status);
  self->row->status = json_to_string (root, FALSE);
}

/* In worker threads. */

static BvPoolRequest
make_request (const BvIncomingClaim *self)
{
  const BvDataImport *import = self->import;

  return (BvPoolRequest){ .pool = import->pool,
                          .own_pool = import->own_pool,
                          .own_folder = import->own_folder,
                          .partition_folder = import->partition_folder,
                          .name = import->name,
                          .size = import->size,
                          .must_be_block = import->must_be_block,
                          .refresh = TRUE };
}

static gpointer
look (virConnectPtr handle, gpointer data, GCancellable *cancellable, GError **error)
{
  return bv_pool_volume_find (handle, data, error);
}

static gpointer
create (virConnectPtr handle, gpointer data, GCancellable *cancellable, GError **error)
{
  return bv_pool_volume_create (handle, data, error);
}

static gpointer
grow (virConnectPtr handle, gpointer data, GCancellable *cancellable, GError **error)
{
  return bv_pool_volume_grow (handle, data, error);
}

/* The result is something that is not NULL. */
static gpointer
take_down (virConnectPtr handle, gpointer data, GCancellable *cancellable, GError **error)
{
  return bv_pool_volume_delete (handle, data, error) ? data : NULL;
}

static gpointer
call (BvIncomingClaim *self, BvLibvirtFunc func, GCancellable *cancellable, GError **error)
{
  BvPoolRequest request = make_request (self);

  return bv_libvirt_caller_call (&self->import->libvirt, func, &request, cancellable, error);
}

static gboolean
is_same_storage (const BvIncomingClaim *self, const BvPoolVolume *volume)
{
  g_autofree char *identity = bv_storage_identity (volume->path, NULL);

  return identity != NULL && g_strcmp0 (identity, self->identity) == 0;
}

static gboolean
find_volume (BvIncomingClaim *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) local = NULL;
  BvPoolVolume *volume = call (self, look, cancellable, &local);

  if (volume == NULL && !g_error_matches (local, BV_ERROR, BV_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  self->volume = volume;
  self->copied = volume == NULL || !is_same_storage (self, volume);
  self->made = volume == NULL;
  if (!self->copied || self->made || self->known)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT,
               _ ("The storage pool %s there has a volume %s already, which is not that of the "
                  "guest's host. Remove it there, if nobody needs what is in it."),
               volume->pool, volume->name);
  return FALSE;
}

/* A copy that stayed here may be smaller than what the claim has become. */
static gboolean
make_volume (BvIncomingClaim *self, GCancellable *cancellable, GError **error)
{
  BvPoolVolume *volume;

  if (!self->copied || (self->volume != NULL && self->volume->capacity >= self->import->size))
    return TRUE;
  volume = call (self, self->made ? create : grow, cancellable, error);
  if (volume == NULL)
    return FALSE;
  g_clear_pointer (&self->volume, bv_pool_volume_free);
  self->volume = volume;
  return TRUE;
}

/* Never what the source has: whatever went wrong, that is the guest's. */
static gboolean
unmake_volume (BvIncomingClaim *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (BvPoolVolume) volume = self->made ? call (self, look, cancellable, NULL) : NULL;

  if (!self->made)
    return TRUE;
  if (volume != NULL && is_same_storage (self, volume))
    g_warning ("The volume %s was not made for the guest that did not come; it is left alone.",
               volume->name);
  else if (call (self, take_down, cancellable, error) == NULL)
    return FALSE;
  return TRUE;
}

typedef gboolean (*Step) (BvIncomingClaim *self, GCancellable *cancellable, GError **error);

typedef struct
{
  GPtrArray *claims;
  Step step;
} Work;

static void
work_free (Work *self)
{
  g_ptr_array_unref (self->claims);
  g_free (self);
}

static void
work_in_worker (GTask *task)
{
  const Work *work = g_task_get_task_data (task);
  GError *error = NULL;

  for (guint i = 0; i < work->claims->len; i++)
    {
      BvIncomingClaim *claim = g_ptr_array_index (work->claims, i);

      if (!work->step (claim, g_task_get_cancellable (task), &error))
        {
          g_prefix_error (&error, _ ("The claim %s/%s cannot come: "), claim->row->namespace,
                          claim->row->name);
          g_task_return_error (task, error);
          return;
        }
      write_row (claim);
    }
  g_task_return_boolean (task, TRUE);
}

static void
begin (BvEnvironment *environment, GPtrArray *claims, Step step, GTask *task)
{
  Work *work = g_new0 (Work, 1);

  work->claims = g_ptr_array_ref (claims);
  work->step = step;
  g_task_set_task_data (task, work, (GDestroyNotify)work_free);
  bv_worker_push_task (environment->workers, work_in_worker, task);
}

void
bv_incoming_claims_find_async (BvEnvironment *environment, GPtrArray *claims,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, bv_incoming_claims_find_async);
  begin (environment, claims, find_volume, task);
}

void
bv_incoming_claims_make_async (BvEnvironment *environment, GPtrArray *claims,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, bv_incoming_claims_make_async);
  begin (environment, claims, make_volume, task);
}

void
bv_incoming_claims_unmake_async (BvEnvironment *environment, GPtrArray *claims,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);

  g_task_set_source_tag (task, bv_incoming_claims_unmake_async);
  begin (environment, claims, unmake_volume, task);
}

gboolean
bv_incoming_claims_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
bv_incoming_claims_add_to_work (BvEnvironment *environment, GPtrArray *claims, BvVmiWork *work)
{
  for (guint i = 0; i < claims->len; i++)
    {
      const BvIncomingClaim *claim = g_ptr_array_index (claims, i);
      g_autoptr (BvEntry) entry = bv_entry_new_from_row (claim->row, NULL);
      g_autoptr (BvClaimRuntime) runtime =
          bv_claim_runtime_new (environment, entry, claim->row->status, NULL);

      bv_vmi_work_add_claim (work, claim->row->name,
                             bv_claim_users_describe (environment->registry, runtime));
    }
}

GStrv
bv_incoming_claims_list_copied (GPtrArray *claims)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

  for (guint i = 0; i < claims->len; i++)
    {
      const BvIncomingClaim *claim = g_ptr_array_index (claims, i);

      if (claim->copied)
        g_strv_builder_add (names, claim->row->name);
    }
  return g_strv_builder_end (names);
}
