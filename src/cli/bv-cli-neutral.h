/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "convert/bv-context.h"
#include "model/bv-vmi.h"

G_BEGIN_DECLS

/* What most hosts are like: KVM, the usual firmware, and all that VMI names, at KubeVirt's places.
 */
BvContext *bv_cli_neutral_context_new (BvVmi *vmi, GError **error);

G_END_DECLS
