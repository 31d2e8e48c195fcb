/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/bv-request.h"

G_BEGIN_DECLS

/* AddVolume and RemoveVolume, which VMs and VMIs have alike. */
extern const BvMethod bv_add_volume_method;
extern const BvMethod bv_remove_volume_method;

G_END_DECLS
