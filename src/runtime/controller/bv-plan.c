/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/controller/bv-plan.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "admit/bv-admit.h"
#include "model/bv-cause-list.h"
#include "model/bv-error.h"
#include "model/bv-virtual-machine.h"
#include "model/bv-object-private.h"
#include "model/bv-vmi-private.h"
#include "runtime/claim/bv-claim-spec.h"
#include "runtime/live/bv-change-rules.h"
#include "runtime/vm/bv-vm-receiver.h"
#include "runtime/vmi/bv-vmi-runtime.h"
#include "runtime/vm/bv-volume-request.h"

/* Causes that an error message tells; all of them are told by Validate. */
#define MOST_CAUSES 100

typedef struct
{
  BvPlan *plan;
  BvRegistry *registry;
  BvPolicy *policy;
} Planner;

static void
item_free (BvPlanItem *self)
{
  g_clear_object (&self->object);
  g_clear_object (&self->given);
  g_clear_object (&self->existing);
  g_clear_object (&self->policy);
  g_clear_object (&self->guest);
  g_free (self->applied);
  g_free (self->refusal);
  g_free (self);
}

void
bv_plan_free (BvPlan *self)
{
  g_ptr_array_unref (self->causes);
  g_ptr_array_unref (self->refusals);
  g_ptr_array_unref (self->items);
  g_free (self);
}

const char *
bv_change_to_string (BvChange change)
{
  static const char *const names[] = {
    [BV_CHANGE_CREATED] = "created",
    [BV_CHANGE_CHANGED] = "changed",
    [BV_CHANGE_UNCHANGED] = "unchanged",
  };

  return names[change];
}

static void
add_cause (GPtrArray *causes, BvObject *object, const char *reason, const char *field,
           const char *message)
{
  BvCauseList list = { causes, bv_object_get_file (object), bv_object_get_document (object),
                       bv_object_get_root (object) };

  bv_cause_list_add (&list, BV_SEVERITY_ERROR, reason, field, message);
}

static void refuse_change (Planner *self, BvPlanItem *item, const char *field, const char *format,
                           ...) G_GNUC_PRINTF (4, 5);

/* For what the stored object cannot become. */
static void
refuse_change (Planner *self, BvPlanItem *item, const char *field, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_free (item->refusal);
  item->refusal = g_strdup_vprintf (format, args);
  va_end (args);
  add_cause (self->plan->refusals, item->object, BV_REASON_FORBIDDEN, field, item->refusal);
}

static gboolean
specs_equal (BvObject *a, BvObject *b)
{
  return bv_record_equal (&bv_api_virtual_machine_instance_spec_type,
                          bv_vmi_get_record (BV_VMI (a))->spec,
                          bv_vmi_get_record (BV_VMI (b))->spec);
}

static gboolean
is_claim (BvObject *object)
{
  return g_str_equal (bv_object_get_kind (object), "PersistentVolumeClaim");
}

static gboolean
is_data_volume (BvObject *object)
{
  return g_str_equal (bv_object_get_kind (object), "DataVolume");
}

static gboolean
data_volume_specs_equal (BvObject *a, BvObject *b)
{
  return bv_record_equal (&bv_api_data_volume_spec_type,
                          ((const BvApiDataVolume *)bv_object_get_record (a))->spec,
                          ((const BvApiDataVolume *)bv_object_get_record (b))->spec);
}

static void
check_claim (Planner *self, BvPlanItem *item)
{
  const BvApiPersistentVolumeClaim *before =
      bv_object_get_record (bv_entry_get_object (item->existing));
  const BvApiPersistentVolumeClaim *after = bv_object_get_record (item->given);
  g_autofree char *fault = NULL;

  if (before->spec != NULL && after->spec != NULL)
    fault = bv_claim_spec_find_change_fault (before->spec, after->spec);
  if (fault != NULL)
    refuse_change (self, item, "spec", "%s", fault);
}

