/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  BV_CONFIG_BOOLEAN,
  BV_CONFIG_INTEGER,
  BV_CONFIG_STRING,
  BV_CONFIG_STRINGS,
  BV_CONFIG_CPUS,      /* “2-5,8” */
  BV_CONFIG_QUANTITY,  /* “256Mi” */
  BV_CONFIG_RATIO,     /* “1.5” */
  BV_CONFIG_MIGRATION, /* as bv-migration-options.c has it */
} BvConfigType;

typedef struct
{
  const char *group;
  const char *name;
  BvConfigType type;
  const char *defaults[2];
  gint64 least;
  gint64 most;
} BvConfigKey;

extern const BvConfigKey bv_config_keys[];
extern const guint bv_n_config_keys;

G_END_DECLS
