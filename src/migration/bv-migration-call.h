/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "migration/bv-migration-config.h"
#include "migration/bv-migration-monitor.h"
#include "runtime/connection/bv-connection.h"
#include "runtime/domain/bv-domain-state.h"

G_BEGIN_DECLS

/* What a migration asks of libvirt. */

typedef struct
{
  char *domain;      /* its name */
  char *host;        /* the target, as barevirt.conf calls it */
  char *uri;         /* where this host's libvirt finds the other's */
  char *migrate_uri; /* where QEMU finds the other's, or NULL: libvirt chooses */
  char *xml;         /* of the domain there */
  GStrv copied_disks;
  guint64 copied_bytes;
  gboolean tls;
  gboolean post_copy;     /* it does not arrive paused, and is to be switched at once */
  gboolean resume;        /* a post-copy that broke goes on */
  char *tls_destination;  /* the name in the target's certificate, or NULL: that of the URI */
  gulong libvirt_version; /* the older one of the two hosts */
  gulong hypervisor_version;
  BvMigrationConfig *config;
} BvMigrationOrder;

BvMigrationOrder *bv_migration_order_new (const char *domain, const char *host, const char *uri,
                                          const BvMigrationConfig *config);
BvMigrationOrder *bv_migration_order_copy (const BvMigrationOrder *self);
void bv_migration_order_free (BvMigrationOrder *self);
/* Whether both hosts can do what is asked for. */
gboolean bv_migration_order_check (const BvMigrationOrder *self, GError **error);

/* The domain's XML, as another host may get it. */
void bv_migration_call_read_xml_async (BvConnection *connection, const char *domain,
                                       GAsyncReadyCallback callback, gpointer user_data);
char *bv_migration_call_read_xml_finish (BvConnection *connection, GAsyncResult *result,
                                         GError **error);

/* What is seen of a domain that moves. */
typedef struct
{
  gboolean exists;
  BvDomainState state;
  BvDomainReason reason;
  gboolean has_job;      /* libvirt is about to move it */
  gboolean lacks_memory; /* it runs by post-copy, and not all of it is here */
  guint64 elapsed;       /* of the job: milliseconds */
  guint64 total;         /* bytes */
  guint64 processed;
  guint64 remaining;
  guint64 dirty_rate; /* bytes in a second */
  guint64 bandwidth;  /* likewise */
  guint64 downtime;   /* milliseconds, as libvirt expects or measured it */
  guint64 iterations;
  BvMigrationSample sample; /* the same, for the monitor */
} BvMigrationSight;

/* Moves the guest, and leaves it paused there unless it goes on by post-copy. Ends when libvirt
 * says that it is over, either way; what became of the guest is to be looked at. Takes ORDER. What
 * was counted in all is returned. */
void bv_migration_call_move_async (BvConnection *connection, BvMigrationOrder *order,
                                   GAsyncReadyCallback callback, gpointer user_data);
BvMigrationSight *bv_migration_call_move_finish (BvConnection *connection, GAsyncResult *result,
                                                 GError **error);

void bv_migration_call_look_async (BvConnection *connection, const char *domain,
                                   GAsyncReadyCallback callback, gpointer user_data);
BvMigrationSight *bv_migration_call_look_finish (BvConnection *connection, GAsyncResult *result,
                                                 GError **error);

void bv_migration_call_abort_async (BvConnection *connection, const char *domain,
                                    GAsyncReadyCallback callback, gpointer user_data);

/* Does what the monitor decided, but for an abort. */
void bv_migration_call_help_async (BvConnection *connection, const char *domain,
                                   BvMigrationAction action, guint64 downtime_ms,
                                   GAsyncReadyCallback callback, gpointer user_data);

gboolean bv_migration_call_finish (BvConnection *connection, GAsyncResult *result, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvMigrationOrder, bv_migration_order_free)

G_END_DECLS