/* As in a cluster, a VMI's spec stands for as long as the VMI. */
static void
check_change (Planner *self, BvPlanItem *item)
{
  g_autoptr (BvObject) before = bv_entry_parse_applied (item->existing);

  if (before != NULL && bv_object_equal (before, item->given))
    {
      item->change = BV_CHANGE_UNCHANGED;
      return;
    }
  if (BV_IS_VMI (item->object) && before != NULL && !specs_equal (before, item->given))
    refuse_change (
        self, item, "spec",
        _ ("The spec of VirtualMachineInstance %s/%s cannot be changed while it exists. Delete "
           "it first, or use a VirtualMachine."),
        bv_object_get_namespace (item->object), bv_object_get_name (item->object));
  else if (is_claim (item->object))
    check_claim (self, item);
  else if (is_data_volume (item->object) && before != NULL &&
           !data_volume_specs_equal (before, item->given))
    refuse_change (self, item, "spec",
                   _ ("The spec of DataVolume %s/%s cannot be changed: it is filled once. To grow "
                      "it, apply its PersistentVolumeClaim with a larger size."),
                   bv_object_get_namespace (item->object), bv_object_get_name (item->object));
}

/* The guest that the object describes, where it runs, or NULL. */
static BvVmiRuntime *
find_guest (Planner *self, BvObject *object)
{
  BvEntry *vmi = bv_registry_find (self->registry, "VirtualMachineInstance",
                                   bv_object_get_namespace (object), bv_object_get_name (object));
  BvVmiRuntime *runtime = vmi != NULL ? bv_entry_get_runtime (vmi) : NULL;

  if (runtime == NULL || bv_phase_is_final (bv_vmi_runtime_get_phase (runtime)))
    return NULL;
  return runtime;
}

static gboolean
is_moving (const BvPlanItem *item)
{
  return item->guest != NULL && bv_vmi_runtime_is_migrating (item->guest) &&
         (BV_IS_VMI (item->object) || BV_IS_VIRTUAL_MACHINE (item->object));
}

/* A guest of the name is another host's, or about to come from one. */
static void
check_reserved (Planner *self, BvObject *object, const char *key)
{
  const char *why = bv_registry_get_reservation (self->registry, key);

  if (why != NULL)
    add_cause (self->plan->refusals, object, BV_REASON_FORBIDDEN, "metadata.name", why);
}

static void
check_existing (Planner *self, BvPlanItem *item)
{
  g_autofree char *what = bv_entry_describe (item->existing);

  g_set_object (&item->guest, find_guest (self, item->object));
  if (bv_entry_get_deleted (item->existing) != 0)
    refuse_change (self, item, "metadata.name",
                   _ ("%s is being deleted. Apply it again when it is gone."), what);
  else if (bv_entry_get_owner (item->existing)[0] != '\0' && is_data_volume (item->object))
    refuse_change (self, item, "metadata.name",
                   _ ("%s is made by a VirtualMachine. Apply that one."), what);
  else if (bv_entry_get_owner (item->existing)[0] != '\0' && !is_claim (item->object))
    refuse_change (self, item, "metadata.name",
                   _ ("%s is made by the VirtualMachine of that name. Apply that one."), what);
  else if (g_strcmp0 (bv_entry_get_applied (item->existing), item->applied) == 0)
    item->change = BV_CHANGE_UNCHANGED;
  else if (is_moving (item))
    refuse_change (self, item, "metadata.name",
                   _ ("%s moves to another host, which would not hear of the change. Apply it "
                      "when that is over."),
                   what);
  else if (bv_vm_receiver_is_expecting (self->registry, item->existing))
    check_reserved (self, item->object, bv_entry_get_key (item->existing));
  else
    check_change (self, item);
}

static void
plan_object (Planner *self, BvPlanTextItem *text)
{
  BvPlanItem *item = g_new0 (BvPlanItem, 1);
  BvObject *object = item->object = g_steal_pointer (&text->object);

  g_ptr_array_add (self->plan->items, item);
  item->given = g_steal_pointer (&text->given);
  item->applied = g_steal_pointer (&text->applied);
  item->policy = g_object_ref (self->policy);
  if (bv_object_get_name (object) != NULL)
    {
      g_autofree char *key =
          bv_entry_make_key (bv_object_get_kind (object), bv_object_get_namespace (object),
                             bv_object_get_name (object));

      g_set_object (&item->existing, bv_registry_find (self->registry, bv_object_get_kind (object),
                                                       bv_object_get_namespace (object),
                                                       bv_object_get_name (object)));
      if (item->existing == NULL)
        check_reserved (self, object, key);
    }
  item->change = item->existing != NULL ? BV_CHANGE_CHANGED : BV_CHANGE_CREATED;
  if (item->existing != NULL)
    check_existing (self, item);
}

