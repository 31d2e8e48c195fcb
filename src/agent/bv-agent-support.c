/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/bv-agent-support.h"

static const char *const basic_commands[] = {
  "guest-ping",
  "guest-get-time",
  "guest-info",
  "guest-shutdown",
  "guest-network-get-interfaces",
  "guest-get-fsinfo",
  "guest-get-host-name",
  "guest-get-users",
  "guest-get-timezone",
  "guest-get-osinfo",
  NULL,
};
static const char *const key_commands[] = {
  "guest-ssh-get-authorized-keys",
  "guest-ssh-add-authorized-keys",
  "guest-ssh-remove-authorized-keys",
  NULL,
};
static const char *const password_commands[] = { "guest-set-user-password", NULL };

static gboolean
always (const BvApiAccessCredential *credential)
{
  return TRUE;
}

static gboolean
sets_keys (const BvApiAccessCredential *credential)
{
  return credential->ssh_public_key != NULL &&
         credential->ssh_public_key->propagation_method != NULL &&
         credential->ssh_public_key->propagation_method->qemu_guest_agent != NULL;
}

static gboolean
sets_passwords (const BvApiAccessCredential *credential)
{
  return credential->user_password != NULL &&
         credential->user_password->propagation_method != NULL &&
         credential->user_password->propagation_method->qemu_guest_agent != NULL;
}

/* The sentences are KubeVirt's, which has them as the condition's reason. */
static const struct
{
  const char *const *commands;
  gboolean (*is_wanted) (const BvApiAccessCredential *credential);
  const char *lack;
} needs[] = {
  { basic_commands, always, "This guest agent doesn't support required basic commands" },
  { key_commands, sets_keys, "This guest agent doesn't support required public key commands" },
  { password_commands, sets_passwords,
    "This guest agent doesn't support required password commands" },
};

static gboolean
is_wanted (gsize need, const BvApiVirtualMachineInstanceSpec *spec)
{
  gboolean wanted = needs[need].is_wanted == always;

  for (guint i = 0; i < spec->n_access_credentials && !wanted; i++)
    wanted = needs[need].is_wanted (spec->access_credentials[i]);
  return wanted;
}

const char *
bv_agent_find_lack (const BvGuestInfo *info, const BvApiVirtualMachineInstanceSpec *spec,
                    const char **missing)
{
  for (gsize i = 0; i < G_N_ELEMENTS (needs); i++)
    for (guint j = 0; is_wanted (i, spec) && needs[i].commands[j] != NULL; j++)
      if (!bv_guest_info_has_command (info, needs[i].commands[j]))
        {
          *missing = needs[i].commands[j];
          return needs[i].lack;
        }
  return NULL;
}
