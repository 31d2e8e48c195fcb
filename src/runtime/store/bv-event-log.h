/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/store/bv-event.h"
#include "runtime/store/bv-store.h"

G_BEGIN_DECLS

/* What happened to the stored objects: in the journal, and the newest of it in the store. What
 * happens again is counted. Signals: "told (BvObject, BvEvent)". */
#define BV_TYPE_EVENT_LOG (bv_event_log_get_type ())

G_DECLARE_FINAL_TYPE (BvEventLog, bv_event_log, BV, EVENT_LOG, GObject)

BvEventLog *bv_event_log_new (BvStore *store, guint most);
gboolean bv_event_log_load (BvEventLog *self, GError **error);

void bv_event_log_tell (BvEventLog *self, BvObject *object, const char *type, const char *reason,
                        const char *message);
GPtrArray *bv_event_log_list (BvEventLog *self, const char *kind, const char *namespace,
                              const char *name);
void bv_event_log_flush (BvEventLog *self);

G_END_DECLS
