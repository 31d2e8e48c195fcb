/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-kinds.h"
#include "admit/bv-text-rules.h"

#include <glib/gi18n-lib.h>

/* What can be told of a VirtualMachineInstanceMigration without its VMI. */

static void
admit_between_clusters (BvAdmission *self, const BvApiVirtualMachineInstanceMigrationSpec *spec)
{
  const char *sent = spec->send_to == NULL ? NULL : spec->send_to->migration_id;
  const char *received = spec->receive == NULL ? NULL : spec->receive->migration_id;

  if (spec->send_to != NULL)
    bv_admission_require_gate (self, "DecentralizedLiveMigration", "spec.sendTo",
                               _ ("A migration to a separate host"));
  if (spec->receive != NULL)
    bv_admission_require_gate (self, "DecentralizedLiveMigration", "spec.receive",
                               _ ("A migration from a separate host"));
  if (sent != NULL && received != NULL && !g_str_equal (sent, received))
    bv_admission_refuse (self, BV_REASON_INVALID, "spec.receive.migrationID",
                         _ ("“%s” is not the identifier that sendTo has, “%s”; the two must be the "
                            "same."),
                         received, sent);
  if (sent != NULL && sent[0] == '\0')
    bv_admission_refuse (self, BV_REASON_REQUIRED, "spec.sendTo.migrationID",
                         _ ("The identifier is empty; give the one that both hosts know the "
                            "migration by."));
  if (spec->send_to != NULL && spec->send_to->connect_url != NULL &&
      spec->send_to->connect_url[0] == '\0')
    bv_admission_refuse (self, BV_REASON_REQUIRED, "spec.sendTo.connectURL",
                         _ ("The address is empty; give the one at which the target is reached."));
}

void
bv_admit_migration (BvAdmission *self, gconstpointer record)
{
  const BvApiVirtualMachineInstanceMigration *migration = record;
  const BvApiVirtualMachineInstanceMigrationSpec *spec = migration->spec;

  if (spec == NULL)
    return;
  if (!bv_text_is_given (spec->vmi_name))
    {
      if (spec->vmi_name != NULL || !bv_admission_is_written (self, "spec.vmiName"))
        bv_admission_refuse (self, BV_REASON_REQUIRED, "spec.vmiName",
                             _ ("Nothing says which instance moves; name it."));
    }
  else if (!bv_text_is_subdomain (spec->vmi_name))
    bv_admission_refuse (self, BV_REASON_INVALID, "spec.vmiName",
                         _ ("“%s” cannot be the name of an instance."), spec->vmi_name);
  if (bv_text_is_given (spec->priority))
    bv_admission_refuse (self, BV_REASON_FORBIDDEN, "spec.priority",
                         _ ("Priorities are set by a cluster's own controllers; remove it."));
  admit_between_clusters (self, spec);
}
