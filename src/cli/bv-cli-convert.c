/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-manifest.h"
#include "cli/bv-cli.h"
#include "admit/bv-admit.h"
#include "adapt/bv-adapt.h"
#include "bv-autocleanups.h"
#include "convert/bv-convert.h"
#include "convert/bv-explain.h"
#include "model/bv-cause-private.h"
#include "model/bv-error.h"
#include "model/bv-virtual-machine.h"

#include <glib/gi18n.h>
#include <stdio.h>

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

typedef struct
{
  char *context_path;
  char *libvirt;
  char *qemu;
  gboolean explain;
  BvPolicy *policy;
  BvContext *context;
} Options;

/* `9.0.0` as libvirt counts versions. */
static gboolean
read_version (const char *text, gulong *version, GError **error)
{
  guint parts[3] = { 0 };

  *version = G_MAXULONG;
  if (text == NULL)
    return TRUE;
  if (sscanf (text, "%u.%u.%u", &parts[0], &parts[1], &parts[2]) < 1)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                   _ ("“%s” is no version; write one such as 9.0.0."), text);
      return FALSE;
    }
  *version = parts[0] * 1000000UL + parts[1] * 1000UL + parts[2];
  return TRUE;
}

/* Without versions the domain is KubeVirt's own. */
static gboolean
adapt (GVirConfigDomain *domain, const Options *options, GError **error)
{
  g_autoptr (GPtrArray) changes = NULL;
  BvAdaptTarget target;

  if (options->libvirt == NULL && options->qemu == NULL)
    return TRUE;
  if (!read_version (options->libvirt, &target.libvirt, error) ||
      !read_version (options->qemu, &target.qemu, error))
    return FALSE;
  if (!bv_adapt_domain (domain, &target, &changes, error))
    return FALSE;
  for (guint i = 0; options->explain && i < changes->len; i++)
    g_print ("%s\n", (char *)changes->pdata[i]);
  return TRUE;
}

static gboolean
convert (BvVmi *vmi, const Options *options, GString *text, GError **error)
{
  g_autoptr (GVirConfigDomain) domain = bv_vmi_convert (vmi, options->context, error);
  g_autofree char *printed = NULL;

  if (domain == NULL)
    return FALSE;
  if (options->explain)
    printed = bv_vmi_explain_domain (vmi, domain);
  if (!adapt (domain, options, error))
    return FALSE;
  if (!options->explain)
    printed = gvir_config_object_to_xml (GVIR_CONFIG_OBJECT (domain));
  g_string_append (text, printed);
  if (!g_str_has_suffix (printed, "\n"))
    g_string_append_c (text, '\n');
  return TRUE;
}

static gboolean
convert_all (BvManifest *manifest, const Options *options, GError **error)
{
  GListModel *objects = bv_manifest_get_objects (manifest);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (objects); i++)
    {
      g_autoptr (BvObject) object = g_list_model_get_item (objects, i);
      g_autoptr (BvVmi) vmi = to_vmi (object, options->policy);

      if (vmi != NULL && !convert (vmi, options, text, error))
        return FALSE;
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

static int
run (const Options *options, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BvManifest) manifest = bv_cli_read_manifest (path, BV_MANIFEST_NONE, &error);
  g_autoptr (GPtrArray) causes = NULL;

  if (manifest == NULL)
    return bv_cli_fail (error);
  causes = bv_cli_admit (manifest, options->policy);
  bv_cli_print_causes (causes);
  if (bv_causes_have_error (causes))
    return 1;
  return convert_all (manifest, options, &error) ? 0 : bv_cli_fail (error);
}

static void
options_clear (Options *options)
{
  g_clear_pointer (&options->context_path, g_free);
  g_clear_pointer (&options->libvirt, g_free);
  g_clear_pointer (&options->qemu, g_free);
  g_clear_object (&options->policy);
  g_clear_object (&options->context);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

int
bv_cli_convert (int argc, char **argv)
{
  g_auto (Options) options = { .policy = bv_policy_new () };
  const GOptionEntry entries[] = {
    { "context", 'c', 0, G_OPTION_ARG_FILENAME, &options.context_path,
      N_ ("Facts about the host, as JSON"), N_ ("FILE") },
    { "explain", 0, 0, G_OPTION_ARG_NONE, &options.explain,
      N_ ("Tell where each element comes from instead"), NULL },
    { "libvirt", 0, 0, G_OPTION_ARG_STRING, &options.libvirt,
      N_ ("Adapt the domain to this libvirt"), N_ ("VERSION") },
    { "qemu", 0, 0, G_OPTION_ARG_STRING, &options.qemu, N_ ("Adapt the domain to this QEMU"),
      N_ ("VERSION") },
    { NULL },
  };
  g_autoptr (GOptionContext) parser = g_option_context_new (_ ("MANIFEST"));
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (parser, entries, GETTEXT_PACKAGE);
  if (!g_option_context_parse (parser, &argc, &argv, &error))
    return bv_cli_fail (error);
  options.context = read_context (options.context_path, &error);
  if (options.context == NULL)
    return bv_cli_fail (error);
  bv_policy_set_enforce_gates (options.policy, FALSE);
  return run (&options, argc > 1 ? argv[1] : "-");
}
