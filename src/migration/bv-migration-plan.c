/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "migration/bv-migration-plan.h"

#include <glib/gi18n-lib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "migration/bv-migration-disks.h"
#include "migration/bv-outgoing-claims.h"
#include "migration/bv-storage-identity.h"
#include "model/bv-error.h"
#include "model/bv-vmi-private.h"
#include "runtime/connection/bv-worker.h"

#define BLOCK_BYTES 512

typedef struct
{
  char *xml;
  char *source;
  gboolean tls;
  gulong libvirt_version;
  gulong hypervisor_version;
} Answer;

static void
answer_free (Answer *self)
{
  g_free (self->xml);
  g_free (self->source);
  g_free (self);
}

typedef struct
{
  BvVmi *vmi;
  BvMigrationOrder *order;
  char *live;
  GVariant *answer;
} Plan;

static void
plan_free (Plan *self)
{
  g_object_unref (self->vmi);
  g_clear_pointer (&self->order, bv_migration_order_free);
  g_free (self->live);
  g_variant_unref (self->answer);
  g_free (self);
}

static gboolean
check_certificates (BvMigrationSide side, const char *host, GError **error)
{
  g_autofree char *own = g_build_filename (g_get_user_config_dir (), "libvirt", "qemu.conf", NULL);
  g_autofree char *folder =
      bv_migration_tls_get_folder (geteuid () == 0 ? "/etc/libvirt/qemu.conf" : own);

  return bv_migration_tls_check (folder, side, host, error);
}

/* Volume -> identity. What cannot be told is left out: such a disk is copied. */
static GHashTable *
identify (GPtrArray *disks)
{
  GHashTable *found = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  for (guint i = 0; i < disks->len; i++)
    {
      const BvMigrationDisk *disk = g_ptr_array_index (disks, i);
      char *identity = disk->path != NULL && disk->volume != NULL
                           ? bv_storage_identity (disk->path, NULL)
                           : NULL;

      if (identity != NULL)
        g_hash_table_insert (found, g_strdup (disk->volume), identity);
    }
  return found;
}

static GVariant *
identities_to_variant (GHashTable *identities)
{
  GVariantBuilder dict;
  GHashTableIter iter;
  gpointer volume, identity;

  g_variant_builder_init (&dict, G_VARIANT_TYPE ("a{ss}"));
  g_hash_table_iter_init (&iter, identities);
  while (g_hash_table_iter_next (&iter, &volume, &identity))
    g_variant_builder_add (&dict, "{ss}", volume, identity);
  return g_variant_builder_end (&dict);
}

/* QEMU is not root, and where the kernel lets nobody else handle the faults of their memory, it
 * cannot run a guest whose memory is not there. */
static gboolean
can_post_copy (void)
{
  g_autofree char *text = NULL;

  return g_file_get_contents ("/proc/sys/vm/unprivileged_userfaultfd", &text, NULL, NULL) &&
         text[0] == '1';
}

static void
answer_in_worker (GTask *task)
{
  const Answer *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GPtrArray) disks = bv_migration_domain_list_disks (self->xml, &error);
  g_autoptr (GHashTable) identities = NULL;
  GVariantDict dict;

  if (disks == NULL ||
      (self->tls && !check_certificates (BV_MIGRATION_TARGET, self->source, &error)))
    {
      g_task_return_error (task, error);
      return;
    }
  identities = identify (disks);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "domain", "s", self->xml);
  g_variant_dict_insert_value (&dict, "identities", identities_to_variant (identities));
  g_variant_dict_insert (&dict, "libvirt-version", "t", (guint64)self->libvirt_version);
  g_variant_dict_insert (&dict, "hypervisor-version", "t", (guint64)self->hypervisor_version);
  g_variant_dict_insert (&dict, "post-copy", "b", can_post_copy ());
  g_task_return_pointer (task, g_variant_ref_sink (g_variant_dict_end (&dict)),
                         (GDestroyNotify)g_variant_unref);
}

void
bv_migration_answer_async (BvEnvironment *environment, const char *xml, gboolean tls,
                           const char *source, GAsyncReadyCallback callback, gpointer user_data)
{
  const BvHostFacts *host = bv_host_get_facts (environment->host);
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  Answer *self = g_new0 (Answer, 1);

  self->xml = g_strdup (xml);
  self->source = g_strdup (source);
  self->tls = tls;
  self->libvirt_version = host->libvirt_version;
  self->hypervisor_version = host->hypervisor_version;
  g_task_set_source_tag (task, bv_migration_answer_async);
  g_task_set_task_data (task, self, (GDestroyNotify)answer_free);
  bv_worker_push_task (environment->workers, answer_in_worker, task);
}

