/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "convert/bv-conversion.h"

G_BEGIN_DECLS

guint64 bv_guest_memory_bytes (const BvApiDomainSpec *spec);
guint64 bv_quantity_bytes (const BvQuantity *quantity);
gboolean bv_guest_memory_is_shared (const BvConversion *conversion);
gboolean bv_guest_memory_is_memfd (const BvConversion *conversion);

G_END_DECLS
