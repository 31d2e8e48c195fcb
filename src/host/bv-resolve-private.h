/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "host/bv-resolve.h"
#include "host/machine/bv-firmware.h"
#include "host/schedule/bv-allocation.h"

G_BEGIN_DECLS

/* What is being resolved, and the facts (context.yaml) so far: an open object. */
typedef struct
{
  const BvVolumeWork *work;
  const BvApiVirtualMachineInstanceSpec *spec;
  JsonBuilder *builder;
  GHashTable *volumes;  /* name -> BvVolumeFacts, as they are resolved */
  GPtrArray *firmwares; /* BvFirmware, where the guest boots by EFI */
  const BvFirmware *firmware;
} BvResolver;

void bv_resolver_add_string (BvResolver *self, const char *name, const char *value);
void bv_resolver_add_boolean (BvResolver *self, const char *name, gboolean value);
void bv_resolver_add_uint (BvResolver *self, const char *name, guint64 value);

/* Of bv_resolve_machine(). */
void bv_resolve_find_firmware (BvResolver *self, GPtrArray *lacks);
gboolean bv_resolve_firmware (BvResolver *self, GError **error);
gboolean bv_resolve_tpm (BvResolver *self, GError **error);

/* Name of an interface that wants a virtual function -> the resource that has them. */
GHashTable *bv_resolve_list_functions (const BvVolumeWork *work);

/* The host's devices, where DEVICES or N_FUNCTIONS interfaces may get one. */
GPtrArray *bv_resolve_list_node_devices (const BvVolumeWork *work, const BvApiDevices *devices,
                                         guint n_functions, GError **error);
void bv_resolver_add_devices (BvResolver *self, const BvReservation *reservation);
/* The element of the only one of DEVICES. */
char *bv_resolve_print_device (const BvVolumeWork *work, const BvApiDevices *devices,
                               BvContext *context, GError **error);

/* What a guest asks for, before it is known what the host has. */
BvAllocation bv_resolve_begin_allocation (const BvVolumeWork *work, const BvGuestNeeds *needs,
                                          const BvApiDevices *devices);

/* Each adds its members; in this order. */
gboolean bv_resolve_machine (BvResolver *self, GError **error);
gboolean bv_resolve_ignition (BvResolver *self, GError **error);
gboolean bv_resolve_metrics (BvResolver *self, GError **error);
gboolean bv_resolve_volumes (BvResolver *self, GError **error);
gboolean bv_resolve_networks (BvResolver *self, GError **error);

void bv_resolve_clean_up_networks (const BvVolumeWork *work);

G_END_DECLS
