/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/pool/bv-data-import.h"
#include "model/bv-api.h"
#include "runtime/store/bv-registry.h"

G_BEGIN_DECLS

/* Tells how a data volume is filled. BV_ERROR_NOT_SUPPORTED where it cannot be on a host. */
gboolean bv_data_source_get_kind (const BvApiDataVolumeSpec *spec, const char *namespace,
                                  BvDataKind *kind, GError **error);

/* Fills in what the source says, with the objects that it names; for the main loop. What is not
 * there yet is BV_ERROR_NOT_FOUND. */
gboolean bv_data_source_resolve (BvRegistry *registry, BvEntry *data_volume, BvDataImport *import,
                                 GError **error);

/* Whether it may be copied now: a guest that writes to what is copied must end first. */
gboolean bv_data_source_check (BvRegistry *registry, BvEntry *data_volume, GError **error);

/* The claim that is copied, or NULL. */
BvEntry *bv_data_source_find_claim (BvRegistry *registry, BvEntry *data_volume);

G_END_DECLS
