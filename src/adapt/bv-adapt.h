/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libvirt-gconfig/libvirt-gconfig.h>

#include "bv-version-macros.h"

G_BEGIN_DECLS

/**
 * BvAdaptTarget:
 * @libvirt: libvirt's version, as virConnectGetLibVersion() tells it: 9000000 is 9.0.0
 * @qemu: QEMU's version, as virConnectGetVersion() tells it: 7002022 is 7.2.22
 *
 * What a domain is to be made fit for.
 *
 * Since: 1.0
 */
typedef struct
{
  gulong libvirt;
  gulong qemu;
} BvAdaptTarget;

BV_AVAILABLE_IN_1_0
gboolean bv_adapt_domain (GVirConfigDomain *domain, const BvAdaptTarget *target,
                          GPtrArray **changes, GError **error);

G_END_DECLS
