/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-client.h"
#include "cli/bv-cli-manifest.h"
#include "cli/bv-cli-neutral.h"
#include "cli/bv-cli-options.h"
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

static BvContext *
read_context (const char *path, GError **error)
{
  g_autofree char *json = NULL;

  if (!g_file_get_contents (path, &json, NULL, error))
    return NULL;
  return bv_context_new_from_json (json, error);
}

/* VMI becomes NULL for an object that neither is nor makes one. */
static gboolean
to_vmi (BvObject *object, BvPolicy *policy, BvVmi **vmi)
{
  g_autoptr (GPtrArray) causes = NULL;

  *vmi = NULL;
  if (BV_IS_VMI (object))
    *vmi = g_object_ref (BV_VMI (object));
  if (!BV_IS_VIRTUAL_MACHINE (object))
    return TRUE;
  *vmi = bv_virtual_machine_create_vmi (BV_VIRTUAL_MACHINE (object));
  /* Its warnings are those of the VM, which were told with their places in the text. */
  causes = bv_object_admit (BV_OBJECT (*vmi), policy);
  if (!bv_causes_have_error (causes))
    return TRUE;
  bv_cli_print_causes (causes);
  return FALSE;
}

typedef struct
{
  BvCliOptions common;
  gboolean host;
  char *context_path;
  char *libvirt;
  char *qemu;
  gboolean explain;
  BvAdaptTarget target;
  BvPolicy *policy;
  BvContext *context;  /* NULL: a neutral one for each VMI */
  BvCliClient *client; /* NULL: the domain is made here */
} Options;

