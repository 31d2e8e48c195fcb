/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "daemon/bv-manager-texts.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "admit/bv-admit.h"
#include "bv-autocleanups.h"
#include "host/bv-resolve.h"
#include "model/bv-cause-private.h"
#include "model/bv-error.h"
#include "model/bv-virtual-machine.h"

/* What the thread gets; nothing of it changes meanwhile, and all of it is freed in the main loop.
 */
typedef struct
{
  GVariant *parameters; /* keeps the text */
  BvTextInput input;
  BvEnvironment *environment;
  BvHostFacts *facts;
} TextWork;

typedef GVariant *(*TextFunc) (const TextWork *work, GError **error);

static BvEnvironment *
get_environment (BvRequest *request)
{
  return bv_controller_get_environment (bv_bus_get_controller (bv_request_get_bus (request)));
}

gboolean
bv_text_input_read (BvTextInput *self, BvRequest *request, GError **error)
{
  gint64 most =
      bv_config_get_integer (get_environment (request)->config, "limits", "manifest-bytes");
  g_autoptr (GVariant) options = bv_request_get_options (request);
  gboolean skip_unknown = FALSE;

  g_variant_get_child (bv_request_get_parameters (request), 0, "&s", &self->text);
  g_variant_lookup (options, "skip-unknown", "b", &skip_unknown);
  self->flags = skip_unknown ? BV_MANIFEST_SKIP_UNKNOWN : BV_MANIFEST_NONE;
  if (!g_variant_lookup (options, "file", "s", &self->file))
    self->file = g_strdup ("manifest");
  if (strlen (self->text) <= (gsize)most)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_LIMIT_EXCEEDED,
               _ ("A manifest may have %" G_GINT64_FORMAT " bytes at most. Split it, or raise "
                  "manifest-bytes= in [limits] of barevirt.conf."),
               most);
  return FALSE;
}

void
bv_text_input_clear (BvTextInput *self)
{
  g_clear_pointer (&self->file, g_free);
}

static void
text_work_free (TextWork *self)
{
  g_clear_pointer (&self->parameters, g_variant_unref);
  bv_text_input_clear (&self->input);
  g_clear_pointer (&self->facts, bv_host_facts_unref);
  g_clear_pointer (&self->environment, bv_environment_unref);
  g_free (self);
}

static BvPolicy *
get_policy (const TextWork *work)
{
  return bv_config_get_policy (work->environment->config);
}

/* By itself: nothing is to be learned about what is stored. */
static BvPlan *
make_plan (const TextWork *work)
{
  g_autoptr (BvRegistry) none = bv_registry_new ();

  return bv_plan_new (
      none, get_policy (work),
      bv_plan_text_new (get_policy (work), work->input.text, work->input.file, work->input.flags));
}

static GVariant *
validate (const TextWork *work, GError **error)
{
  g_autoptr (BvPlan) plan = make_plan (work);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < plan->causes->len; i++)
    g_variant_builder_add_value (&builder,
                                 bv_cause_to_variant (g_ptr_array_index (plan->causes, i)));
  return g_variant_new ("(aa{sv})", &builder);
}

static BvVmi *
get_only_vmi (const TextWork *work, BvPlan *plan, GError **error)
{
  g_autoptr (BvVmi) vmi = NULL;
  g_autoptr (GPtrArray) causes = NULL;
  BvObject *object;

  if (!bv_plan_check (plan, error))
    return NULL;
  if (plan->items->len == 1)
    {
      object = ((const BvPlanItem *)g_ptr_array_index (plan->items, 0))->object;
      if (BV_IS_VMI (object))
        vmi = g_object_ref (BV_VMI (object));
      else if (BV_IS_VIRTUAL_MACHINE (object))
        vmi = bv_virtual_machine_create_vmi (BV_VIRTUAL_MACHINE (object));
    }
  if (vmi == NULL)
    g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                 _ ("Give one VirtualMachineInstance or VirtualMachine to convert, and nothing "
                    "else."));
  else
    /* For the defaults: the text is judged already. */
    causes = bv_object_admit (BV_OBJECT (vmi), get_policy (work));
  return g_steal_pointer (&vmi);
}

/* Files are not looked at: whether one is there is not everyone's to know. */
static char *
convert_vmi (const TextWork *text, BvVmi *vmi, GError **error)
{
  const BvEnvironment *environment = text->environment;
  g_autofree char *folder =
      g_build_filename (environment->runtime_directory, bv_object_get_name (BV_OBJECT (vmi)), NULL);
  const BvVolumeWork work = {
    .vmi = vmi,
    .uid = bv_object_get_uid (BV_OBJECT (vmi)),
    .config = environment->config,
    .facts = text->facts,
    .runtime_directory = folder,
    .state_directory = environment->state_directory,
    .image_folder = folder,
    .disk_folder = folder,
    .dry_run = TRUE,
    .networks = environment->networks,
  };
  g_autoptr (BvContext) context = bv_resolve_context (&work, NULL, error);
  g_autoptr (GVirConfigDomain) domain =
      context != NULL ? bv_resolve_domain (&work, context, NULL, error) : NULL;

  return domain != NULL ? gvir_config_object_to_xml (GVIR_CONFIG_OBJECT (domain)) : NULL;
}

static GVariant *
convert (const TextWork *work, GError **error)
{
  g_autoptr (BvPlan) plan = make_plan (work);
  g_autoptr (BvVmi) vmi = get_only_vmi (work, plan, error);
  g_autofree char *xml = vmi != NULL ? convert_vmi (work, vmi, error) : NULL;

  return xml != NULL ? g_variant_new ("(s)", xml) : NULL;
}

static void
run (GTask *task, TextFunc func)
{
  GError *error = NULL;
  GVariant *answer = func (g_task_get_task_data (task), &error);

  if (answer != NULL)
    g_task_return_pointer (task, g_variant_ref_sink (answer), (GDestroyNotify)g_variant_unref);
  else
    g_task_return_error (task, error);
}

static void
validate_in_worker (GTask *task)
{
  run (task, validate);
}

static void
convert_in_worker (GTask *task)
{
  run (task, convert);
}

static void
bv_manager_text_done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BvRequest *request = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = g_task_propagate_pointer (G_TASK (result), &error);

  if (answer != NULL)
    bv_request_return (request, answer);
  else
    bv_request_return_error (request, error);
}

static void
begin (BvRequest *request, BvTaskFunc func)
{
  TextWork *work = g_new0 (TextWork, 1);
  g_autoptr (GError) error = NULL;
  GTask *task;

  work->environment = bv_environment_ref (get_environment (request));
  work->parameters = g_variant_ref (bv_request_get_parameters (request));
  if (!bv_text_input_read (&work->input, request, &error))
    {
      text_work_free (work);
      bv_request_return_error (request, error);
      return;
    }
  work->facts = bv_host_facts_ref (bv_host_get_facts (work->environment->host));
  task = g_task_new (NULL, NULL, bv_manager_text_done_cb, request);
  g_task_set_source_tag (task, begin);
  g_task_set_task_data (task, work, (GDestroyNotify)text_work_free);
  bv_worker_push_task (work->environment->text_workers, func, task);
}

void
bv_manager_validate (BvRequest *request, gpointer user_data)
{
  begin (request, validate_in_worker);
}

void
bv_manager_convert (BvRequest *request, gpointer user_data)
{
  begin (request, convert_in_worker);
}
