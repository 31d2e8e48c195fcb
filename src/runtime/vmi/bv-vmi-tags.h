/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-vmi.h"
#include "runtime/bv-environment.h"

G_BEGIN_DECLS

/* Defines the domain XML, so that libvirt gives its devices their addresses, and makes the VMI's
 * config drives anew with those of its tagged devices. */
void bv_vmi_tags_write_async (BvEnvironment *environment, BvVmi *vmi, const char *domain_name,
                              const char *xml, const char *runtime_directory,
                              GAsyncReadyCallback callback, gpointer user_data);
gboolean bv_vmi_tags_write_finish (GAsyncResult *result, GError **error);

G_END_DECLS
