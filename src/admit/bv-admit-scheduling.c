/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-areas.h"
#include "admit/bv-text-rules.h"

#include <glib/gi18n-lib.h>

static void
warn (BvAdmission *self, gboolean is_given, const char *field)
{
  if (is_given)
    bv_admission_warn (self, bv_admission_path (self, "%s", field),
                       _ ("“%s” says where a cluster runs the guest; it is kept, and not applied "
                          "on a host."),
                       field);
}

static gboolean
is_full (const BvNode *node)
{
  return node != NULL && node->n_children > 0;
}

/* A manifest of a cluster is taken as it is; what has no meaning here is told. */
void
bv_admit_scheduling (BvAdmission *self)
{
  const BvApiVirtualMachineInstanceSpec *spec = self->spec;

  warn (self, is_full (spec->affinity), "affinity");
  warn (self, spec->n_node_selector > 0, "nodeSelector");
  warn (self, bv_text_is_given (spec->priority_class_name), "priorityClassName");
  warn (self, bv_text_is_given (spec->scheduler_name), "schedulerName");
  warn (self, is_full (spec->tolerations), "tolerations");
  warn (self, is_full (spec->topology_spread_constraints), "topologySpreadConstraints");
}
