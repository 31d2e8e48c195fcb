/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libvirt/libvirt.h>

#include "host/bv-migration-options.h"

G_BEGIN_DECLS

/* What virDomainMigrateToURI3() is told. Pure. All texts may be NULL but dest_xml and dest_name. */
typedef struct
{
  const BvMigrationConfig *config;
  gulong libvirt_version; /* the older one of the two hosts */
  gulong qemu_version;    /* likewise */
  const char *dest_name;
  const char *dest_xml;
  const char *migrate_uri;         /* “tcp://HOST”: where QEMU connects to */
  const char *listen_address;      /* of the target */
  const char *tls_destination;     /* the name in its certificate, where it is another */
  const char *const *copied_disks; /* their targets */
  gboolean tls;
  gboolean post_copy; /* it is to be switched to post-copy at once */
} BvMigrationRequest;

/* The flags that follow from it; those that say what kind of migration it is are the caller's. */
guint bv_migration_request_get_flags (const BvMigrationRequest *self);

/* Whether these libvirts and QEMUs can do what was asked for. */
gboolean bv_migration_request_check (const BvMigrationRequest *self, GError **error);

/* To be freed with virTypedParamsFree(). */
virTypedParameterPtr bv_migration_request_make_params (const BvMigrationRequest *self,
                                                       int *n_params);

G_END_DECLS