/* Takes TEXT; it is bv_plan_check() that tells whether it may be done. */
BvPlan *
bv_plan_new (BvRegistry *registry, BvPolicy *policy, BvPlanText *text)
{
  g_autoptr (BvPlanText) taken = text;
  BvPlan *plan = g_new0 (BvPlan, 1);
  Planner planner = { plan, registry, policy };

  plan->refusals = g_ptr_array_new_with_free_func ((GDestroyNotify)bv_cause_unref);
  plan->causes = g_ptr_array_ref (taken->causes);
  plan->items = g_ptr_array_new_with_free_func ((GDestroyNotify)item_free);
  for (guint i = 0; i < taken->items->len; i++)
    plan_object (&planner, g_ptr_array_index (taken->items, i));
  return plan;
}

static void
append_errors (GString *message, GPtrArray *causes, guint *n_errors)
{
  for (guint i = 0; i < causes->len; i++)
    {
      BvCause *cause = g_ptr_array_index (causes, i);
      g_autofree char *line = NULL;

      if (bv_cause_get_severity (cause) != BV_SEVERITY_ERROR || ++*n_errors > MOST_CAUSES)
        continue;
      line = bv_cause_to_string (cause);
      g_string_append_printf (message, "%s%s", message->len > 0 ? "\n" : "", line);
    }
}

static gboolean
check (BvPlan *self, gboolean text_only, GError **error)
{
  g_autoptr (GString) message = g_string_new (NULL);
  guint n_errors = 0;

  append_errors (message, self->causes, &n_errors);
  if (!text_only)
    append_errors (message, self->refusals, &n_errors);
  if (n_errors > MOST_CAUSES)
    {
      g_string_append_c (message, '\n');
      g_string_append_printf (message, _ ("… and %u more"), n_errors - MOST_CAUSES);
    }
  if (n_errors == 0)
    return TRUE;
  g_set_error_literal (error, BV_ERROR, BV_ERROR_INVALID_MANIFEST, message->str);
  return FALSE;
}

/* Whether it may be done; the message has a line for each reason why not. */
gboolean
bv_plan_check (BvPlan *self, GError **error)
{
  return check (self, FALSE, error);
}

/* Whether the text is good by itself, whatever is stored. */
gboolean
bv_plan_check_text (BvPlan *self, GError **error)
{
  return check (self, TRUE, error);
}

static BvApiVirtualMachineInstanceSpec *
get_template (BvObject *vm)
{
  const BvApiVirtualMachine *record = bv_object_get_record (vm);

  return record->spec != NULL && record->spec->template != NULL ? record->spec->template->spec
                                                                : NULL;
}

static void
follow_volumes (BvObject *object, BvObject *applied, BvObject *now)
{
  bv_volume_request_follow (get_template (object), get_template (applied), get_template (now),
                            bv_object_get_arena (object));
}

/* Volumes that were added or taken away since are part of what is there now, and of what is to be
 * where they stay. */
static void
follow_requests (const BvPlanItem *self, BvObject *before, BvObject *after)
{
  BvObject *now = bv_entry_get_object (self->existing);
  g_autoptr (BvObject) applied = NULL;

  if (!BV_IS_VIRTUAL_MACHINE (before))
    return;
  applied = bv_object_copy (before);
  if (bv_volume_request_is_same (get_template (before), get_template (after)))
    follow_volumes (after, applied, now);
  follow_volumes (before, applied, now);
}

/* What differs from the stored object, as it was given: of BvChangedField. */
GPtrArray *
bv_plan_item_list_changes (const BvPlanItem *self)
{
  g_autoptr (BvObject) before = NULL;
  g_autoptr (BvObject) after = NULL;
  BvLiveGuest guest;
  GPtrArray *changes;

  if (self->existing == NULL || self->change == BV_CHANGE_UNCHANGED)
    return g_ptr_array_new ();
  before = bv_entry_parse_applied (self->existing);
  if (before == NULL)
    return g_ptr_array_new ();
  if (self->guest != NULL)
    guest = bv_vmi_runtime_get_live_guest (self->guest);
  guest.copies_volumes =
      BV_IS_VIRTUAL_MACHINE (self->given) && bv_live_update_copies_volumes (self->given);
  after = bv_object_copy (self->given);
  follow_requests (self, before, after);
  changes =
      bv_changed_fields_new (before, after, self->policy, self->guest != NULL ? &guest : NULL);
  for (guint i = 0; self->refusal != NULL && i < changes->len; i++)
    ((BvChangedField *)g_ptr_array_index (changes, i))->effect = BV_EFFECT_REFUSED;
  return changes;
}
