/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-areas.h"
#include "admit/bv-text-rules.h"

#include <glib/gi18n-lib.h>

#define MOST_ITEMS_OF_A_CLUSTER 256

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

/* A cluster would refuse the manifest; a host has no such limit. */
static void
warn_of_length (BvAdmission *self, guint n, const char *field)
{
  if (n > MOST_ITEMS_OF_A_CLUSTER)
    bv_admission_warn (self, bv_admission_path (self, "%s", field),
                       _ ("There are %u entries; a cluster takes at most %d."), n,
                       MOST_ITEMS_OF_A_CLUSTER);
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
  if (bv_text_is_given (spec->service_account_name))
    bv_admission_warn (self, bv_admission_path (self, "serviceAccountName"),
                       _ ("A host runs no pods that could use the service account; the name is "
                          "kept, and not applied."));
  warn_of_length (self, spec->n_access_credentials, "accessCredentials");
  warn_of_length (self, spec->domain->devices->n_disks, "domain.devices.disks");
  warn_of_length (self, spec->domain->devices->n_interfaces, "domain.devices.interfaces");
  warn_of_length (self, spec->n_networks, "networks");
  warn_of_length (self, spec->n_volumes, "volumes");
}
