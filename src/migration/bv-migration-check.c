/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "migration/bv-migration-private.h"

#include <glib/gi18n-lib.h>

#include "migration/bv-outgoing-claims.h"
#include "migration/bv-reception.h"
#include "model/bv-error.h"
#include "runtime/vmi/bv-vmi-migratable.h"

/* Whether a migration may begin, when, and to where. */

#define GROUP "migration"
#define HOST_LABEL "kubernetes.io/hostname"

/* One that failed moves nothing any more, however long the other host is not there to be told. */
static gboolean
is_under_way (const BvMigrationRecord *record)
{
  return record->stage > BV_MIGRATION_NEW && record->stage < BV_MIGRATION_DONE;
}

/* Of the guests that move now, all of this host, and those away from it. */
static gboolean
has_room (BvMigration *self)
{
  g_autoptr (GPtrArray) entries = bv_registry_list (bv_controller_get_registry (self->controller));
  const BvConfig *config = self->environment->config;
  gint64 all = 0, outbound = 0;

  for (guint i = 0; i < entries->len; i++)
    {
      gpointer runtime = bv_entry_get_runtime (g_ptr_array_index (entries, i));

      if (BV_IS_MIGRATION (runtime) && is_under_way (bv_migration_get_record (runtime)))
        outbound++;
      else if (BV_IS_RECEPTION (runtime) && is_under_way (bv_reception_get_record (runtime)))
        all++;
    }
  all += outbound;
  return outbound < bv_config_get_integer (config, GROUP, "parallelOutboundMigrationsPerNode") &&
         all < bv_config_get_integer (config, GROUP, "parallelMigrationsPerCluster");
}

/* It stays Pending: for others, or until its guest is what the target is to be told of it. */
gboolean
bv_migration_must_wait (BvMigration *self)
{
  BvVmiRuntime *vmi = bv_migration_get_vmi (self);

  if (has_room (self))
    return vmi != NULL && bv_vmi_runtime_is_updating_live (vmi);
  if (!self->told_to_wait)
    bv_migration_tell (self, "Normal", "Pending",
                       _ ("It waits until other guests have moved: parallelMigrationsPerCluster or "
                          "parallelOutboundMigrationsPerNode of [migration] allows no more."));
  self->told_to_wait = TRUE;
  return TRUE;
}

/* One that failed has left the guest here for good; only where it was to go that is to be heard
 * before anything else is. */
static gboolean
is_in_the_way (const BvMigrationRecord *record, const char *vmi_uid, const BvRemoteHost *host)
{
  return !bv_migration_record_is_over (record) && g_strcmp0 (record->vmi_uid, vmi_uid) == 0 &&
         (record->stage != BV_MIGRATION_FAILED || g_strcmp0 (record->target, host->name) == 0);
}

static char *
describe (const BvMigrationRecord *record, const char *vmi, const char *migration)
{
  if (record->stage != BV_MIGRATION_FAILED)
    return g_strdup_printf (_ ("%s is moving already, by the VirtualMachineInstanceMigration %s."),
                            vmi, migration);
  return g_strdup_printf (
      _ ("The host %s has not heard yet that the VirtualMachineInstanceMigration %s of %s failed. "
         "It is told again until it answers; meanwhile the guest can move to another host."),
      record->target, migration, vmi);
}

static gboolean
check_alone (BvController *controller, BvEntry *vmi, const BvRemoteHost *host, GError **error)
{
  g_autoptr (GPtrArray) entries = bv_registry_list (bv_controller_get_registry (controller));
  BvObject *object = bv_entry_get_object (vmi);

  for (guint i = 0; i < entries->len; i++)
    {
      BvEntry *entry = g_ptr_array_index (entries, i);
      gpointer runtime = bv_entry_get_runtime (entry);
      const BvMigrationRecord *record =
          BV_IS_MIGRATION (runtime) ? bv_migration_get_record (runtime) : NULL;
      g_autofree char *text = NULL;

      if (record == NULL || !is_in_the_way (record, bv_object_get_uid (object), host))
        continue;
      text = describe (record, bv_object_get_name (object),
                       bv_object_get_name (bv_entry_get_object (entry)));
      g_set_error_literal (error, BV_ERROR, BV_ERROR_BUSY, text);
      return FALSE;
    }
  return TRUE;
}

