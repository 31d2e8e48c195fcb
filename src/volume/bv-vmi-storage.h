/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "model/bv-vmi.h"

G_BEGIN_DECLS

BV_AVAILABLE_IN_1_0
GListModel *bv_vmi_get_disks (BvVmi *self);
BV_AVAILABLE_IN_1_0
GListModel *bv_vmi_get_volumes (BvVmi *self);

G_END_DECLS
