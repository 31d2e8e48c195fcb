/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "migration/bv-migration-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* What people are told of a guest that leaves. */

/* It is told of the VMI, for that is what people look at. */
void
bv_migration_tell (BvMigration *self, const char *type, const char *reason, const char *message)
{
  BvVmiRuntime *vmi = bv_migration_get_vmi (self);

  bv_event_log_tell (self->environment->events, bv_entry_get_object (self->entry), type, reason,
                     message);
  if (vmi != NULL)
    bv_vmi_runtime_tell_of_migration (vmi, type, reason, message);
}

void
bv_migration_set_doubt (BvMigration *self, const char *doubt)
{
  BvVmiRuntime *vmi = bv_migration_get_vmi (self);

  if (g_strcmp0 (self->doubt, doubt) == 0)
    return;
  g_free (self->doubt);
  self->doubt = g_strdup (doubt);
  if (doubt != NULL)
    bv_migration_tell (self, "Warning", "HandoverUnknown", doubt);
  if (vmi != NULL)
    bv_vmi_runtime_set_doubt (vmi, doubt);
  bv_migration_notify (self);
}

/* Whether the guest's memory is encrypted is another question: bv_migration_wants_tls (). */
void
bv_migration_warn_of_clear_text (BvMigration *self)
{
  const BvRemoteHost *host = bv_config_find_host (self->environment->config, self->record->target);
  const char *setting = host != NULL ? bv_remote_host_find_clear_text (host) : NULL;
  g_autofree char *text = NULL;

  if (setting == NULL)
    return;
  text = g_strdup_printf (
      _ ("The %s of [host %s] in barevirt.conf encrypts nothing: who listens on the way learns the "
         "guest's definition, and the passwords in it. Choose qemu+tls:// or qemu+ssh:// as "
         "libvirt-uri, and ssh:// as address, unless the network is safe."),
      setting, host->name);
  bv_migration_tell (self, "Warning", "NotEncrypted", text);
}

/* What libvirt says, and what helps where QEMU has not got rid of an earlier attempt. */
char *
bv_migration_describe_failure (const GError *error)
{
  static const char *const stuck[] = { "There's a migration process in progress",
                                       "duplicate yank instance" };

  for (guint i = 0; i < G_N_ELEMENTS (stuck); i++)
    if (strstr (error->message, stuck[i]) != NULL)
      return g_strdup_printf (_ ("%s. QEMU has not ended an earlier migration of the guest. If it "
                                 "says so again, restart the guest: it cannot move before, and "
                                 "runs on here."),
                              error->message);
  return g_strdup (error->message);
}
