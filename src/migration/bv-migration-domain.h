/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The domain of a guest that moves. Pure. */

/* A disk of a running domain. */
typedef struct
{
  char *target; /* “vda” */
  char *volume; /* the name in the manifest */
  char *device; /* “disk”, “cdrom”, “lun” */
  char *type;   /* “file”, “block” … */
  char *path;   /* or NULL */
  gboolean read_only;
} BvMigrationDisk;

void bv_migration_disk_free (BvMigrationDisk *self);
GPtrArray *bv_migration_domain_list_disks (const char *xml, GError **error);

/* LIVE is the domain as it runs (VIR_DOMAIN_XML_MIGRATABLE and VIR_DOMAIN_XML_SECURE), TARGET what
 * the other host made of the same VMI. What the guest sees is LIVE's, what is behind it TARGET's.
 */
char *bv_migration_domain_rewrite (const char *live, const char *target, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvMigrationDisk, bv_migration_disk_free)

G_END_DECLS
