/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Huge pages of one size. */
typedef struct
{
  gint32 cell; /* -1: of any */
  guint64 size_kib;
  guint64 count;
} BvReservedPages;

/* A device of the host that a guest has. */
typedef struct
{
  char *name;    /* the guest's */
  char *node;    /* libvirt's name of the node device */
  char *kind;    /* “pci”, “usb”, “mdev” */
  char *address; /* as in BvNodeDevice */
  gint32 numa_cell;
} BvReservedDevice;

/* What of the host is a guest's while it runs. */
typedef struct
{
  GArray *cpus; /* guint32: the guest's alone, those that it runs on first */
  guint n_cpus; /* that it runs on; the others are left idle beside them */
  guint64 cpu_millis;
  guint64 memory;
  GArray *pages;      /* BvReservedPages */
  GPtrArray *devices; /* BvReservedDevice */
  guint32 vsock_cid;  /* 0: none */
  gboolean settled;   /* the guest runs: the kernel counts its pages itself */
} BvReservation;

BvReservation *bv_reservation_new (void);
void bv_reservation_free (BvReservation *self);
BvReservation *bv_reservation_copy (const BvReservation *self);
void bv_reservation_add_device (BvReservation *self, const char *name, const char *node,
                                const char *kind, const char *address, int numa_cell);
void bv_reservation_remove_device (BvReservation *self, const char *name);
const BvReservedDevice *bv_reservation_find_device (const BvReservation *self, const char *name);

/* Whether it holds what no other guest may have too. */
gboolean bv_reservation_is_exclusive (const BvReservation *self);

/* What the VMI's property Resources tells; floating. SELF may be NULL. */
GVariant *bv_reservation_to_variant (const BvReservation *self);

char *bv_reservation_to_json (const BvReservation *self);
BvReservation *bv_reservation_new_from_json (const char *json, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvReservation, bv_reservation_free)

G_END_DECLS
