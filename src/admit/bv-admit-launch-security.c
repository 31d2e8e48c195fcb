/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-areas.h"
#include "admit/bv-text-rules.h"

#include <glib/gi18n-lib.h>

static void G_GNUC_PRINTF (2, 3) refuse (BvAdmission *self, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  bv_admission_refuse (self, BV_REASON_INVALID, bv_admission_path (self, "domain.launchSecurity"),
                       "%s", message);
}

static void
admit_efi (BvAdmission *self, const BvApiLaunchSecurity *security, const char *kind)
{
  const BvApiBootloader *bootloader = self->spec->domain->firmware->bootloader;
  const BvApiEFI *efi = bootloader == NULL ? NULL : bootloader->efi;

  if (efi == NULL)
    {
      refuse (self,
              _ ("A guest protected by %s starts with EFI only; add firmware: {bootloader: {efi: "
                 "{secureBoot: false}}}."),
              kind);
      return;
    }
  if (security->tdx == NULL && (!bv_api_efi_has_secure_boot (efi) || efi->secure_boot))
    refuse (self,
            _ ("A guest protected by %s starts without secure boot only; write efi: {secureBoot: "
               "false}."),
            kind);
  if (security->sev == NULL && efi->persistent)
    refuse (self,
            _ ("The firmware of a guest protected by %s keeps nothing; remove efi.persistent."),
            kind);
}

/* What the secure processor gets; it would only say that the launch failed. */
static void
admit_base64 (BvAdmission *self, const char *field, const char *text)
{
  gsize length;

  if (bv_text_is_given (text) && !bv_text_measure_base64 (text, &length))
    bv_admission_refuse (self, BV_REASON_INVALID,
                         bv_admission_path (self, "domain.launchSecurity.sev.%s", field),
                         _ ("This is not base64; write what “sevctl session” has made."));
}

static void
admit_sev (BvAdmission *self, const BvApiSEV *sev)
{
  admit_base64 (self, "session", sev->session);
  admit_base64 (self, "dhCert", sev->dh_cert);
  if (sev->attestation != NULL && g_strcmp0 (self->spec->start_strategy, "Paused") != 0)
    refuse (self, _ ("A guest whose measurement is checked must wait for that; add startStrategy: "
                     "Paused."));
}

static void
admit_interfaces (BvAdmission *self, const char *kind)
{
  const BvApiDevices *devices = self->spec->domain->devices;

  for (guint i = 0; i < devices->n_interfaces; i++)
    if (bv_api_interface_has_boot_order (devices->interfaces[i]))
      refuse (self,
              _ ("A guest protected by %s cannot boot from the network; remove bootOrder from "
                 "interfaces[%u]."),
              kind, i);
}

static void
admit_amd64 (BvAdmission *self, const BvApiLaunchSecurity *security, const char *kind)
{
  const BvApiFeatureState *smm = self->spec->domain->features->smm;

  bv_admission_require_gate (
      self, security->tdx != NULL ? "WorkloadEncryptionTDX" : "WorkloadEncryptionSEV",
      bv_admission_path (self, "domain.launchSecurity.%s", kind), _ ("launchSecurity.%s"), kind);
  if (security->tdx != NULL && smm != NULL && smm->enabled)
    refuse (self, _ ("A guest protected by %s has no system management mode; remove features.smm."),
            kind);
  admit_efi (self, security, kind);
  if (security->sev != NULL)
    admit_sev (self, security->sev);
  admit_interfaces (self, kind);
}

void
bv_admit_launch_security (BvAdmission *self)
{
  const BvApiLaunchSecurity *security = self->spec->domain->launch_security;
  guint n;

  if (security == NULL)
    return;
  n = (security->sev != NULL) + (security->snp != NULL) + (security->tdx != NULL);
  if (g_strcmp0 (self->architecture, "arm64") == 0)
    bv_admission_refuse (self, BV_REASON_INVALID, bv_admission_path (self, "architecture"),
                         _ ("There is no launch security for guests of arm64; remove "
                            "domain.launchSecurity."));
  else if (g_strcmp0 (self->architecture, "amd64") != 0)
    return;
  else if (n != 1)
    bv_admission_refuse (self, BV_REASON_FORBIDDEN,
                         bv_admission_path (self, "domain.launchSecurity"),
                         _ ("A guest is protected in just one way; write one of sev, snp and "
                            "tdx."));
  else
    admit_amd64 (self, security,
                 security->sev != NULL   ? "sev"
                 : security->snp != NULL ? "snp"
                                         : "tdx");
}
