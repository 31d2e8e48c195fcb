/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* KubeVirt's feature gates that concern a host; a Beta gate is on unless it is switched off, an
 * Alpha gate the other way round. */
typedef struct
{
  const char *name;
  gboolean on_by_default;
} BvFeatureGate;

extern const BvFeatureGate bv_feature_gates[];
extern const guint bv_n_feature_gates;

int bv_feature_gate_find (const char *name);

G_END_DECLS
