/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Where an element of the domain, and all below it that has no row of its own, comes from. */
typedef struct
{
  const char *path;  /* below <domain> */
  const char *alias; /* what the element's alias begins with, where that decides: `ua-gpu-` */
  const char *field; /* of the VMI; [*] is the entry that the device's alias names */
  const char *rule;  /* a sentence */
} BvExplainRule;

extern const BvExplainRule bv_explain_rules[];
extern const guint bv_n_explain_rules;

const BvExplainRule *bv_explain_rule_find (const char *path, const char *alias);

G_END_DECLS
