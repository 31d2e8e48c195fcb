/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vmi/bv-vmi-status.h"

#include "model/bv-json.h"
#include "runtime/vmi/bv-vmi-volumes.h"

static void
transition_free (BvPhaseTransition *self)
{
  g_free (self->phase);
  g_free (self);
}

static void
add_transition (BvVmiStatus *self, const char *phase, gint64 time)
{
  BvPhaseTransition *transition = g_new0 (BvPhaseTransition, 1);

  transition->phase = g_strdup (phase);
  transition->time = time;
  g_ptr_array_add (self->transitions, transition);
}

static BvVmiStatus *
new_empty (void)
{
  BvVmiStatus *self = g_new0 (BvVmiStatus, 1);

  self->transitions = g_ptr_array_new_with_free_func ((GDestroyNotify)transition_free);
  self->addresses = g_new0 (char *, 1);
  self->volumes = bv_volume_facts_table_new ();
  self->copies = bv_volume_copies_new ();
  self->grace_period = -1;
  return self;
}

BvVmiStatus *
bv_vmi_status_new (void)
{
  BvVmiStatus *self = new_empty ();

  bv_vmi_status_set_phase (self, "Pending", "");
  return self;
}

void
bv_vmi_status_free (BvVmiStatus *self)
{
  g_free (self->phase);
  g_free (self->reason);
  g_ptr_array_unref (self->transitions);
  g_strfreev (self->addresses);
  g_hash_table_unref (self->volumes);
  g_hash_table_unref (self->copies);
  g_free (self->runtime_directory);
  g_free (self->migration);
  g_free (self->last_migration);
  g_clear_pointer (&self->reservation, bv_reservation_free);
  g_free (self);
}

static void
read_transitions (BvVmiStatus *self, JsonObject *object)
{
  JsonArray *list = json_object_get_array_member (object, "transitions");

  for (guint i = 0; i < json_array_get_length (list); i++)
    {
      JsonObject *item = json_array_get_object_element (list, i);

      add_transition (self, json_object_get_string_member (item, "phase"),
                      json_object_get_int_member (item, "time"));
    }
}

static void
read_addresses (BvVmiStatus *self, JsonObject *object)
{
  JsonArray *list = json_object_get_array_member (object, "addresses");
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; i < json_array_get_length (list); i++)
    g_strv_builder_add (builder, json_array_get_string_element (list, i));
  g_strfreev (self->addresses);
  self->addresses = g_strv_builder_end (builder);
}

static gboolean
read_reservation (BvVmiStatus *self, JsonObject *object, GError **error)
{
  const char *json = json_object_get_string_member_with_default (object, "reservation", NULL);

  if (json == NULL)
    return TRUE;
  self->reservation = bv_reservation_new_from_json (json, error);
  return self->reservation != NULL;
}

/* An empty object, which is what a VMI is stored with at first, is a new status. */
BvVmiStatus *
bv_vmi_status_new_from_json (const char *json, GError **error)
{
  g_autoptr (JsonNode) root = bv_json_parse_object (json, error);
  g_autoptr (BvVmiStatus) self = NULL;
  JsonObject *object;

  if (root == NULL)
    return NULL;
  object = json_node_get_object (root);
  if (!json_object_has_member (object, "phase"))
    return bv_vmi_status_new ();
  self = new_empty ();
  self->phase = g_strdup (json_object_get_string_member (object, "phase"));
  self->reason = g_strdup (json_object_get_string_member (object, "reason"));
  self->runtime_directory =
      g_strdup (json_object_get_string_member_with_default (object, "runtimeDirectory", NULL));
  self->migration =
      g_strdup (json_object_get_string_member_with_default (object, "migration", NULL));
  self->last_migration =
      g_strdup (json_object_get_string_member_with_default (object, "lastMigration", NULL));
  self->paused_by_user = json_object_get_boolean_member (object, "pausedByUser");
  self->stopping = json_object_get_boolean_member (object, "stopping");
  self->cancelled = json_object_get_boolean_member_with_default (object, "cancelled", FALSE);
  self->shutdown_started = json_object_get_int_member (object, "shutdownStarted");
  self->guest_at_boot = (guint64)json_object_get_int_member_with_default (object, "guestAtBoot", 0);
  self->refused_memory =
      (guint64)json_object_get_int_member_with_default (object, "refusedMemory", 0);
  self->grace_period = json_object_get_int_member (object, "gracePeriod");
  self->thaw_at = json_object_get_int_member_with_default (object, "thawAt", 0);
  read_transitions (self, object);
  read_addresses (self, object);
  if (json_object_has_member (object, "volumes"))
    bv_vmi_volumes_read (self->volumes, json_object_get_object_member (object, "volumes"));
  if (json_object_has_member (object, "copies"))
    bv_volume_copies_read (self->copies, json_object_get_object_member (object, "copies"));
  if (!read_reservation (self, object, error))
    return NULL;
  return g_steal_pointer (&self);
}

