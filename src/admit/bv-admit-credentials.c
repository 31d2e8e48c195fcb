/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-areas.h"
#include "admit/bv-text-rules.h"

#include <glib/gi18n-lib.h>

/* spec.accessCredentials */

static const char *
at (BvAdmission *self, guint index, const char *below)
{
  return bv_admission_path (self, "accessCredentials[%u]%s", index, below);
}

static void
admit_source (BvAdmission *self, guint index, const char *below,
              const BvApiAccessCredentialSecretSource *secret)
{
  if (secret == NULL)
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, below),
                         _ ("This does not say where the credentials come from; write secret: "
                            "{secretName: NAME}."));
  else if (secret->secret_name != NULL && !bv_text_is_subdomain (secret->secret_name))
    bv_admission_refuse (
        self, BV_REASON_INVALID,
        bv_admission_path (self, "accessCredentials[%u]%s.secret.secretName", index, below),
        _ ("“%s” cannot be the name of a secret; write lower-case letters, digits, "
           "dashes and dots."),
        secret->secret_name);
}

static gboolean
has_no_cloud (const BvApiVirtualMachineInstanceSpec *spec)
{
  for (guint i = 0; i < spec->n_volumes; i++)
    if (spec->volumes[i]->cloud_init_no_cloud != NULL)
      return TRUE;
  return FALSE;
}

static gboolean
has_config_drive (const BvApiVirtualMachineInstanceSpec *spec)
{
  for (guint i = 0; i < spec->n_volumes; i++)
    if (spec->volumes[i]->cloud_init_config_drive != NULL)
      return TRUE;
  return FALSE;
}

static void
admit_ssh_method (BvAdmission *self, guint index,
                  const BvApiSSHPublicKeyAccessCredentialPropagationMethod *method)
{
  guint n = (method->qemu_guest_agent != NULL) + (method->no_cloud != NULL) +
            (method->config_drive != NULL);

  if (n != 1)
    bv_admission_refuse (self, BV_REASON_INVALID,
                         at (self, index, ".sshPublicKey.propagationMethod"),
                         _ ("The keys get into the guest in just one way; write one of "
                            "qemuGuestAgent, noCloud and configDrive."));
  if (method->no_cloud != NULL && !has_no_cloud (self->spec))
    bv_admission_refuse (self, BV_REASON_INVALID,
                         at (self, index, ".sshPublicKey.propagationMethod.noCloud"),
                         _ ("The keys would go onto a cloudInitNoCloud volume, and there is none; "
                            "add one to spec.volumes."));
  if (method->config_drive != NULL && !has_config_drive (self->spec))
    bv_admission_refuse (self, BV_REASON_INVALID,
                         at (self, index, ".sshPublicKey.propagationMethod.configDrive"),
                         _ ("The keys would go onto a cloudInitConfigDrive volume, and there is "
                            "none; add one to spec.volumes."));
  if (method->qemu_guest_agent != NULL && method->qemu_guest_agent->n_users == 0)
    bv_admission_refuse (self, BV_REASON_INVALID,
                         at (self, index, ".sshPublicKey.propagationMethod.qemuGuestAgent.users"),
                         _ ("The keys are for no user; name at least one."));
}

static void
admit_password (BvAdmission *self, guint index, const BvApiUserPasswordAccessCredential *password)
{
  if (password->source != NULL)
    admit_source (self, index, ".userPassword.source", password->source->secret);
  if (password->propagation_method != NULL &&
      password->propagation_method->qemu_guest_agent == NULL)
    bv_admission_refuse (self, BV_REASON_INVALID,
                         at (self, index, ".userPassword.propagationMethod"),
                         _ ("This does not say how the passwords get into the guest; write "
                            "qemuGuestAgent: {}."));
}

void
bv_admit_credentials (BvAdmission *self)
{
  for (guint i = 0; i < self->spec->n_access_credentials; i++)
    {
      const BvApiAccessCredential *credential = self->spec->access_credentials[i];
      const BvApiSSHPublicKeyAccessCredential *key = credential->ssh_public_key;

      if ((key != NULL) == (credential->user_password != NULL))
        bv_admission_refuse (self, BV_REASON_INVALID, at (self, i, ""),
                             _ ("This is about SSH keys or about passwords; write one of "
                                "sshPublicKey and userPassword."));
      if (key != NULL && key->source != NULL)
        admit_source (self, i, ".sshPublicKey.source", key->source->secret);
      if (key != NULL && key->propagation_method != NULL)
        admit_ssh_method (self, i, key->propagation_method);
      if (credential->user_password != NULL)
        admit_password (self, i, credential->user_password);
    }
}
