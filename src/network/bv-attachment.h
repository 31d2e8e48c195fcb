/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "convert/bv-facts.h"
#include "convert/bv-xml.h"

G_BEGIN_DECLS

/* How a guest's interface is plugged into this host. The facts choose it; where they do not, the
 * interface's binding does. */
typedef struct
{
  const char *name;     /* in the facts */
  const char *type;     /* of libvirt's <interface> */
  gboolean host_device; /* not an <interface>, but a <hostdev> */
  gboolean tunable;     /* boot order, option ROM and link state apply */
  gboolean (*fill) (BvXml *interface, const BvFactsNetwork *facts, GError **error);
} BvAttachment;

const BvAttachment *bv_attachment_find (const char *name);
gboolean bv_attachment_fill (const BvAttachment *self, BvXml *interface,
                             const BvFactsNetwork *facts, GError **error);

G_END_DECLS
