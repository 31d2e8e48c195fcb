/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-areas.h"
#include "admit/bv-text-rules.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define MOST_SERVERS 3
#define MOST_SEARCHES 6
#define LONGEST_SEARCHES 256

static void
admit_servers (BvAdmission *self, const BvApiPodDNSConfig *config)
{
  if (config->n_nameservers > MOST_SERVERS)
    bv_admission_refuse (self, BV_REASON_INVALID, bv_admission_path (self, "dnsConfig.nameservers"),
                         _ ("There are %u name servers; at most %d can be."), config->n_nameservers,
                         MOST_SERVERS);
  for (guint i = 0; i < config->n_nameservers; i++)
    if (!g_hostname_is_ip_address (config->nameservers[i]))
      bv_admission_refuse (self, BV_REASON_INVALID,
                           bv_admission_path (self, "dnsConfig.nameservers[%u]", i),
                           _ ("“%s” is no IP address."), config->nameservers[i]);
}

static void
admit_searches (BvAdmission *self, const BvApiPodDNSConfig *config)
{
  gsize length = config->n_searches;

  if (config->n_searches > MOST_SEARCHES)
    bv_admission_refuse (self, BV_REASON_INVALID, bv_admission_path (self, "dnsConfig.searches"),
                         _ ("There are %u search domains; at most %d can be."), config->n_searches,
                         MOST_SEARCHES);
  for (guint i = 0; i < config->n_searches; i++)
    {
      length += strlen (config->searches[i]);
      if (!bv_text_is_subdomain (config->searches[i]))
        bv_admission_refuse (self, BV_REASON_INVALID,
                             bv_admission_path (self, "dnsConfig.searches[%u]", i),
                             _ ("“%s” is no domain; write lower-case letters, digits, dashes and "
                                "dots, such as example.org."),
                             config->searches[i]);
    }
  if (config->n_searches > 0 && config->n_searches <= MOST_SEARCHES &&
      length - 1 > LONGEST_SEARCHES)
    bv_admission_refuse (self, BV_REASON_INVALID, bv_admission_path (self, "dnsConfig.searches"),
                         _ ("The search domains and the spaces between them have %" G_GSIZE_FORMAT
                            " characters; at most %d can be."),
                         length - 1, LONGEST_SEARCHES);
}

static void
admit_config (BvAdmission *self, const BvApiPodDNSConfig *config)
{
  admit_servers (self, config);
  admit_searches (self, config);
  for (guint i = 0; i < config->n_options; i++)
    if (!bv_text_is_given (config->options[i]->name))
      bv_admission_refuse (self, BV_REASON_INVALID,
                           bv_admission_path (self, "dnsConfig.options[%u].name", i),
                           _ ("The option has no name; write one such as ndots."));
}

/* What the guest learns of DNS, and the account that it is shown. */
void
bv_admit_dns (BvAdmission *self)
{
  const BvApiVirtualMachineInstanceSpec *spec = self->spec;
  gboolean is_none = g_strcmp0 (spec->dns_policy, "None") == 0;

  if (is_none && spec->dns_config == NULL)
    bv_admission_refuse (self, BV_REASON_REQUIRED, bv_admission_path (self, "dnsConfig"),
                         _ ("The DNS policy None takes all from dnsConfig; add one with "
                            "nameservers."));
  else if (is_none && spec->dns_config->n_nameservers == 0)
    bv_admission_refuse (self, BV_REASON_REQUIRED,
                         bv_admission_path (self, "dnsConfig.nameservers"),
                         _ ("The DNS policy None takes the name servers from here; write at least "
                            "one."));
  if (spec->dns_config != NULL)
    admit_config (self, spec->dns_config);
}

void
bv_admit_service_account (BvAdmission *self)
{
  const BvApiVirtualMachineInstanceSpec *spec = self->spec;
  const char *name = spec->service_account_name;
  const char *path;

  if (!bv_text_is_given (name))
    return;
  path = bv_admission_path (self, "serviceAccountName");
  if (!bv_text_is_subdomain (name))
    {
      bv_admission_refuse (self, BV_REASON_INVALID, path,
                           _ ("“%s” cannot be the name of a service account; write lower-case "
                              "letters, digits, dashes and dots."),
                           name);
      return;
    }
  for (guint i = 0; i < spec->n_volumes; i++)
    {
      const BvApiServiceAccountVolumeSource *account = spec->volumes[i]->service_account;

      if (account == NULL || g_strcmp0 (account->service_account_name, name) == 0)
        continue;
      bv_admission_refuse (
          self, BV_REASON_INVALID, path,
          _ ("volumes[%u] shows the service account “%s”, not “%s”; a guest has "
             "one account."),
          i, account->service_account_name == NULL ? "" : account->service_account_name, name);
      return;
    }
}
