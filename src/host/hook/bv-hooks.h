/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libvirt-gconfig/libvirt-gconfig.h>

#include "host/hook/bv-hook.h"
#include "host/volume/bv-cloud-init-data.h"

G_BEGIN_DECLS

/* Calls the hooks of WORK's VMI with what it is about to be started with, one after the other, each
 * with the answer of the one before. Both block: for worker threads. */

/* DOMAIN as the hooks leave it; the caller owns it. */
GVirConfigDomain *bv_hooks_define_domain (const BvVolumeWork *work, GVirConfigDomain *domain,
                                          GError **error);

/* Changes DATA and METADATA, the text of the metadata of a cloud-init volume. */
gboolean bv_hooks_cloud_init (const BvVolumeWork *work, const BvApiVolume *volume,
                              BvCloudInitData *data, char **metadata, GError **error);

G_END_DECLS
