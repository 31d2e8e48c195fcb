/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "admit/bv-admission.h"

G_BEGIN_DECLS

/* The rules for the spec of a VMI, a file an area. */
void bv_admit_architecture (BvAdmission *self);
void bv_admit_claims (BvAdmission *self);
void bv_admit_disks (BvAdmission *self);
void bv_admit_interfaces (BvAdmission *self);
void bv_admit_networks (BvAdmission *self);
void bv_admit_pci_addresses (BvAdmission *self);
void bv_admit_volumes (BvAdmission *self);

/* What such areas call for one of many. */
void bv_admit_interface_ports (BvAdmission *self, const BvApiInterface *interface, guint index,
                               const BvApiNetwork *network);
void bv_admit_volume_data (BvAdmission *self, const BvApiVolume *volume, guint index);

G_END_DECLS
