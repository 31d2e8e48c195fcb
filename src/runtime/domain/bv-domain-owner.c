/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/domain/bv-domain-owner.h"

#include "convert/bv-xml.h"
#include "runtime/domain/bv-domain-info.h"

void
bv_domain_owner_write (GVirConfigDomain *domain, BvObject *owner)
{
  BvXml *metadata = bv_xml_ensure (bv_xml_of (GVIR_CONFIG_OBJECT (domain)), "metadata");
  BvXml *vmi = bv_xml_add (metadata, "vmi");

  bv_xml_declare (vmi, NULL, BV_DOMAIN_METADATA_URI);
  bv_xml_set (vmi, "uid", bv_object_get_uid (owner));
  bv_xml_set (vmi, "namespace", bv_object_get_namespace (owner));
  bv_xml_set (vmi, "name", bv_object_get_name (owner));
}

/* METADATA is our element as libvirt gives it back, or NULL; so is the result for one that names
 * nobody. */
char *
bv_domain_owner_read_uid (const char *metadata)
{
  g_autoptr (GRegex) regex = g_regex_new ("\\suid=[\"']([0-9a-fA-F-]{36})[\"']", 0, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;

  if (metadata == NULL || !g_regex_match (regex, metadata, 0, &match))
    return NULL;
  return g_match_info_fetch (match, 1);
}
