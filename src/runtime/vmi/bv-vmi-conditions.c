/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vmi/bv-vmi-conditions.h"

#include <glib/gi18n-lib.h>

static const struct
{
  BvDomainReason reason;
  const char *name;
  const char *message;
} pauses[] = {
  { BV_DOMAIN_REASON_USER, "PausedByUser", N_ ("The guest was paused by a user.") },
  { BV_DOMAIN_REASON_IO_ERROR, "PausedIOError",
    N_ ("The guest was paused because of an error of its storage.") },
  { BV_DOMAIN_REASON_MIGRATION, "PausedByMigrationMonitor",
    N_ ("The guest was paused by the monitor of its migration.") },
};

/* libvirt forgets why a domain is paused when it restarts at the wrong time; we do not. */
static BvDomainReason
get_reason (const BvDomainInfo *domain, gboolean paused_by_user)
{
  for (guint i = 0; i < G_N_ELEMENTS (pauses); i++)
    if (pauses[i].reason == domain->reason)
      return domain->reason;
  return paused_by_user ? BV_DOMAIN_REASON_USER : domain->reason;
}

static gboolean
update_paused (BvConditions *conditions, const BvDomainInfo *domain, gboolean paused_by_user)
{
  BvDomainReason reason;

  if (domain == NULL || domain->state != BV_DOMAIN_PAUSED)
    return bv_conditions_remove (conditions, "Paused");
  reason = get_reason (domain, paused_by_user);
  for (guint i = 0; i < G_N_ELEMENTS (pauses); i++)
    if (pauses[i].reason == reason)
      return bv_conditions_set (conditions, "Paused", TRUE, pauses[i].name, _ (pauses[i].message));
  return bv_conditions_remove (conditions, "Paused");
}

static gboolean
update_agent (BvConditions *conditions, const BvDomainInfo *domain)
{
  if (domain != NULL && domain->agent_connected && bv_domain_state_is_active (domain->state))
    return bv_conditions_set (conditions, "AgentConnected", TRUE, NULL, NULL);
  return bv_conditions_remove (conditions, "AgentConnected");
}

gboolean
bv_vmi_conditions_update (BvConditions *conditions, const BvDomainInfo *domain,
                          gboolean paused_by_user)
{
  gboolean changed = update_paused (conditions, domain, paused_by_user);

  return update_agent (conditions, domain) || changed;
}
