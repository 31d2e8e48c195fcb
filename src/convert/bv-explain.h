/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libvirt-gconfig/libvirt-gconfig.h>

#include "model/bv-vmi.h"

G_BEGIN_DECLS

BV_AVAILABLE_IN_1_0
char *bv_vmi_explain_domain (BvVmi *self, GVirConfigDomain *domain);

G_END_DECLS
