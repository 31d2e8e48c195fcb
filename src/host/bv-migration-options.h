/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* How a guest moves to another host, by KubeVirt's names: what holds for all migrations, for those
 * of a group of guests, or for one. */

typedef enum
{
  BV_MIGRATION_BOOLEAN,  /* gboolean */
  BV_MIGRATION_INTEGER,  /* gint64 */
  BV_MIGRATION_QUANTITY, /* guint64: “64Mi” */
  BV_MIGRATION_RATIO,    /* double */
  BV_MIGRATION_CHOICE,   /* const char *: one of “choices” */
} BvMigrationOptionType;

/* Who may set an option, beside [migration]. */
typedef enum
{
  BV_MIGRATION_BY_HOST = 0,
  BV_MIGRATION_BY_POLICY = 1 << 0, /* [migration-policy NAME] */
  BV_MIGRATION_BY_CALLER = 1 << 1, /* who asks for one migration */
} BvMigrationScope;

/* All that was decided for one migration. */
typedef struct
{
  gboolean allow_auto_converge;
  gboolean allow_post_copy;
  gboolean allow_workload_disruption;
  gboolean unsafe_migration_override;
  gboolean disable_tls;
  guint64 bandwidth_per_migration;   /* bytes in a second; 0: no limit */
  gint64 completion_timeout_per_gib; /* seconds; 0: none */
  gint64 progress_timeout;           /* seconds; 0: none */
  gint64 utility_volumes_timeout;    /* seconds */
  gint64 max_downtime_ms;
  gint64 parallel_migration_threads; /* 0: one connection */
  gboolean threads_chosen;           /* somebody has set that */
  const char *compression;

  gboolean stall_detection; /* the rest of this part is in use */
  gint64 stall_margin;      /* percent */
  gint64 stall_progress_timeout;
  gint64 switchover_timeout;
  double ewma_alpha;
  double precopy_possible_factor;
  double patience_window_decay_factor;
  gboolean search_local_minima;
  double completion_timeout_factor;

  gboolean downtime_tuning; /* likewise */
  gint64 initial_ms;
  gint64 steps;
  gint64 start_after_iteration;
  gint64 cooldown_seconds;

  char *policy_name; /* of the policy that had a say, or NULL */
} BvMigrationConfig;

typedef struct
{
  const char *name;
  BvMigrationOptionType type;
  BvMigrationScope scope;
  gsize offset; /* in BvMigrationConfig */
  double least;
  double most;
  const char *const *choices;
} BvMigrationOption;

extern const BvMigrationOption bv_migration_options[];
extern const guint bv_n_migration_options;

/* The option NAME, if SCOPE may set it. */
const BvMigrationOption *bv_migration_option_find (const char *name, BvMigrationScope scope,
                                                   GError **error);
/* The value as b, x, t, d or s, whatever it came as. */
GVariant *bv_migration_option_parse (const BvMigrationOption *self, const char *text,
                                     GError **error);
GVariant *bv_migration_option_convert (const BvMigrationOption *self, GVariant *value,
                                       GError **error);
void bv_migration_option_apply (const BvMigrationOption *self, GVariant *value,
                                BvMigrationConfig *config);
GVariant *bv_migration_option_read (const BvMigrationOption *self, const BvMigrationConfig *config);

G_END_DECLS
