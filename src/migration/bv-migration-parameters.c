/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "migration/bv-migration-parameters.h"

#include <glib/gi18n-lib.h>

#include "model/bv-error.h"

#define MEBIBYTE (G_GUINT64_CONSTANT (1) << 20)

#define POST_COPY_THREADS_QEMU 10001000 /* the first with post-copy by several connections */
/* Where one of several connections breaks, an older QEMU takes the migration for over before it is:
 * at the end of one the guest goes on without its disks, and QEMU aborts; before that, what sends
 * may wait for ever, and no later migration begins. */
#define ROBUST_THREADS_QEMU 10000000

#define ZSTD_LIBVIRT 9004000 /* the first with zstd */

/* Since libvirt 10.9, whose header this machine may not have. */
#define DETECT_ZEROES "migrate_disks_detect_zeroes"
#define DETECT_ZEROES_LIBVIRT 10009000

typedef struct
{
  virTypedParameterPtr params;
  int n_params;
  int room;
} Params;

static gboolean
is_compressed (const BvMigrationRequest *self)
{
  return g_strcmp0 (self->config->compression, "zstd") == 0;
}

/* Older QEMUs send by one connection where post-copy is allowed, or nobody asked for more. */
static gboolean
is_parallel (const BvMigrationRequest *self)
{
  return self->config->parallel_migration_threads > 0 &&
         (self->config->threads_chosen || self->qemu_version >= ROBUST_THREADS_QEMU) &&
         (!self->post_copy || self->qemu_version >= POST_COPY_THREADS_QEMU);
}

guint
bv_migration_request_get_flags (const BvMigrationRequest *self)
{
  const BvMigrationConfig *config = self->config;
  const struct
  {
    gboolean wanted;
    guint flag;
  } flags[] = {
    { self->copied_disks != NULL, VIR_MIGRATE_NON_SHARED_INC },
    { config->unsafe_migration_override, VIR_MIGRATE_UNSAFE },
    { config->allow_auto_converge, VIR_MIGRATE_AUTO_CONVERGE },
    { self->post_copy, VIR_MIGRATE_POSTCOPY },
    { is_parallel (self), VIR_MIGRATE_PARALLEL },
    { is_compressed (self), VIR_MIGRATE_COMPRESSED },
    { self->tls, VIR_MIGRATE_TLS },
  };
  guint all = 0;

  for (guint i = 0; i < G_N_ELEMENTS (flags); i++)
    if (flags[i].wanted)
      all |= flags[i].flag;
  return all;
}

gboolean
bv_migration_request_check (const BvMigrationRequest *self, GError **error)
{
  if (!is_compressed (self))
    return TRUE;
  if (self->libvirt_version < ZSTD_LIBVIRT)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED,
                   _ ("%s cannot travel compressed by zstd: both hosts need libvirt 9.4 for that. "
                      "Set compression=none for its migration."),
                   self->dest_name);
      return FALSE;
    }
  if (!is_parallel (self))
    {
      g_set_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED,
                   _ ("%s cannot travel compressed by zstd: that needs several connections, and it "
                      "has one. Set compression=none for its migration, or "
                      "parallelMigrationThreads."),
                   self->dest_name);
      return FALSE;
    }
  return TRUE;
}

static void
add_text (Params *self, const char *name, const char *value)
{
  if (value != NULL)
    virTypedParamsAddString (&self->params, &self->n_params, &self->room, name, value);
}

static void
add_disks (Params *self, const BvMigrationRequest *request)
{
  for (guint i = 0; request->copied_disks != NULL && request->copied_disks[i] != NULL; i++)
    {
      add_text (self, VIR_MIGRATE_PARAM_MIGRATE_DISKS, request->copied_disks[i]);
      if (request->libvirt_version >= DETECT_ZEROES_LIBVIRT)
        add_text (self, DETECT_ZEROES, request->copied_disks[i]);
    }
}

/* libvirt counts in MiB, and takes 0 as no limit. */
static void
add_bandwidth (Params *self, const char *name, guint64 bytes)
{
  if (bytes > 0)
    virTypedParamsAddULLong (&self->params, &self->n_params, &self->room, name,
                             MAX (bytes / MEBIBYTE, 1));
}

/* What is to be switched to post-copy is sent so slowly before that it cannot be complete. */
static void
add_bandwidths (Params *self, const BvMigrationRequest *request)
{
  guint64 bytes = request->config->bandwidth_per_migration;

  add_bandwidth (self, VIR_MIGRATE_PARAM_BANDWIDTH, request->post_copy ? 1 : bytes);
  if (request->post_copy)
    add_bandwidth (self, VIR_MIGRATE_PARAM_BANDWIDTH_POSTCOPY, bytes);
}

virTypedParameterPtr
bv_migration_request_make_params (const BvMigrationRequest *self, int *n_params)
{
  Params params = { NULL };

  add_text (&params, VIR_MIGRATE_PARAM_DEST_NAME, self->dest_name);
  add_text (&params, VIR_MIGRATE_PARAM_DEST_XML, self->dest_xml);
  add_text (&params, VIR_MIGRATE_PARAM_PERSIST_XML, self->dest_xml);
  add_text (&params, VIR_MIGRATE_PARAM_URI, self->migrate_uri);
  add_text (&params, VIR_MIGRATE_PARAM_LISTEN_ADDRESS, self->listen_address);
  if (self->tls)
    add_text (&params, VIR_MIGRATE_PARAM_TLS_DESTINATION, self->tls_destination);
  if (is_compressed (self))
    add_text (&params, VIR_MIGRATE_PARAM_COMPRESSION, self->config->compression);
  if (is_parallel (self))
    virTypedParamsAddInt (&params.params, &params.n_params, &params.room,
                          VIR_MIGRATE_PARAM_PARALLEL_CONNECTIONS,
                          (int)self->config->parallel_migration_threads);
  add_bandwidths (&params, self);
  add_disks (&params, self);
  *n_params = params.n_params;
  return params.params;
}