GVariant *
bv_migration_answer_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static GHashTable *
read_identities (GVariant *answer)
{
  GHashTable *found = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GVariant) list =
      g_variant_lookup_value (answer, "identities", G_VARIANT_TYPE ("a{ss}"));
  GVariantIter iter;
  char *volume, *identity;

  if (list == NULL)
    return found;
  g_variant_iter_init (&iter, list);
  while (g_variant_iter_next (&iter, "{ss}", &volume, &identity))
    g_hash_table_insert (found, volume, identity);
  return found;
}

/* What of it is used: that is what travels. */
static guint64
get_used_bytes (const char *path)
{
  struct stat info;

  return path != NULL && stat (path, &info) == 0 ? (guint64)info.st_blocks * BLOCK_BYTES : 0;
}

static void
count_copied (Plan *self, GPtrArray *disks)
{
  const char *const *copied = (const char *const *)self->order->copied_disks;

  for (guint i = 0; copied != NULL && i < disks->len; i++)
    {
      const BvMigrationDisk *disk = g_ptr_array_index (disks, i);

      if (g_strv_contains (copied, disk->target))
        self->order->copied_bytes += get_used_bytes (disk->path);
    }
}

static void
take_versions (Plan *self)
{
  guint64 libvirt = 0, hypervisor = 0;

  g_variant_lookup (self->answer, "libvirt-version", "t", &libvirt);
  g_variant_lookup (self->answer, "hypervisor-version", "t", &hypervisor);
  self->order->libvirt_version = MIN (self->order->libvirt_version, (gulong)libvirt);
  self->order->hypervisor_version = MIN (self->order->hypervisor_version, (gulong)hypervisor);
}

static gboolean
check_claims (Plan *self, GPtrArray *disks, GError **error)
{
  g_autofree const char **copied = NULL;

  return !g_variant_lookup (self->answer, "copied-claims", "^a&s", &copied) ||
         bv_outgoing_claims_check_copied (bv_vmi_get_record (self->vmi)->spec, copied, disks,
                                          (const char *const *)self->order->copied_disks, error);
}

static gboolean
complete (Plan *self, GError **error)
{
  BvMigrationOrder *order = self->order;
  g_autoptr (GPtrArray) disks = bv_migration_domain_list_disks (self->live, error);
  g_autoptr (GHashTable) here = NULL;
  g_autoptr (GHashTable) there = NULL;
  const char *domain = NULL;

  if (disks == NULL)
    return FALSE;
  if (!g_variant_lookup (self->answer, "domain", "&s", &domain))
    {
      g_set_error (error, BV_ERROR, BV_ERROR_FAILED,
                   _ ("The host %s does not say what the guest's domain is there."), order->host);
      return FALSE;
    }
  here = identify (disks);
  there = read_identities (self->answer);
  order->copied_disks = bv_migration_disks_choose (bv_vmi_get_record (self->vmi)->spec, disks,
                                                   &(BvMigrationStorage){ here, there });
  if (!check_claims (self, disks, error))
    return FALSE;
  count_copied (self, disks);
  take_versions (self);
  order->xml = bv_migration_domain_rewrite (self->live, domain, error);
  return order->xml != NULL && bv_migration_order_check (order, error) &&
         (!order->tls || check_certificates (BV_MIGRATION_SOURCE, order->host, error));
}

static void
plan_in_worker (GTask *task)
{
  Plan *self = g_task_get_task_data (task);
  GError *error = NULL;

  if (complete (self, &error))
    g_task_return_pointer (task, g_steal_pointer (&self->order),
                           (GDestroyNotify)bv_migration_order_free);
  else
    g_task_return_error (task, error);
}

void
bv_migration_plan_async (BvEnvironment *environment, BvVmi *vmi, BvMigrationOrder *order,
                         const char *live, GVariant *answer, GAsyncReadyCallback callback,
                         gpointer user_data)
{
  const BvHostFacts *host = bv_host_get_facts (environment->host);
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  Plan *self = g_new0 (Plan, 1);

  self->vmi = g_object_ref (vmi);
  self->order = order;
  self->live = g_strdup (live);
  self->answer = g_variant_ref (answer);
  order->libvirt_version = host->libvirt_version;
  order->hypervisor_version = host->hypervisor_version;
  g_task_set_source_tag (task, bv_migration_plan_async);
  g_task_set_task_data (task, self, (GDestroyNotify)plan_free);
  bv_worker_push_task (environment->workers, plan_in_worker, task);
}

BvMigrationOrder *
bv_migration_plan_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
