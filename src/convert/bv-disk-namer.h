/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Gives disks their names in the guest, vda or sdb for one. Those that a running guest's disks have
 * already are taken first, so that no disk changes its name when another one comes or goes. */
typedef struct
{
  guint next;        /* what comes below is taken */
  GHashTable *taken; /* numbers; NULL while none is taken out of order */
} BvDiskSequence;

typedef struct
{
  BvDiskSequence virtio;
  BvDiskSequence scsi; /* SATA and USB disks share it */
} BvDiskNamer;

/* Room for every name. */
#define BV_DISK_NAME_SIZE 16

void bv_disk_namer_keep (BvDiskNamer *self, const char *bus, const char *name);
gboolean bv_disk_namer_find (BvDiskNamer *self, const char *bus, const char *name, guint *number);
gboolean bv_disk_namer_next (BvDiskNamer *self, const char *bus, guint *number);
void bv_disk_namer_print (const char *bus, guint number, char name[BV_DISK_NAME_SIZE]);
void bv_disk_namer_clear (BvDiskNamer *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BvDiskNamer, bv_disk_namer_clear)

G_END_DECLS
