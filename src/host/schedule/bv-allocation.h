/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/bv-config.h"
#include "host/bv-host-facts.h"
#include "host/schedule/bv-guest-needs.h"
#include "host/schedule/bv-reservation.h"

G_BEGIN_DECLS

/* A guest that asks for its share of the host. */
typedef struct
{
  const char *name;
  const char *uid; /* NULL: it has none yet */
  const BvApiDevices *devices;
  const BvGuestNeeds *needs;
  const BvConfig *config;
  const BvHostFacts *facts;
  const GArray *pages;     /* BvHugepages, as they are now */
  GHashTable *functions;   /* name of an SR-IOV interface -> resource; NULL: there is none */
  GPtrArray *node_devices; /* BvNodeDevice, as they are now */
  gboolean has_vsock;      /* the host can */
  gboolean running;        /* it runs, and asks for more */
  GPtrArray *lacks;        /* gets a sentence for each thing that is not there */
} BvAllocation;

/* Fills in RESERVATION beside TAKEN, the reservations of others; whatever is lacking is told. */
void bv_allocation_run (const BvAllocation *self, GPtrArray *taken, BvReservation *reservation);

/* The same for a guest that runs and has RESERVATION: what else it needs now, of that which can be
 * added while it runs. */
void bv_allocation_grow (const BvAllocation *self, GPtrArray *taken, BvReservation *reservation);

/* Whether nothing is lacking. */
gboolean bv_allocation_check (const BvAllocation *self, GError **error);

/* Its parts. */
void bv_allocate_cpus (const BvAllocation *self, GPtrArray *taken, BvReservation *reservation);
void bv_allocate_memory (const BvAllocation *self, GPtrArray *taken, BvReservation *reservation);
void bv_allocate_pages (const BvAllocation *self, GPtrArray *taken, BvReservation *reservation);
void bv_allocate_devices (const BvAllocation *self, GPtrArray *taken, BvReservation *reservation);

G_GNUC_PRINTF (2, 3)
void bv_allocation_lack (const BvAllocation *self, const char *format, ...);

G_END_DECLS
