/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <libvirt/libvirt.h>

G_BEGIN_DECLS

GVariant *bv_typed_params_to_variant (const virTypedParameter *params, int n_params);

G_END_DECLS
