/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "model/bv-vmi.h"

G_BEGIN_DECLS

/* Whether a config drive of the VMI is to tell where devices with a tag are. */
gboolean bv_device_tags_are_used (BvVmi *vmi);

/* Adds `devices` to the object that BUILDER has open: the VMI's devices with a tag, at the
 * addresses that DOMAIN_XML, a defined domain, gives them. Nothing where there are none. */
gboolean bv_device_tags_write (BvVmi *vmi, const char *domain_xml, JsonBuilder *builder,
                               GError **error);

G_END_DECLS
