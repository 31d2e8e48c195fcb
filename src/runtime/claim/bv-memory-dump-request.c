/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/claim/bv-memory-dump-request.h"

#include <glib/gi18n-lib.h>

#define COMPLETED "Completed"
#define FAILED "Failed"

BvMemoryDumpRequest *
bv_memory_dump_request_new (const char *claim)
{
  BvMemoryDumpRequest *self = g_new0 (BvMemoryDumpRequest, 1);

  self->claim = g_strdup (claim);
  self->phase = "Associating";
  return self;
}

void
bv_memory_dump_request_free (BvMemoryDumpRequest *self)
{
  g_free (self->claim);
  g_free (self->file_name);
  g_free (self->message);
  g_free (self);
}

void
bv_memory_dump_request_complete (BvMemoryDumpRequest *self, const char *file_name)
{
  self->phase = COMPLETED;
  self->file_name = g_strdup (file_name);
  self->end = g_get_real_time ();
}

void
bv_memory_dump_request_fail (BvMemoryDumpRequest *self, const char *message)
{
  self->phase = FAILED;
  self->message = g_strdup (message);
  self->end = g_get_real_time ();
}

BvMemoryDumpRequest *
bv_memory_dump_request_from_json (JsonObject *object)
{
  BvMemoryDumpRequest *self;
  const char *phase;

  if (object == NULL)
    return NULL;
  self =
      bv_memory_dump_request_new (json_object_get_string_member_with_default (object, "claim", ""));
  phase = json_object_get_string_member_with_default (object, "phase", "");
  self->start = json_object_get_int_member_with_default (object, "start", 0);
  if (!g_str_equal (phase, COMPLETED) && !g_str_equal (phase, FAILED))
    {
      bv_memory_dump_request_fail (self,
                                   _ ("The service ended before the dump was whole. Ask for it "
                                      "again."));
      return self;
    }
  self->phase = g_str_equal (phase, COMPLETED) ? COMPLETED : FAILED;
  self->file_name =
      g_strdup (json_object_get_string_member_with_default (object, "fileName", NULL));
  self->message = g_strdup (json_object_get_string_member_with_default (object, "message", NULL));
  self->end = json_object_get_int_member_with_default (object, "end", 0);
  return self;
}

static void
set_text (JsonObject *object, const char *name, const char *text)
{
  if (text != NULL)
    json_object_set_string_member (object, name, text);
}

JsonObject *
bv_memory_dump_request_to_json (const BvMemoryDumpRequest *self)
{
  JsonObject *object = json_object_new ();

  set_text (object, "claim", self->claim);
  set_text (object, "phase", self->phase);
  set_text (object, "fileName", self->file_name);
  set_text (object, "message", self->message);
  json_object_set_int_member (object, "start", self->start);
  json_object_set_int_member (object, "end", self->end);
  return object;
}

static void
insert_text (GVariantDict *dict, const char *name, const char *text)
{
  if (text != NULL)
    g_variant_dict_insert (dict, name, "s", text);
}

static void
insert_time (GVariantDict *dict, const char *name, gint64 time)
{
  g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc (time / G_USEC_PER_SEC);
  g_autofree char *text = g_date_time_format_iso8601 (date);

  if (time != 0)
    insert_text (dict, name, text);
}

GVariant *
bv_memory_dump_request_to_variant (const BvMemoryDumpRequest *self)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  if (self != NULL)
    {
      insert_text (&dict, "claimName", self->claim);
      insert_text (&dict, "phase", self->phase);
      insert_text (&dict, "fileName", self->file_name);
      insert_text (&dict, "message", self->message);
      insert_time (&dict, "startTimestamp", self->start);
      insert_time (&dict, "endTimestamp", self->end);
    }
  return g_variant_dict_end (&dict);
}