static void
write_transitions (const BvVmiStatus *self, JsonBuilder *builder)
{
  json_builder_set_member_name (builder, "transitions");
  json_builder_begin_array (builder);
  for (guint i = 0; i < self->transitions->len; i++)
    {
      const BvPhaseTransition *transition = g_ptr_array_index (self->transitions, i);

      json_builder_begin_object (builder);
      json_builder_set_member_name (builder, "phase");
      json_builder_add_string_value (builder, transition->phase);
      json_builder_set_member_name (builder, "time");
      json_builder_add_int_value (builder, transition->time);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static void
write_addresses (const BvVmiStatus *self, JsonBuilder *builder)
{
  json_builder_set_member_name (builder, "addresses");
  json_builder_begin_array (builder);
  for (guint i = 0; self->addresses[i] != NULL; i++)
    json_builder_add_string_value (builder, self->addresses[i]);
  json_builder_end_array (builder);
}

static void
write_reservation (const BvVmiStatus *self, JsonBuilder *builder)
{
  g_autofree char *json = NULL;

  if (self->reservation == NULL)
    return;
  json = bv_reservation_to_json (self->reservation);
  json_builder_set_member_name (builder, "reservation");
  json_builder_add_string_value (builder, json);
}

static void
write_texts (const BvVmiStatus *self, JsonBuilder *builder)
{
  const struct
  {
    const char *name;
    const char *value;
  } texts[] = {
    { "phase", self->phase },
    { "reason", self->reason },
    { "runtimeDirectory", self->runtime_directory },
    { "lastMigration", self->last_migration },
    { "migration", self->migration },
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (texts[i].value != NULL)
      {
        json_builder_set_member_name (builder, texts[i].name);
        json_builder_add_string_value (builder, texts[i].value);
      }
}

static void
write_flags (const BvVmiStatus *self, JsonBuilder *builder)
{
  const struct
  {
    const char *name;
    gboolean value;
  } flags[] = {
    { "pausedByUser", self->paused_by_user },
    { "stopping", self->stopping },
    { "cancelled", self->cancelled },
  };

  for (guint i = 0; i < G_N_ELEMENTS (flags); i++)
    {
      json_builder_set_member_name (builder, flags[i].name);
      json_builder_add_boolean_value (builder, flags[i].value);
    }
}

static void
write_numbers (const BvVmiStatus *self, JsonBuilder *builder)
{
  const struct
  {
    const char *name;
    gint64 value;
  } numbers[] = {
    { "shutdownStarted", self->shutdown_started },
    { "guestAtBoot", (gint64)self->guest_at_boot },
    { "refusedMemory", (gint64)self->refused_memory },
    { "gracePeriod", self->grace_period },
    { "thawAt", self->thaw_at },
  };

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      json_builder_set_member_name (builder, numbers[i].name);
      json_builder_add_int_value (builder, numbers[i].value);
    }
}

char *
bv_vmi_status_to_json (const BvVmiStatus *self)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (builder);
  write_texts (self, builder);
  write_flags (self, builder);
  write_numbers (self, builder);
  write_transitions (self, builder);
  write_addresses (self, builder);
  json_builder_set_member_name (builder, "volumes");
  json_builder_begin_object (builder);
  bv_vmi_volumes_write (self->volumes, builder);
  json_builder_end_object (builder);
  json_builder_set_member_name (builder, "copies");
  json_builder_begin_object (builder);
  bv_volume_copies_write (self->copies, builder);
  json_builder_end_object (builder);
  write_reservation (self, builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return json_to_string (root, FALSE);
}

/* Returns whether the phase is another now. */
gboolean
bv_vmi_status_set_phase (BvVmiStatus *self, const char *phase, const char *reason)
{
  gboolean changed = g_strcmp0 (self->phase, phase) != 0;

  g_free (self->reason);
  self->reason = g_strdup (reason != NULL ? reason : "");
  if (!changed)
    return FALSE;
  g_free (self->phase);
  self->phase = g_strdup (phase);
  add_transition (self, phase, g_get_real_time ());
  return TRUE;
}

gboolean
bv_vmi_status_is_final (const BvVmiStatus *self)
{
  return g_str_equal (self->phase, "Succeeded") || g_str_equal (self->phase, "Failed");
}

/* Whether it ever was in PHASE. */
gboolean
bv_vmi_status_was_in (const BvVmiStatus *self, const char *phase)
{
  for (guint i = 0; i < self->transitions->len; i++)
    {
      const BvPhaseTransition *transition = g_ptr_array_index (self->transitions, i);

      if (g_str_equal (transition->phase, phase))
        return TRUE;
    }
  return FALSE;
}
