/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "migration/bv-migration-call.h"

#include <glib/gi18n-lib.h>
#include <libvirt/virterror.h>

#include "model/bv-error.h"
#include "host/bv-libvirt-autocleanups.h"
#include "host/bv-libvirt-error.h"
#include "migration/bv-migration-parameters.h"

#define DONE GINT_TO_POINTER (TRUE)

#define FLAGS (VIR_MIGRATE_LIVE | VIR_MIGRATE_PEER2PEER | VIR_MIGRATE_PERSIST_DEST)

BvMigrationOrder *
bv_migration_order_new (const char *domain, const char *host, const char *uri,
                        const BvMigrationConfig *config)
{
  BvMigrationOrder *self = g_new0 (BvMigrationOrder, 1);

  self->domain = g_strdup (domain);
  self->host = g_strdup (host);
  self->uri = g_strdup (uri);
  self->config = bv_migration_config_copy (config);
  return self;
}

BvMigrationOrder *
bv_migration_order_copy (const BvMigrationOrder *self)
{
  BvMigrationOrder *copy = g_memdup2 (self, sizeof *self);

  copy->domain = g_strdup (self->domain);
  copy->host = g_strdup (self->host);
  copy->uri = g_strdup (self->uri);
  copy->migrate_uri = g_strdup (self->migrate_uri);
  copy->xml = g_strdup (self->xml);
  copy->copied_disks = g_strdupv (self->copied_disks);
  copy->tls_destination = g_strdup (self->tls_destination);
  copy->config = bv_migration_config_copy (self->config);
  return copy;
}

void
bv_migration_order_free (BvMigrationOrder *self)
{
  g_free (self->domain);
  g_free (self->host);
  g_free (self->uri);
  g_free (self->migrate_uri);
  g_free (self->xml);
  g_strfreev (self->copied_disks);
  g_free (self->tls_destination);
  bv_migration_config_free (self->config);
  g_free (self);
}

static BvMigrationRequest
make_request (const BvMigrationOrder *self)
{
  return (BvMigrationRequest){
    .config = self->config,
    .libvirt_version = self->libvirt_version,
    .qemu_version = self->hypervisor_version,
    .dest_name = self->domain,
    .dest_xml = self->xml,
    .migrate_uri = self->migrate_uri,
    .tls_destination = self->tls_destination,
    .copied_disks = (const char *const *)self->copied_disks,
    .tls = self->tls,
    .post_copy = self->post_copy,
  };
}

gboolean
bv_migration_order_check (const BvMigrationOrder *self, GError **error)
{
  BvMigrationRequest request = make_request (self);

  return bv_migration_request_check (&request, error);
}

static virDomainPtr
look_up (virConnectPtr handle, const char *name, GError **error)
{
  virDomainPtr domain = virDomainLookupByName (handle, name);

  if (domain == NULL)
    bv_set_error_from_libvirt (error, _ ("The domain %s cannot be found"), name);
  return domain;
}

typedef virTypedParameterPtr Params;

static const struct
{
  const char *name;
  gsize offset;
} counters[] = {
  { VIR_DOMAIN_JOB_TIME_ELAPSED, G_STRUCT_OFFSET (BvMigrationSight, elapsed) },
  { VIR_DOMAIN_JOB_DATA_TOTAL, G_STRUCT_OFFSET (BvMigrationSight, total) },
  { VIR_DOMAIN_JOB_DATA_PROCESSED, G_STRUCT_OFFSET (BvMigrationSight, processed) },
  { VIR_DOMAIN_JOB_DATA_REMAINING, G_STRUCT_OFFSET (BvMigrationSight, remaining) },
  { VIR_DOMAIN_JOB_MEMORY_DIRTY_RATE, G_STRUCT_OFFSET (BvMigrationSight, dirty_rate) },
  { VIR_DOMAIN_JOB_MEMORY_BPS, G_STRUCT_OFFSET (BvMigrationSight, bandwidth) },
  { VIR_DOMAIN_JOB_DOWNTIME, G_STRUCT_OFFSET (BvMigrationSight, downtime) },
  { VIR_DOMAIN_JOB_MEMORY_ITERATION, G_STRUCT_OFFSET (BvMigrationSight, iterations) },
};

