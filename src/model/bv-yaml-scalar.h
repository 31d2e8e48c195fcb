/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-node.h"

G_BEGIN_DECLS

BvNodeKind bv_yaml_scalar_kind (const char *text, gsize length);

G_END_DECLS
