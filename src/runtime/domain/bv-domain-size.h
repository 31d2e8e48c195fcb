/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "convert/bv-xml.h"

G_BEGIN_DECLS

/* How many CPUs and how much memory a guest has, and how much of both it could have. */
typedef struct
{
  guint vcpus;
  guint most_vcpus;
  guint64 guest_at_boot;   /* bytes, like all that follow */
  guint64 guest_requested; /* with what was plugged in */
  guint64 guest_current;   /* what the guest has taken of it */
  gboolean has_device;     /* memory was plugged in, be it none at all now */
} BvDomainSize;

void bv_domain_size_read (BvDomainSize *self, BvXml *domain);
gboolean bv_domain_size_equal (const BvDomainSize *self, const BvDomainSize *other);

G_END_DECLS