static void
read_counters (BvMigrationSight *sight, Params params, int n)
{
  unsigned long long page = 4096;

  for (gsize i = 0; i < G_N_ELEMENTS (counters); i++)
    {
      unsigned long long value = 0;

      if (virTypedParamsGetULLong (params, n, counters[i].name, &value) == 1)
        G_STRUCT_MEMBER (guint64, sight, counters[i].offset) = value;
    }
  virTypedParamsGetULLong (params, n, VIR_DOMAIN_JOB_MEMORY_PAGE_SIZE, &page);
  sight->dirty_rate *= page; /* libvirt counts pages */
}

/* A domain without a job has nothing to tell; that is no fault. */
static void
read_job (virDomainPtr domain, guint flags, BvMigrationSight *sight)
{
  Params params = NULL;
  int type = VIR_DOMAIN_JOB_NONE, n = 0;

  if (virDomainGetJobStats (domain, &type, &params, &n, flags) < 0)
    return;
  bv_migration_sample_read (&sight->sample, type, params, n);
  sight->has_job = type == VIR_DOMAIN_JOB_BOUNDED || type == VIR_DOMAIN_JOB_UNBOUNDED;
  read_counters (sight, params, n);
  virTypedParamsFree (params, n);
}

/* The guest stays paused at the target until this service has given it away: libvirt alone can end
 * with two that run. With post-copy it cannot, for nothing lets the guest go on here then. */
static guint
get_flags (const BvMigrationOrder *order, const BvMigrationRequest *request)
{
  guint flags = FLAGS | bv_migration_request_get_flags (request);

  if (order->resume)
    return flags | VIR_MIGRATE_POSTCOPY_RESUME;
  return order->post_copy ? flags : flags | VIR_MIGRATE_PAUSED;
}

static gpointer
move (virConnectPtr handle, gpointer data, GCancellable *cancellable, GError **error)
{
  const BvMigrationOrder *order = data;
  BvMigrationRequest request = make_request (order);
  guint flags = get_flags (order, &request);
  g_autofree BvMigrationSight *sight = g_new0 (BvMigrationSight, 1);
  g_autoptr (virDomain) domain = look_up (handle, order->domain, error);
  Params params;
  int n_params = 0;
  gboolean moved;

  if (domain == NULL)
    return NULL;
  params = bv_migration_request_make_params (&request, &n_params);
  moved = virDomainMigrateToURI3 (domain, order->uri, params, (unsigned)n_params, flags) == 0;
  if (!moved)
    bv_set_error_from_libvirt (error, _ ("The guest of the domain %s was not moved"),
                               order->domain);
  virTypedParamsFree (params, n_params);
  if (!moved)
    return NULL;
  read_job (domain, VIR_DOMAIN_JOB_STATS_COMPLETED, sight);
  return g_steal_pointer (&sight);
}

void
bv_migration_call_move_async (BvConnection *connection, BvMigrationOrder *order,
                              GAsyncReadyCallback callback, gpointer user_data)
{
  bv_connection_call_async (connection, BV_LANE_JOBS, order->domain, move, order,
                            (GDestroyNotify)bv_migration_order_free, g_free, NULL, callback,
                            user_data);
}

BvMigrationSight *
bv_migration_call_move_finish (BvConnection *connection, GAsyncResult *result, GError **error)
{
  return bv_connection_call_finish (connection, result, error);
}

static gpointer
read_xml (virConnectPtr handle, gpointer data, GCancellable *cancellable, GError **error)
{
  const char *name = data;
  g_autoptr (virDomain) domain = look_up (handle, name, error);
  char *text, *copy;

  if (domain == NULL)
    return NULL;
  text = virDomainGetXMLDesc (domain, VIR_DOMAIN_XML_MIGRATABLE | VIR_DOMAIN_XML_SECURE);
  if (text == NULL)
    bv_set_error_from_libvirt (error, _ ("The XML of the domain %s cannot be read"), name);
  copy = g_strdup (text);
  free (text);
  return copy;
}

void
bv_migration_call_read_xml_async (BvConnection *connection, const char *domain,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
  bv_connection_call_async (connection, BV_LANE_CONTROL, domain, read_xml, g_strdup (domain),
                            g_free, g_free, NULL, callback, user_data);
}

char *
bv_migration_call_read_xml_finish (BvConnection *connection, GAsyncResult *result, GError **error)
{
  return bv_connection_call_finish (connection, result, error);
}

