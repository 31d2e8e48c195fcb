/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vmi/bv-vmi-runtime-private.h"

#include <glib/gi18n-lib.h>

#include "model/bv-vmi-private.h"

/* Whether a guest can move to another host, as its VMI's conditions tell it. */

BvMigratable *
bv_vmi_runtime_judge_migration (BvVmiRuntime *self)
{
  const BvMigratableInput input = {
    .vmi = bv_vmi_get_record (BV_VMI (bv_entry_get_object (self->entry))),
    .volumes = self->status->volumes,
    .copying = bv_volume_copies_any_active (self->status->copies),
    .config = self->environment->config,
    .host = bv_host_get_facts (self->environment->host),
  };

  return bv_migratable_new (&input);
}

const char *
bv_vmi_runtime_get_migration_method (BvVmiRuntime *self)
{
  return self->migration_method;
}

/* Who empties the host counts on its moving. */
static void
warn_of_eviction (BvVmiRuntime *self)
{
  const BvApiVirtualMachineInstanceSpec *spec =
      bv_vmi_get_record (BV_VMI (bv_entry_get_object (self->entry)))->spec;
  g_autofree char *message = NULL;

  if (g_strcmp0 (spec->eviction_strategy, "LiveMigrate") != 0)
    return;
  message = g_strdup_printf (_ ("The eviction strategy is LiveMigrate, but the guest cannot move. "
                                "%s"),
                             bv_conditions_get_message (self->conditions, "StorageLiveMigratable"));
  bv_vmi_runtime_tell (self, "Warning", "Migrated", message);
}

/* Returns whether there is anything new to tell. */
gboolean
bv_vmi_runtime_update_migratable (BvVmiRuntime *self)
{
  g_autoptr (BvMigratable) found = NULL;
  gboolean changed;

  if (self->info == NULL || !bv_domain_state_is_active (self->info->state))
    {
      self->migration_method = NULL;
      changed = bv_conditions_remove (self->conditions, "LiveMigratable");
      return bv_conditions_remove (self->conditions, "StorageLiveMigratable") || changed;
    }
  found = bv_vmi_runtime_judge_migration (self);
  self->migration_method = bv_migratable_get_method (found);
  changed = bv_migratable_set_conditions (found, self->conditions);
  if (changed && !bv_migratable_check (found, self->domain_name, NULL))
    warn_of_eviction (self);
  return changed;
}
