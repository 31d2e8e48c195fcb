/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/bv-migration-options.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "model/bv-error.h"
#include "model/bv-quantity.h"

#define OFFSET(field) G_STRUCT_OFFSET (BvMigrationConfig, field)
#define HOST BV_MIGRATION_BY_HOST
#define CALLER BV_MIGRATION_BY_CALLER
#define POLICY (BV_MIGRATION_BY_POLICY | BV_MIGRATION_BY_CALLER)
#define DAY 86400
#define LONGEST_DOWNTIME 2000000 /* QEMU takes no longer one */

static const char *const compressions[] = { "none", "zstd", NULL };

const BvMigrationOption bv_migration_options[] = {
  { "allowAutoConverge", BV_MIGRATION_BOOLEAN, POLICY, OFFSET (allow_auto_converge) },
  { "bandwidthPerMigration", BV_MIGRATION_QUANTITY, POLICY, OFFSET (bandwidth_per_migration) },
  { "completionTimeoutPerGiB", BV_MIGRATION_INTEGER, POLICY, OFFSET (completion_timeout_per_gib), 0,
    DAY },
  { "maxDowntimeMs", BV_MIGRATION_INTEGER, POLICY, OFFSET (max_downtime_ms), 1, LONGEST_DOWNTIME },
  { "allowPostCopy", BV_MIGRATION_BOOLEAN, POLICY, OFFSET (allow_post_copy) },
  { "allowWorkloadDisruption", BV_MIGRATION_BOOLEAN, POLICY, OFFSET (allow_workload_disruption) },
  { "progressTimeout", BV_MIGRATION_INTEGER, CALLER, OFFSET (progress_timeout), 0, DAY },
  { "parallelMigrationThreads", BV_MIGRATION_INTEGER, CALLER, OFFSET (parallel_migration_threads),
    0, 255 },
  { "utilityVolumesTimeout", BV_MIGRATION_INTEGER, HOST, OFFSET (utility_volumes_timeout), 0, DAY },
  { "unsafeMigrationOverride", BV_MIGRATION_BOOLEAN, HOST, OFFSET (unsafe_migration_override) },
  { "disableTLS", BV_MIGRATION_BOOLEAN, HOST, OFFSET (disable_tls) },
  { "compression", BV_MIGRATION_CHOICE, POLICY, OFFSET (compression), 0, 0, compressions },
  { "stallDetector.stallMargin", BV_MIGRATION_INTEGER, POLICY, OFFSET (stall_margin), 0, 100 },
  { "stallDetector.ewmaAlpha", BV_MIGRATION_RATIO, POLICY, OFFSET (ewma_alpha), 0.001, 1 },
  { "stallDetector.stallProgressTimeout", BV_MIGRATION_INTEGER, POLICY,
    OFFSET (stall_progress_timeout), 0, DAY },
  { "stallDetector.switchoverTimeout", BV_MIGRATION_INTEGER, POLICY, OFFSET (switchover_timeout), 0,
    DAY },
  { "stallDetector.precopyPossibleFactor", BV_MIGRATION_RATIO, POLICY,
    OFFSET (precopy_possible_factor), 0, 1000 },
  { "stallDetector.patienceWindowDecayFactor", BV_MIGRATION_RATIO, POLICY,
    OFFSET (patience_window_decay_factor), 0, 1000 },
  { "stallDetector.searchLocalMinima", BV_MIGRATION_BOOLEAN, POLICY, OFFSET (search_local_minima) },
  { "stallDetector.completionTimeoutFactor", BV_MIGRATION_RATIO, POLICY,
    OFFSET (completion_timeout_factor), 0, 1000 },
  { "downtimeTuning.initialMs", BV_MIGRATION_INTEGER, POLICY, OFFSET (initial_ms), 1,
    LONGEST_DOWNTIME },
  { "downtimeTuning.steps", BV_MIGRATION_INTEGER, POLICY, OFFSET (steps), 1, 1000 },
  { "downtimeTuning.startAfterIteration", BV_MIGRATION_INTEGER, POLICY,
    OFFSET (start_after_iteration), 0, 1000 },
  { "downtimeTuning.cooldownSeconds", BV_MIGRATION_INTEGER, POLICY, OFFSET (cooldown_seconds), 1,
    DAY },
};
const guint bv_n_migration_options = G_N_ELEMENTS (bv_migration_options);

const BvMigrationOption *
bv_migration_option_find (const char *name, BvMigrationScope scope, GError **error)
{
  for (guint i = 0; i < bv_n_migration_options; i++)
    {
      const BvMigrationOption *option = &bv_migration_options[i];

      if (!g_str_equal (option->name, name))
        continue;
      if ((option->scope & scope) == scope)
        return option;
      g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                   _ ("%s can only be set for the whole host, in [migration] of barevirt.conf"),
                   name);
      return NULL;
    }
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
               _ ("there is no migration option %s; see barevirt.conf(5)"), name);
  return NULL;
}

