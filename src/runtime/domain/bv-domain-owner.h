/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libvirt-gconfig/libvirt-gconfig.h>

#include "model/bv-object.h"

G_BEGIN_DECLS

/* A domain's metadata tells whose it is: by this the service finds its domains again, and leaves
 * all others alone. */
void bv_domain_owner_write (GVirConfigDomain *domain, BvObject *owner);
char *bv_domain_owner_read_uid (const char *metadata);

G_END_DECLS
