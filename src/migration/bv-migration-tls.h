/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The certificates with which QEMU encrypts what travels. */

typedef enum
{
  BV_MIGRATION_SOURCE, /* which asks for the connection */
  BV_MIGRATION_TARGET, /* which proves that it is the right host */
} BvMigrationSide;

/* The folder that libvirt's settings QEMU_CONF name, or its default. */
char *bv_migration_tls_get_folder (const char *qemu_conf);

/* Whether all that SIDE needs is in FOLDER. HOST is the other host, which the error names. */
gboolean bv_migration_tls_check (const char *folder, BvMigrationSide side, const char *host,
                                 GError **error);

G_END_DECLS
