/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-object.h"

G_BEGIN_DECLS

/* Something that happened to an object, perhaps several times. */
typedef struct
{
  guint64 id; /* grows with time */
  char *kind; /* of the object */
  char *namespace;
  char *name;
  char *uid;
  char *type;    /* Normal or Warning */
  char *reason;  /* KubeVirt's word */
  char *message; /* a sentence */
  gint64 count;
  gint64 first; /* microseconds since 1970 */
  gint64 last;
} BvEvent;

BvEvent *bv_event_new (BvObject *object, const char *type, const char *reason, const char *message);
BvEvent *bv_event_new_from_json (const char *json);
void bv_event_free (BvEvent *self);
char *bv_event_to_json (const BvEvent *self);
GVariant *bv_event_to_variant (const BvEvent *self);
gboolean bv_event_is_of (const BvEvent *self, const char *kind, const char *namespace,
                         const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvEvent, bv_event_free)

G_END_DECLS
