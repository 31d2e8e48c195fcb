/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  BV_CONFIG_BOOLEAN,
  BV_CONFIG_INTEGER,
  BV_CONFIG_STRING,
  BV_CONFIG_STRINGS,
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

/* KubeVirt's states of a gate, by what they mean for one that the settings do not name. */
typedef enum {
  BV_CONFIG_GATE_OFF,    /* Alpha, and the deprecated that still can be set */
  BV_CONFIG_GATE_ON,     /* Beta */
  BV_CONFIG_GATE_ALWAYS, /* GA: cannot be closed */
} BvConfigGateState;

typedef struct
{
  const char *name;
  BvConfigGateState state;
} BvConfigGate;

extern const BvConfigKey bv_config_keys[];
extern const guint bv_n_config_keys;
extern const BvConfigGate bv_config_gates[];
extern const guint bv_n_config_gates;

G_END_DECLS
