/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "admit/bv-admission.h"

G_BEGIN_DECLS

/* The rules for the spec of a VMI, a file an area. */
void bv_admit_aliases (BvAdmission *self);
void bv_admit_annotations (BvAdmission *self);
void bv_admit_architecture (BvAdmission *self);
void bv_admit_characters (BvAdmission *self);
void bv_admit_claims (BvAdmission *self);
void bv_admit_cpu (BvAdmission *self);
void bv_admit_credentials (BvAdmission *self);
void bv_admit_dedicated_cpus (BvAdmission *self);
void bv_admit_devices (BvAdmission *self);
void bv_admit_disk_volumes (BvAdmission *self);
void bv_admit_disks (BvAdmission *self);
void bv_admit_dns (BvAdmission *self);
void bv_admit_firmware (BvAdmission *self);
void bv_admit_guest (BvAdmission *self);
void bv_admit_hyperv (BvAdmission *self);
void bv_admit_interfaces (BvAdmission *self);
void bv_admit_launch_security (BvAdmission *self);
void bv_admit_memory (BvAdmission *self);
void bv_admit_live_update (BvAdmission *self);
void bv_admit_networks (BvAdmission *self);
void bv_admit_pci_addresses (BvAdmission *self);
void bv_admit_scheduling (BvAdmission *self);
void bv_admit_service_account (BvAdmission *self);
void bv_admit_volumes (BvAdmission *self);

/* The same before defaults hide what was written. */
void bv_admit_as_written (BvAdmission *self);

/* What such areas call for one of many. */
void bv_admit_interface_ports (BvAdmission *self, const BvApiInterface *interface, guint index,
                               const BvApiNetwork *network);
void bv_admit_volume_data (BvAdmission *self, const BvApiVolume *volume, guint index);

G_END_DECLS