static const BvRemoteHost *
find_host (const BvConfig *config, const char *name, GError **error)
{
  GPtrArray *hosts = bv_config_get_hosts (config);
  const BvRemoteHost *host = NULL;

  if (name != NULL)
    host = bv_config_find_host (config, name);
  else if (hosts->len == 1)
    host = g_ptr_array_index (hosts, 0);
  if (host == NULL && name != NULL)
    g_set_error (error, BV_ERROR, BV_ERROR_NOT_FOUND,
                 _ ("barevirt.conf knows no host %s; add a section [host %s] with its address."),
                 name, name);
  else if (host == NULL)
    g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                 hosts->len == 0
                     ? _ ("barevirt.conf knows no other host; add a section [host NAME] with its "
                          "address.")
                     : _ ("Say which of the hosts in barevirt.conf the guest is to move to."));
  return host;
}

static gboolean
check_host (const BvRemoteHost *host, GError **error)
{
  if (host->address == NULL || host->libvirt_uri == NULL)
    g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                 _ ("[host %s] in barevirt.conf has no %s."), host->name,
                 host->address == NULL ? "address" : "libvirt-uri");
  else
    return TRUE;
  return FALSE;
}

const BvRemoteHost *
bv_migration_check (BvController *controller, BvEntry *vmi, const char *name, GError **error)
{
  BvEnvironment *environment = bv_controller_get_environment (controller);
  BvVmiRuntime *runtime = bv_entry_get_runtime (vmi);
  g_autofree char *what = bv_entry_describe (vmi);
  g_autoptr (BvMigratable) migratable = NULL;
  const BvRemoteHost *host;

  if (!bv_vmi_runtime_check_running (runtime, error))
    return NULL;
  if (bv_vmi_runtime_get_status (runtime)->stopping)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT, _ ("%s is stopping."), what);
      return NULL;
    }
  migratable = bv_vmi_runtime_judge_migration (runtime);
  if (!bv_migratable_check (migratable, what, error) ||
      !bv_outgoing_claims_check (bv_controller_get_registry (controller), vmi, error))
    return NULL;
  host = find_host (environment->config, name, error);
  if (host == NULL || !check_host (host, error) || !check_alone (controller, vmi, host, error))
    return NULL;
  return host;
}

static char *
read_wanted_host (BvMigration *self)
{
  g_autoptr (GVariant) selector =
      bv_object_get_field (bv_entry_get_object (self->entry), "spec.addedNodeSelector");
  const char *name = NULL;

  if (selector == NULL || !g_variant_lookup (selector, HOST_LABEL, "&s", &name))
    return NULL;
  return g_strdup (name);
}

gboolean
bv_migration_take_plan (BvMigration *self, GError **error)
{
  g_autofree char *wanted = read_wanted_host (self);
  BvVmiRuntime *vmi = bv_migration_get_vmi (self);
  const BvRemoteHost *host;

  if (vmi == NULL)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_NOT_FOUND,
                   _ ("There is no VirtualMachineInstance %s that could move."),
                   self->record->vmi_name);
      return FALSE;
    }
  host = bv_migration_check (self->controller, self->vmi, wanted, error);
  if (host == NULL)
    return FALSE;
  self->record->vmi_uid = g_strdup (bv_object_get_uid (bv_entry_get_object (self->vmi)));
  self->record->target = g_strdup (host->name);
  self->record->source = g_strdup (bv_host_get_facts (self->environment->host)->host_name);
  self->record->started = g_get_real_time ();
  return bv_migration_take_config (self, error) && bv_migration_ensure_remote (self, error);
}
