/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* What the claim of a volume is, as the VMI's status tells it; all texts may be NULL. */
typedef struct
{
  char *name; /* NULL: the volume has no claim */
  GStrv access_modes;
  char *volume_mode;
  char *capacity; /* quantities */
  char *request;
  char *filesystem_overhead;
  gboolean preallocated;
} BvClaimFacts;

/* What a volume is on this host. The first part is what a conversion needs (context.yaml has the
 * meanings), the second what the VMI's status tells. Texts are the struct's own, NULL: none. */
typedef struct
{
  char *path;
  char *format;
  gboolean block;
  char *backing_path;
  char *backing_format;
  gboolean backing_block;
  gboolean backing_sealed; /* others use it too: libvirt must not give it to QEMU's user */
  gboolean no_discard;     /* the storage cannot give back what the guest discards */
  gboolean hotplug;
  char *socket;
  char *acpi_table;
  char *target;
  gboolean storage_known; /* the rest of this part was looked at */
  gboolean direct_io;     /* the storage can be used past the host's cache */
  gboolean preallocated;
  guint logical_block; /* bytes; 0: the disk does not want to know */
  guint physical_block;
  guint discard_granularity;

  gint64 size;    /* in bytes, of a volume that the VMI's status tells the size of, else 0 */
  char *shortage; /* why the disk is somewhat smaller than was asked for, or NULL */
  BvClaimFacts claim;
  gint64 grown_size;  /* what its claim has now, where the guest may see another size */
  gboolean detaching; /* the guest was asked to let go of it */
} BvVolumeFacts;

void bv_volume_facts_clear (BvVolumeFacts *self);

/* Adds the first part as an object. */
void bv_volume_facts_to_json (const BvVolumeFacts *self, JsonBuilder *builder);

/* Volume's name -> BvVolumeFacts. */
GHashTable *bv_volume_facts_table_new (void);
GHashTable *bv_volume_facts_table_copy (GHashTable *table);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BvVolumeFacts, bv_volume_facts_clear)

G_END_DECLS
