/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-vmi.h"
#include "runtime/domain/bv-domain-info.h"
#include "runtime/bv-environment.h"

G_BEGIN_DECLS

/* The end of a VMI: RECORD is stored first, then the domain, if there is one, is undefined, then
 * the folders of its sockets and volumes go. Takes RECORD. */
void bv_vmi_cleanup_async (BvEnvironment *environment, BvStoreBatch *record, BvVmi *vmi,
                           const BvDomainInfo *domain, const char *runtime_directory,
                           GAsyncReadyCallback callback, gpointer user_data);
gboolean bv_vmi_cleanup_finish (GAsyncResult *result, GError **error);

G_END_DECLS
