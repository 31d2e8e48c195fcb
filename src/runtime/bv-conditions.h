/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The conditions of an object, as KubeVirt has them in its status: each type at most once. */
typedef struct _BvConditions BvConditions;

BvConditions *bv_conditions_new (void);
void bv_conditions_free (BvConditions *self);

/* Both return whether anything changed. REASON and MESSAGE may be NULL. */
gboolean bv_conditions_set (BvConditions *self, const char *type, gboolean status,
                            const char *reason, const char *message);
gboolean bv_conditions_remove (BvConditions *self, const char *type);

/* Takes over all of OTHER's, and drops those that it lacks; the types in EXCEPT are left alone. */
void bv_conditions_follow (BvConditions *self, BvConditions *other, const char *const *except);

const char *bv_conditions_get_reason (BvConditions *self, const char *type);
const char *bv_conditions_get_message (BvConditions *self, const char *type);
/* When its status last changed, in microseconds since 1970; 0: there is no such condition. */
gint64 bv_conditions_get_changed (BvConditions *self, const char *type);
gboolean bv_conditions_is_true (BvConditions *self, const char *type);
GVariant *bv_conditions_to_variant (BvConditions *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvConditions, bv_conditions_free)

G_END_DECLS
