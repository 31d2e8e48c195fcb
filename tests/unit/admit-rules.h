/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-cause-private.h"

G_BEGIN_DECLS

/* A fault in the spec of a VMI and the one cause that it must give. */
typedef struct
{
  const char *name;
  const char *devices; /* members of spec.domain.devices, in YAML's flow form */
  const char *others;  /* more members of spec, each after a comma; a whole manifest where DEVICES
                          is NULL */
  const char *reason;
  const char *field;
  const char *words; /* part of the message */
} Rule;

void add_rules (const char *path, const Rule *rules, gsize n_rules);
void add_gated_rules (const char *path, const Rule *rules, gsize n_rules, const char *const *gates);
void add_warnings (const char *path, const Rule *rules, gsize n_rules);
void add_accepted (const char *path, const Rule *rules, gsize n_rules);

G_END_DECLS