static gpointer
look (virConnectPtr handle, gpointer data, GCancellable *cancellable, GError **error)
{
  const char *name = data;
  g_autofree BvMigrationSight *sight = g_new0 (BvMigrationSight, 1);
  g_autoptr (GError) local = NULL;
  g_autoptr (virDomain) domain = look_up (handle, name, &local);
  int state = 0, reason = 0;

  if (g_error_matches (local, BV_ERROR, BV_ERROR_NOT_FOUND))
    return g_steal_pointer (&sight);
  if (domain == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  /* The job first: one that ends between the two leaves the state that it led to. */
  read_job (domain, 0, sight);
  if (virDomainGetState (domain, &state, &reason, 0) < 0)
    {
      bv_set_error_from_libvirt (error, _ ("The state of the domain %s cannot be read"), name);
      return NULL;
    }
  sight->exists = TRUE;
  sight->lacks_memory =
      state == VIR_DOMAIN_RUNNING &&
      (reason == VIR_DOMAIN_RUNNING_POSTCOPY || reason == VIR_DOMAIN_RUNNING_POSTCOPY_FAILED);
  bv_domain_state_from_libvirt (state, reason, &sight->state, &sight->reason);
  sight->sample.paused_by_migration =
      state == VIR_DOMAIN_PAUSED && reason == VIR_DOMAIN_PAUSED_MIGRATION;
  return g_steal_pointer (&sight);
}

/* A call of its own among those on the domain: it must not wait for one that hangs. */
void
bv_migration_call_look_async (BvConnection *connection, const char *domain,
                              GAsyncReadyCallback callback, gpointer user_data)
{
  g_autofree char *key = bv_connection_urgent_key (domain);

  bv_connection_call_async (connection, BV_LANE_CONTROL, key, look, g_strdup (domain), g_free,
                            g_free, NULL, callback, user_data);
}

BvMigrationSight *
bv_migration_call_look_finish (BvConnection *connection, GAsyncResult *result, GError **error)
{
  return bv_connection_call_finish (connection, result, error);
}

static gpointer
abort_job (virConnectPtr handle, gpointer data, GCancellable *cancellable, GError **error)
{
  g_autoptr (virDomain) domain = look_up (handle, data, error);

  if (domain == NULL)
    return NULL;
  if (virDomainAbortJob (domain) == 0)
    return DONE;
  bv_set_error_from_libvirt (error, _ ("The migration of the domain %s cannot be ended"),
                             (const char *)data);
  return NULL;
}

void
bv_migration_call_abort_async (BvConnection *connection, const char *domain,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  g_autofree char *key = bv_connection_urgent_key (domain);

  bv_connection_call_async (connection, BV_LANE_CONTROL, key, abort_job, g_strdup (domain), g_free,
                            NULL, NULL, callback, user_data);
}

typedef struct
{
  char *domain;
  BvMigrationAction action;
  guint64 downtime_ms;
} Help;

static void
help_free (Help *self)
{
  g_free (self->domain);
  g_free (self);
}

static gpointer
help (virConnectPtr handle, gpointer data, GCancellable *cancellable, GError **error)
{
  const Help *self = data;
  g_autoptr (virDomain) domain = look_up (handle, self->domain, error);
  int done = -1;

  if (domain == NULL)
    return NULL;
  if (self->action == BV_MIGRATION_START_POST_COPY)
    done = virDomainMigrateStartPostCopy (domain, 0);
  else if (self->action == BV_MIGRATION_SUSPEND)
    done = virDomainSuspend (domain);
  else
    done = virDomainMigrateSetMaxDowntime (domain, self->downtime_ms, 0);
  if (done == 0)
    return DONE;
  bv_set_error_from_libvirt (error, _ ("The migration of the domain %s cannot be helped"),
                             self->domain);
  return NULL;
}

void
bv_migration_call_help_async (BvConnection *connection, const char *domain,
                              BvMigrationAction action, guint64 downtime_ms,
                              GAsyncReadyCallback callback, gpointer user_data)
{
  g_autofree char *key = bv_connection_urgent_key (domain);
  Help *self = g_new0 (Help, 1);

  self->domain = g_strdup (domain);
  self->action = action;
  self->downtime_ms = downtime_ms;
  bv_connection_call_async (connection, BV_LANE_CONTROL, key, help, self, (GDestroyNotify)help_free,
                            NULL, NULL, callback, user_data);
}

/* Of an abort, of help, and of setting the clock. */
gboolean
bv_migration_call_finish (BvConnection *connection, GAsyncResult *result, GError **error)
{
  return bv_connection_call_finish (connection, result, error) != NULL;
}