/* `9.0.0` as libvirt counts versions. */
static gboolean
read_version (const char *text, gulong *version, GError **error)
{
  guint64 parts[3] = { 0 };
  g_auto (GStrv) words = NULL;
  gboolean good = TRUE;

  *version = G_MAXULONG;
  if (text == NULL)
    return TRUE;
  words = g_strsplit (text, ".", 0);
  for (guint i = 0; words[i] != NULL && good; i++)
    good = i < G_N_ELEMENTS (parts) &&
           g_ascii_string_to_unsigned (words[i], 10, 0, 999, &parts[i], NULL);
  if (!good || words[0] == NULL)
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
adapt (GVirConfigDomain *domain, const Options *options, GString *text, GError **error)
{
  g_autoptr (GPtrArray) changes = NULL;

  if (options->libvirt == NULL && options->qemu == NULL)
    return TRUE;
  if (!bv_adapt_domain (domain, &options->target, &changes, error))
    return FALSE;
  for (guint i = 0; options->explain && i < changes->len; i++)
    g_string_append_printf (text, "%s\n", (char *)changes->pdata[i]);
  return TRUE;
}

static GVirConfigDomain *
make_domain (BvVmi *vmi, const Options *options, GError **error)
{
  g_autoptr (BvContext) context = options->context != NULL
                                      ? g_object_ref (options->context)
                                      : bv_cli_neutral_context_new (vmi, error);

  return context != NULL ? bv_vmi_convert (vmi, context, error) : NULL;
}

/* As the service would start it. */
static GVirConfigDomain *
ask_for_domain (BvObject *object, const Options *options, GError **error)
{
  g_autofree char *text = bv_object_to_yaml (object);
  g_autofree char *xml = NULL;

  if (!bv_dbus_manager_call_convert_sync (bv_cli_client_get_manager (options->client), text,
                                          g_variant_new ("a{sv}", NULL), &xml, NULL, error))
    return NULL;
  return gvir_config_domain_new_from_xml (xml, error);
}

static gboolean
convert (BvObject *object, BvVmi *vmi, const Options *options, GString *text, GError **error)
{
  g_autoptr (GVirConfigDomain) domain = options->client != NULL
                                            ? ask_for_domain (object, options, error)
                                            : make_domain (vmi, options, error);
  g_autofree char *printed = NULL;

  if (domain == NULL)
    return FALSE;
  if (options->explain)
    printed = bv_vmi_explain_domain (vmi, domain);
  if (!adapt (domain, options, text, error))
    return FALSE;
  if (!options->explain)
    printed = gvir_config_object_to_xml (GVIR_CONFIG_OBJECT (domain));
  g_string_append (text, printed);
  if (!g_str_has_suffix (printed, "\n"))
    g_string_append_c (text, '\n');
  return TRUE;
}

static gboolean
convert_objects (BvManifest *manifest, const Options *options, GString *text, GError **error)
{
  GListModel *objects = bv_manifest_get_objects (manifest);

  for (guint i = 0; i < g_list_model_get_n_items (objects); i++)
    {
      g_autoptr (BvObject) object = g_list_model_get_item (objects, i);
      g_autoptr (BvVmi) vmi = NULL;

      if (!to_vmi (object, options->policy, &vmi))
        {
          g_set_error (error, BV_ERROR, BV_ERROR_INVALID_MANIFEST,
                       _ ("The VMI that the VirtualMachine “%s” makes is refused."),
                       bv_object_get_name (object));
          return FALSE;
        }
      if (vmi != NULL && !convert (object, vmi, options, text, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
refuse_nothing (char **paths, GError **error)
{
  g_autofree char *names = g_strjoinv (", ", paths);

  if (g_str_equal (names, "-"))
    g_set_error (error, BV_ERROR, BV_ERROR_NOT_FOUND,
                 _ ("Standard input holds no VirtualMachine and no VirtualMachineInstance."));
  else
    g_set_error (error, BV_ERROR, BV_ERROR_NOT_FOUND,
                 _ ("There is no VirtualMachine and no VirtualMachineInstance in %s."), names);
  return FALSE;
}

static gboolean
convert_all (GPtrArray *manifests, char **paths, const Options *options, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < manifests->len; i++)
    if (!convert_objects (manifests->pdata[i], options, text, error))
      return FALSE;
  if (text->len == 0)
    return refuse_nothing (paths, error);
  g_print ("%s", text->str);
  return TRUE;
}

/* All is admitted before anything is converted, so that every cause is told. */
static int
run (const Options *options, char **paths)
{
  g_autoptr (GPtrArray) manifests = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GError) error = NULL;
  gboolean refused = FALSE;

  for (char **path = paths; *path != NULL; path++)
    {
      BvManifest *manifest = bv_cli_read_manifest (*path, BV_MANIFEST_NONE, &error);
      g_autoptr (GPtrArray) causes = NULL;

      if (manifest == NULL)
        return bv_cli_fail (error);
      g_ptr_array_add (manifests, manifest);
      causes = bv_cli_admit (manifest, options->policy);
      bv_cli_print_causes (causes);
      refused |= bv_causes_have_error (causes);
    }
  if (refused)
    return BV_CLI_FAILURE;
  return convert_all (manifests, paths, options, &error) ? 0 : bv_cli_fail (error);
}

static void
options_clear (Options *options)
{
  bv_cli_options_clear (&options->common);
  g_clear_pointer (&options->context_path, g_free);
  g_clear_pointer (&options->libvirt, g_free);
  g_clear_pointer (&options->qemu, g_free);
  g_clear_object (&options->policy);
  g_clear_object (&options->context);
  g_clear_pointer (&options->client, bv_cli_client_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

/* Whose facts it is about. */
static gboolean
choose_facts (Options *options, GError **error)
{
  if (options->context_path != NULL)
    options->context = read_context (options->context_path, error);
  else if (options->host)
    options->client = bv_cli_client_new_for_manager (&options->common, error);
  else
    return TRUE;
  return options->context != NULL || options->client != NULL;
}

static gboolean
check_choice (const Options *options, GError **error)
{
  gboolean others =
      options->context_path != NULL || options->libvirt != NULL || options->qemu != NULL;

  if (!options->host || !others)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
               _ ("--host takes the facts and the versions of the service's host: leave out "
                  "--context, --libvirt and --qemu."));
  return FALSE;
}

int
bv_cli_convert (int argc, char **argv)
{
  g_auto (Options) options = { .policy = bv_cli_policy_new () };
  const GOptionEntry entries[] = {
    { "context", 'c', 0, G_OPTION_ARG_FILENAME, &options.context_path,
      N_ ("Facts about the host, as JSON; else those of a usual one with KVM"), N_ ("FILE") },
    { "host", 0, 0, G_OPTION_ARG_NONE, &options.host,
      N_ ("Print the domain that the service would start on its host"), NULL },
    { "explain", 0, 0, G_OPTION_ARG_NONE, &options.explain,
      N_ ("Tell where each element comes from instead"), NULL },
    { "libvirt", 0, 0, G_OPTION_ARG_STRING, &options.libvirt,
      N_ ("Adapt the domain to this libvirt"), N_ ("VERSION") },
    { "qemu", 0, 0, G_OPTION_ARG_STRING, &options.qemu, N_ ("Adapt the domain to this QEMU"),
      N_ ("VERSION") },
    { NULL },
  };
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) paths = NULL;

  if (!bv_cli_options_parse (&options.common, entries, &argc, &argv, &error) ||
      !check_choice (&options, &error) ||
      !read_version (options.libvirt, &options.target.libvirt, &error) ||
      !read_version (options.qemu, &options.target.qemu, &error))
    return bv_cli_misuse ("%s", error->message);
  if (!choose_facts (&options, &error))
    return bv_cli_fail (error);
  paths = bv_cli_list_manifests (argv + 1, &error);
  return paths == NULL ? bv_cli_fail (error) : run (&options, paths);
}
