/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-conversion.h"

/* On where the facts do not say otherwise. */
static gboolean
reports_free_pages (const BvFactsContext *facts)
{
  return !bv_facts_context_has_free_page_reporting (facts) || facts->free_page_reporting;
}

/* The device by which the host takes back memory and learns how much is in use. A guest without it
 * says so, else libvirt would add one. */
gboolean
bv_convert_balloon (BvConversion *self, GError **error)
{
  const BvApiDevices *devices = self->device_spec;
  const BvFactsContext *facts = self->facts;
  BvXml *balloon = bv_xml_add (self->devices, "memballoon");

  if (bv_api_devices_has_autoattach_mem_balloon (devices) && !devices->autoattach_mem_balloon)
    {
      bv_xml_set (balloon, "model", "none");
      return TRUE;
    }
  bv_xml_set (balloon, "model", self->virtio_model);
  bv_xml_set_on (balloon, "freePageReporting", reports_free_pages (facts));
  if (facts->mem_balloon_stats_period > 0)
    bv_xml_set_uint (bv_xml_add (balloon, "stats"), "period",
                     (guint64)facts->mem_balloon_stats_period);
  if (self->iommu)
    bv_xml_set_on (bv_xml_add (balloon, "driver"), "iommu", TRUE);
  return TRUE;
}
