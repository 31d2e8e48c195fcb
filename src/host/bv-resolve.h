/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libvirt-gconfig/libvirt-gconfig.h>

#include "convert/bv-context.h"
#include "host/bv-config.h"
#include "host/bv-host-facts.h"
#include "host/volume/bv-volume-preparer.h"
#include "model/bv-vmi.h"

G_BEGIN_DECLS

/* What the volumes and networks of WORK's VMI are on this host. Blocks, and makes what has to be
 * made, unless DRY_RUN: for worker threads. */
BvContext *bv_resolve_context (const BvVolumeWork *work, const BvConfig *config,
                               const BvHostFacts *facts, const char *runtime_directory,
                               gboolean dry_run, GError **error);

/* The domain, as this host's libvirt takes it; CHANGES tells what adaptation did. */
GVirConfigDomain *bv_resolve_domain (BvVmi *vmi, BvContext *context, const BvHostFacts *facts,
                                     GPtrArray **changes, GError **error);

G_END_DECLS
