/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libvirt-gconfig/libvirt-gconfig.h>

#include "convert/bv-context.h"
#include "model/bv-vmi.h"

G_BEGIN_DECLS

BV_AVAILABLE_IN_1_0
GVirConfigDomain *bv_vmi_convert (BvVmi *self, BvContext *context, GError **error);
BV_AVAILABLE_IN_1_0
char *bv_vmi_convert_to_xml (BvVmi *self, BvContext *context, GError **error);

G_END_DECLS
