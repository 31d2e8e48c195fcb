/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* In a pool of the type disk a volume is a partition, and libvirt takes no name for it but that
 * which the kernel gives it. Which partition is whose volume is therefore on record, in FOLDER, by
 * the name that the volume would have elsewhere; before it is made, so that none is left behind. */
typedef struct
{
  char *pool;
  char *name;
  guint64 size; /* 0: it may not be there yet */
} BvPartition;

void bv_partition_free (BvPartition *self);

/* NULL: there is none on record. FOLDER may be NULL. */
BvPartition *bv_partition_read (const char *folder, const char *volume);
gboolean bv_partition_write (const BvPartition *self, const char *folder, const char *volume,
                             GError **error);
void bv_partition_forget (const char *folder, const char *volume);

/* Held from the choice of a name until the partition is there. To be closed; -1 on error. */
int bv_partition_lock (const char *folder, GError **error);

/* What the next partition of DEVICE, by its own name and not a link's, will be called: the first
 * number that none of TAKEN has. */
char *bv_partition_choose_name (const char *device, const char *const *taken);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvPartition, bv_partition_free)

G_END_DECLS
