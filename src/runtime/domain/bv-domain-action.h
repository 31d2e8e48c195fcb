/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/domain/bv-domain.h"

G_BEGIN_DECLS

/* A BvCallFunc that does the action of a BvDomainRequest; not NULL, and no memory. */
gpointer bv_domain_action_call (virConnectPtr handle, gpointer request, GCancellable *cancellable,
                                GError **error);

gboolean bv_domain_action_is_by_agent (BvDomainAction action, guint flags);

G_END_DECLS
