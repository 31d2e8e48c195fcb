/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/machine/bv-xml-document.h"

G_BEGIN_DECLS

/* What domains on this host may have. Where libvirt tells nothing, as its driver for tests does,
 * “known” is FALSE, and nothing is refused on these grounds. */
typedef struct
{
  gboolean known;
  GStrv machines; /* all names, also the short ones */
  GStrv deprecated_machines;
  GStrv models; /* CPU models that this host can give */
  gboolean host_passthrough;
  gboolean host_model;
  gboolean tpm; /* an emulated one: swtpm is there */
  gboolean rng;
  gboolean sev;
  gboolean sev_es;
  gboolean sev_snp;
  gboolean tdx;
} BvDomainCapabilities;

BvDomainCapabilities *bv_domain_capabilities_new (void);

/* CAPABILITIES and DOMAIN_CAPABILITIES are libvirt's texts for ARCHITECTURE, libvirt's name. */
BvDomainCapabilities *bv_domain_capabilities_new_from_xml (BvXml *capabilities,
                                                           BvXml *domain_capabilities,
                                                           const char *architecture);
void bv_domain_capabilities_free (BvDomainCapabilities *self);
gboolean bv_domain_capabilities_has_machine (const BvDomainCapabilities *self, const char *machine);
gboolean bv_domain_capabilities_has_model (const BvDomainCapabilities *self, const char *model);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvDomainCapabilities, bv_domain_capabilities_free)

G_END_DECLS
