/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* KubeVirt's status.memoryDumpRequest of a VM: the last dump into a claim. */
typedef struct
{
  char *claim;
  const char *phase; /* Associating, InProgress, Unmounting, Completed or Failed */
  char *file_name;   /* of the volume, once it is whole */
  char *message;     /* why it failed */
  gint64 start;      /* microseconds since 1970; 0: not yet */
  gint64 end;
} BvMemoryDumpRequest;

BvMemoryDumpRequest *bv_memory_dump_request_new (const char *claim);
void bv_memory_dump_request_free (BvMemoryDumpRequest *self);

void bv_memory_dump_request_complete (BvMemoryDumpRequest *self, const char *file_name);
void bv_memory_dump_request_fail (BvMemoryDumpRequest *self, const char *message);

/* NULL where there was none. One that was under way has failed: nobody carries it on. */
BvMemoryDumpRequest *bv_memory_dump_request_from_json (JsonObject *object);
JsonObject *bv_memory_dump_request_to_json (const BvMemoryDumpRequest *self);

/* An a{sv}; empty where SELF is NULL. Times are in RFC 3339. */
GVariant *bv_memory_dump_request_to_variant (const BvMemoryDumpRequest *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvMemoryDumpRequest, bv_memory_dump_request_free)

G_END_DECLS
