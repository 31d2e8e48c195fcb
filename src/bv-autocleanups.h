/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* libvirt-glib 4.0 and libvirt define no cleanups of their own. */

#include <libvirt-gconfig/libvirt-gconfig.h>

G_BEGIN_DECLS

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GVirConfigDomain, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GVirConfigObject, g_object_unref)

G_END_DECLS
