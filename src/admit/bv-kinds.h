/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "admit/bv-admission.h"

G_BEGIN_DECLS

/* The rules for objects beside the spec of a VMI, a file a kind. RECORD is the object's. */
void bv_admit_config_map (BvAdmission *self, gconstpointer record);
void bv_admit_data_volume (BvAdmission *self, gconstpointer record);
void bv_admit_migration (BvAdmission *self, gconstpointer record);
void bv_admit_network_definition (BvAdmission *self, gconstpointer record);
void bv_admit_persistent_volume_claim (BvAdmission *self, gconstpointer record);
void bv_admit_secret (BvAdmission *self, gconstpointer record);
void bv_admit_virtual_machine (BvAdmission *self, gconstpointer record);

/* Parts that several kinds share; PATH is where they stand. */
void bv_admit_data_volume_spec (BvAdmission *self, const BvApiDataVolumeSpec *spec,
                                const char *path);

G_END_DECLS
