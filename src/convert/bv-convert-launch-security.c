/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-conversion.h"

#include <glib/gi18n-lib.h>

/* Guest policies, by the AMD SEV and SEV-SNP API specifications. */
#define SEV_NO_DEBUG (1 << 0)
#define SEV_ENCRYPTED_STATE (1 << 2)
#define SNP_SMT (1 << 16)
#define SNP_RESERVED (1 << 17)

static BvXml *
add_security (BvConversion *self, const char *type)
{
  BvXml *element = bv_xml_add (self->root, "launchSecurity");

  bv_xml_set (element, "type", type);
  return element;
}

static void
add_policy (BvConversion *self, BvXml *element, guint policy)
{
  bv_xml_add_text (element, "policy", bv_arena_printf (self->arena, "0x%x", policy));
}

static void
add_given (BvXml *element, const char *name, const char *text)
{
  if (text != NULL && text[0] != '\0')
    bv_xml_add_text (element, name, text);
}

static void
add_sev (BvConversion *self, const BvApiSEV *sev)
{
  BvXml *element = add_security (self, "sev");
  guint policy = SEV_NO_DEBUG;

  if (sev->policy != NULL && sev->policy->encrypted_state)
    policy |= SEV_ENCRYPTED_STATE;
  add_policy (self, element, policy);
  add_given (element, "dhCert", sev->dh_cert);
  add_given (element, "session", sev->session);
}

/* On s390x nothing is added: all virtio devices go through the IOMMU instead, which is what libvirt
 * would make of Secure Execution. */
gboolean
bv_convert_launch_security (BvConversion *self, GError **error)
{
  const BvApiLaunchSecurity *security = self->domain_spec->launch_security;

  if (security == NULL || !g_str_equal (self->arch->name, "amd64"))
    return TRUE;
  if (security->sev != NULL)
    add_sev (self, security->sev);
  else if (security->snp != NULL)
    add_policy (self, add_security (self, "sev-snp"), SNP_SMT | SNP_RESERVED);
  else if (security->tdx != NULL)
    bv_xml_set (bv_xml_add (add_security (self, "tdx"), "quoteGenerationService"), "path",
                self->facts->tdx_qgs_socket);
  return TRUE;
}
