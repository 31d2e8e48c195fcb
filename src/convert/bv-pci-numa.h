/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "convert/bv-conversion.h"

G_BEGIN_DECLS

gboolean bv_pci_numa_place (BvConversion *conversion, GError **error);

G_END_DECLS
