/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/bv-guest-info.h"

G_BEGIN_DECLS

/* What an agent told, as it is on the bus; floating. KubeVirt's guestOSInfo, an a{ss}; the others
 * are lists, aa{sv}. */
GVariant *bv_guest_os_to_variant (const BvGuestInfo *info);
GVariant *bv_guest_interfaces_to_variant (const BvGuestInfo *info);
GVariant *bv_guest_users_to_variant (const BvGuestInfo *info);
/* BUSES tells the bus of each of the domain's disks by its target; or NULL. */
GVariant *bv_guest_filesystems_to_variant (const BvGuestInfo *info, GHashTable *buses);
/* Three numbers, or none where it did not tell: ad. */
GVariant *bv_guest_load_to_variant (const BvGuestInfo *info);

/* KubeVirt's fsFreezeStatus: empty for what is not frozen. */
const char *bv_guest_freeze_status (const BvGuestInfo *info);

G_END_DECLS
