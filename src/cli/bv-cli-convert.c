/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-manifest.h"
#include "cli/bv-cli.h"
#include "admit/bv-admit.h"
#include "convert/bv-convert.h"
#include "model/bv-cause-private.h"
#include "model/bv-error.h"
#include "model/bv-virtual-machine.h"

#include <glib/gi18n.h>

static BvContext *
read_context (const char *path, GError **error)
{
  g_autofree char *json = NULL;

  if (path == NULL)
    return bv_context_new ();
  if (!g_file_get_contents (path, &json, NULL, error))
    return NULL;
  return bv_context_new_from_json (json, error);
}

static BvVmi *
to_vmi (BvObject *object, BvPolicy *policy)
{
  g_autoptr (GPtrArray) causes = NULL;
  BvVmi *vmi;

  if (BV_IS_VMI (object))
    return g_object_ref (BV_VMI (object));
  if (!BV_IS_VIRTUAL_MACHINE (object))
    return NULL;
  vmi = bv_virtual_machine_create_vmi (BV_VIRTUAL_MACHINE (object));
  causes = bv_object_admit (BV_OBJECT (vmi), policy);
  bv_cli_print_causes (causes);
  if (bv_causes_have_error (causes))
    g_clear_object (&vmi);
  return vmi;
}

static gboolean
convert_all (BvManifest *manifest, BvPolicy *policy, BvContext *context, GError **error)
{
  GListModel *objects = bv_manifest_get_objects (manifest);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (objects); i++)
    {
      g_autoptr (BvObject) object = g_list_model_get_item (objects, i);
      g_autoptr (BvVmi) vmi = to_vmi (object, policy);
      g_autofree char *xml = NULL;

      if (vmi == NULL)
        continue;
      xml = bv_vmi_convert_to_xml (vmi, context, error);
      if (xml == NULL)
        return FALSE;
      g_string_append (text, xml);
    }
  if (text->len == 0)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_NOT_FOUND,
                   _ ("The manifest holds no VirtualMachine or VirtualMachineInstance."));
      return FALSE;
    }
  g_print ("%s", text->str);
  return TRUE;
}

int
bv_cli_convert (int argc, char **argv)
{
  g_autofree char *context_path = NULL;
  const GOptionEntry entries[] = {
    { "context", 'c', 0, G_OPTION_ARG_FILENAME, &context_path, N_ ("Facts about the host, as JSON"),
      N_ ("FILE") },
    { NULL },
  };
  g_autoptr (GOptionContext) options = g_option_context_new (_ ("MANIFEST"));
  g_autoptr (GError) error = NULL;
  g_autoptr (BvContext) context = NULL;
  g_autoptr (BvPolicy) policy = bv_policy_new ();
  g_autoptr (BvManifest) manifest = NULL;
  g_autoptr (GPtrArray) causes = NULL;

  bv_policy_set_enforce_gates (policy, FALSE);
  g_option_context_add_main_entries (options, entries, GETTEXT_PACKAGE);
  if (!g_option_context_parse (options, &argc, &argv, &error))
    return bv_cli_fail (error);
  manifest = bv_cli_read_manifest (argc > 1 ? argv[1] : "-", BV_MANIFEST_NONE, &error);
  if (manifest == NULL)
    return bv_cli_fail (error);
  causes = bv_cli_admit (manifest, policy);
  bv_cli_print_causes (causes);
  if (bv_causes_have_error (causes))
    return 1;
  context = read_context (context_path, &error);
  if (context == NULL || !convert_all (manifest, policy, context, &error))
    return bv_cli_fail (error);
  return 0;
}
