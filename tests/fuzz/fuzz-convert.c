/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "adapt/bv-adapt.h"
#include "admit/bv-admit.h"
#include "bv-autocleanups.h"
#include "convert/bv-convert.h"
#include "convert/bv-explain.h"
#include "model/bv-cause-private.h"
#include "model/bv-manifest.h"
#include "model/bv-virtual-machine.h"

#include <libxml/parser.h>
#include <string.h>

/* The whole way: a manifest, and after a NUL the facts about the host, to the XML of a domain. */

static BvContext *
read_context (const guint8 *data, gsize size)
{
  const guint8 *nul = memchr (data, '\0', size);
  g_autofree char *json = NULL;

  if (nul == NULL)
    return bv_context_new ();
  json = g_strndup ((const char *)nul + 1, data + size - nul - 1);
  return bv_context_new_from_json (json, NULL);
}

static void
check_xml (const char *xml)
{
  xmlDoc *document =
      xmlReadMemory (xml, strlen (xml), NULL, NULL, XML_PARSE_NOERROR | XML_PARSE_NONET);

  g_assert_nonnull (document);
  xmlFreeDoc (document);
}

/* The domain as older hosts get it. */
static void
adapt (BvVmi *vmi, BvContext *context)
{
  const BvAdaptTarget target = { .libvirt = 9000000, .qemu = 7002000 };
  g_autoptr (GVirConfigDomain) domain = bv_vmi_convert (vmi, context, NULL);
  g_autoptr (GPtrArray) changes = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *explained = NULL;
  g_autofree char *xml = NULL;

  g_assert_nonnull (domain);
  explained = bv_vmi_explain_domain (vmi, domain);
  g_assert_nonnull (explained);
  if (!bv_adapt_domain (domain, &target, &changes, &error))
    {
      g_assert_nonnull (error);
      return;
    }
  xml = gvir_config_object_to_xml (GVIR_CONFIG_OBJECT (domain));
  check_xml (xml);
}

static void
convert (BvVmi *vmi, BvPolicy *policy, BvContext *context)
{
  g_autoptr (GPtrArray) causes = bv_object_admit (BV_OBJECT (vmi), policy);
  g_autoptr (GError) error = NULL;
  g_autofree char *xml = NULL;

  if (bv_causes_have_error (causes))
    return;
  xml = bv_vmi_convert_to_xml (vmi, context, &error);
  g_assert_true ((xml == NULL) == (error != NULL));
  if (xml == NULL)
    return;
  check_xml (xml);
  adapt (vmi, context);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (BvContext) context = size == 0 ? NULL : read_context (data, size);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (BvManifest) manifest = NULL;
  g_autoptr (BvPolicy) policy = bv_policy_new ();
  GListModel *objects;

  if (context == NULL)
    return 0;
  bytes = g_bytes_new (data, strnlen ((const char *)data, size));
  manifest = bv_manifest_new_from_bytes (bytes, "fuzz", BV_MANIFEST_SKIP_UNKNOWN);
  if (!bv_manifest_is_valid (manifest))
    return 0;
  bv_policy_set_enforce_gates (policy, FALSE);
  objects = bv_manifest_get_objects (manifest);
  for (guint i = 0; i < g_list_model_get_n_items (objects); i++)
    {
      g_autoptr (BvObject) object = g_list_model_get_item (objects, i);
      g_autoptr (BvVmi) vmi = NULL;

      if (BV_IS_VMI (object))
        vmi = g_object_ref (BV_VMI (object));
      else if (BV_IS_VIRTUAL_MACHINE (object))
        vmi = bv_virtual_machine_create_vmi (BV_VIRTUAL_MACHINE (object));
      if (vmi != NULL)
        convert (vmi, policy, context);
    }
  return 0;
}