static GVariant *
refuse (const BvMigrationOption *self, const char *wanted, GError **error)
{
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT, _ ("the value of %s must be %s"),
               self->name, wanted);
  return NULL;
}

static GVariant *
check_number (const BvMigrationOption *self, double number, GError **error)
{
  if (number < self->least || number > self->most || isnan (number) ||
      (self->type == BV_MIGRATION_INTEGER && number != floor (number)))
    {
      g_autofree char *wanted =
          g_strdup_printf (self->type == BV_MIGRATION_INTEGER ? _ ("a whole number from %g to %.0f")
                                                              : _ ("a number from %g to %g"),
                           self->least, self->most);

      return refuse (self, wanted, error);
    }
  return self->type == BV_MIGRATION_INTEGER ? g_variant_new_int64 ((gint64)number)
                                            : g_variant_new_double (number);
}

static GVariant *
parse_boolean (const BvMigrationOption *self, const char *text, GError **error)
{
  if (g_str_equal (text, "true") || g_str_equal (text, "1"))
    return g_variant_new_boolean (TRUE);
  if (g_str_equal (text, "false") || g_str_equal (text, "0"))
    return g_variant_new_boolean (FALSE);
  return refuse (self, _ ("true or false"), error);
}

static GVariant *
parse_number (const BvMigrationOption *self, const char *text, GError **error)
{
  char *end = NULL;
  double number = g_ascii_strtod (text, &end);

  if (end == text || end[0] != '\0')
    number = NAN;
  return check_number (self, number, error);
}

static GVariant *
parse_quantity (const BvMigrationOption *self, const char *text, GError **error)
{
  BvQuantity quantity;

  if (!bv_quantity_parse (text, &quantity) || bv_quantity_sign (&quantity) < 0)
    return refuse (self, _ ("an amount, such as “64Mi”"), error);
  return g_variant_new_uint64 ((guint64)bv_quantity_value (&quantity));
}

static GVariant *
parse_choice (const BvMigrationOption *self, const char *text, GError **error)
{
  g_autofree char *wanted = NULL;

  for (guint i = 0; self->choices[i] != NULL; i++)
    if (g_str_equal (self->choices[i], text))
      return g_variant_new_string (text);
  wanted = g_strjoinv (_ (" or "), (char **)self->choices);
  return refuse (self, wanted, error);
}

GVariant *
bv_migration_option_parse (const BvMigrationOption *self, const char *text, GError **error)
{
  static GVariant *(*const parsers[]) (const BvMigrationOption *self, const char *text,
                                       GError **error) = {
    [BV_MIGRATION_BOOLEAN] = parse_boolean,   [BV_MIGRATION_INTEGER] = parse_number,
    [BV_MIGRATION_QUANTITY] = parse_quantity, [BV_MIGRATION_RATIO] = parse_number,
    [BV_MIGRATION_CHOICE] = parse_choice,
  };

  return parsers[self->type](self, text, error);
}

/* As people and programs write it on the bus, or in JSON. */
static char *
to_text (GVariant *value)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return g_variant_dup_string (value, NULL);
  return g_variant_print (value, FALSE);
}

GVariant *
bv_migration_option_convert (const BvMigrationOption *self, GVariant *value, GError **error)
{
  g_autofree char *text = to_text (value);

  return bv_migration_option_parse (self, text, error);
}

void
bv_migration_option_apply (const BvMigrationOption *self, GVariant *value,
                           BvMigrationConfig *config)
{
  gpointer field = G_STRUCT_MEMBER_P (config, self->offset);

  switch (self->type)
    {
    case BV_MIGRATION_BOOLEAN:
      *(gboolean *)field = g_variant_get_boolean (value);
      return;
    case BV_MIGRATION_INTEGER:
      *(gint64 *)field = g_variant_get_int64 (value);
      return;
    case BV_MIGRATION_QUANTITY:
      *(guint64 *)field = g_variant_get_uint64 (value);
      return;
    case BV_MIGRATION_RATIO:
      *(double *)field = g_variant_get_double (value);
      return;
    case BV_MIGRATION_CHOICE:
      *(const char **)field = g_intern_string (g_variant_get_string (value, NULL));
      return;
    }
}

GVariant *
bv_migration_option_read (const BvMigrationOption *self, const BvMigrationConfig *config)
{
  gconstpointer field = G_STRUCT_MEMBER_P (config, self->offset);

  switch (self->type)
    {
    case BV_MIGRATION_BOOLEAN:
      return g_variant_new_boolean (*(const gboolean *)field);
    case BV_MIGRATION_INTEGER:
      return g_variant_new_int64 (*(const gint64 *)field);
    case BV_MIGRATION_QUANTITY:
      return g_variant_new_uint64 (*(const guint64 *)field);
    case BV_MIGRATION_RATIO:
      return g_variant_new_double (*(const double *)field);
    case BV_MIGRATION_CHOICE:
      return g_variant_new_string (*(const char *const *)field);
    }
  g_return_val_if_reached (NULL);
}
