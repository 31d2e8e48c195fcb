/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/bv-config.h"
#include "host/bv-host-facts.h"
#include "host/machine/bv-firmware.h"
#include "model/bv-api.h"

G_BEGIN_DECLS

/* What the guest wants of its firmware; FALSE: it does not boot by EFI. */
gboolean bv_host_check_get_wish (const BvApiVirtualMachineInstanceSpec *spec, BvFirmwareWish *wish);

/* Adds to LACKS a sentence for each thing that no guest of this host can have, whoever else runs.
 */
void bv_host_check_run (const BvApiVirtualMachineInstanceSpec *spec, const BvHostFacts *facts,
                        const BvConfig *config, GPtrArray *lacks);

G_END_DECLS
