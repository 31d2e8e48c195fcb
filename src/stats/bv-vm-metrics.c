/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "stats/bv-vm-metrics.h"

#include "model/bv-api.h"
#include "model/bv-object-private.h"
#include "runtime/vm/bv-vm-runtime.h"
#include "stats/bv-label-metrics.h"
#include "stats/bv-metric-families.h"
#include "stats/bv-vm-disk-metrics.h"
#include "stats/bv-vm-resource-metrics.h"
#include "stats/bv-vnic-metrics.h"

typedef enum
{
  STARTING,
  RUNNING,
  MIGRATING,
  NON_RUNNING,
  FAILING,
} Group;

static const struct
{
  const char *name;
  BvMetric last; /* when it was last come into */
} groups[] = {
  [STARTING] = { "starting", BV_METRIC_VM_LAST_STARTING },
  [RUNNING] = { "running", BV_METRIC_VM_LAST_RUNNING },
  [MIGRATING] = { "migrating", BV_METRIC_VM_LAST_MIGRATING },
  [NON_RUNNING] = { "non_running", BV_METRIC_VM_LAST_NON_RUNNING },
  [FAILING] = { "error", BV_METRIC_VM_LAST_ERROR },
};

/* Which printable status is in which of KubeVirt's groups. */
static const struct
{
  const char *status;
  Group group;
} statuses[] = {
  { "Provisioning", STARTING },
  { "Starting", STARTING },
  { "WaitingForVolumeBinding", STARTING },
  { "Running", RUNNING },
  { "Migrating", MIGRATING },
  { "Stopped", NON_RUNNING },
  { "Paused", NON_RUNNING },
  { "Stopping", NON_RUNNING },
  { "Terminating", NON_RUNNING },
  { "CrashLoopBackOff", FAILING },
  { "Unknown", FAILING },
  { "ErrorUnschedulable", FAILING },
  { "ErrImagePull", FAILING },
  { "ImagePullBackOff", FAILING },
  { "ErrorPvcNotFound", FAILING },
  { "DataVolumeError", FAILING },
};

/* KubeVirt too takes all others for a failure. */
static Group
find_group (const char *status)
{
  for (guint i = 0; i < G_N_ELEMENTS (statuses); i++)
    if (g_strcmp0 (statuses[i].status, status) == 0)
      return statuses[i].group;
  return FAILING;
}

static void
add_info (BvExposition *exposition, BvEntry *entry, const char *labels)
{
  const BvApiVirtualMachine *record = bv_object_get_record (bv_entry_get_object (entry));
  const BvApiVirtualMachineInstanceTemplateSpec *template = record->spec->template;
  const BvApiMachine *machine = template->spec->domain->machine;
  const char *status = bv_vm_runtime_get_printable_status (bv_entry_get_runtime (entry));
  g_autofree char *lower = g_ascii_strdown (status != NULL ? status : "", -1);
  const struct
  {
    const char *name;
    const char *value;
  } more[] = {
    { "os", bv_label_metrics_find_annotation (template->metadata, "vm.kubevirt.io/os") },
    { "workload",
      bv_label_metrics_find_annotation (template->metadata, "vm.kubevirt.io/workload") },
    { "flavor", bv_label_metrics_find_annotation (template->metadata, "vm.kubevirt.io/flavor") },
    { "machine_type", machine != NULL ? machine->type : NULL },
    { "status", lower },
    { "status_group", groups[find_group (status)].name },
  };
  g_autoptr (GString) label = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (more); i++)
    bv_exposition_add_label (label, more[i].name, more[i].value);
  bv_exposition_add (exposition, BV_METRIC_VM_INFO, labels, label->str, 1, BV_SCALE_ONE);
}

/* As KubeVirt has them: when one of the conditions below last changed, told of the state that the
 * VM is in, and 0 of the others. */
static void
add_transitions (BvExposition *exposition, BvVmRuntime *runtime, const char *labels)
{
  static const char *const types[] = { "Ready", "Failure", "Paused" };
  Group group = find_group (bv_vm_runtime_get_printable_status (runtime));
  gint64 last = 0;

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    last = MAX (last, bv_conditions_get_changed (bv_vm_runtime_get_conditions (runtime), types[i]));
  for (guint i = 0; i < G_N_ELEMENTS (groups); i++)
    bv_exposition_add (exposition, groups[i].last, labels, "",
                       i == group ? (guint64)(last / G_USEC_PER_SEC) : 0, BV_SCALE_ONE);
}

static void
add_labels (BvExposition *exposition, const BvApiVirtualMachine *record, const char *labels)
{
  const BvApiObjectMeta *metadata[] = { record->spec->template->metadata, record->metadata };
  g_autoptr (GString) more = g_string_new (NULL);

  if (bv_label_metrics_add (more, "label_", metadata, G_N_ELEMENTS (metadata)))
    bv_exposition_add (exposition, BV_METRIC_VM_LABELS, labels, more->str, 1, BV_SCALE_ONE);
}

void
bv_vm_metrics_add (BvExposition *exposition, BvRegistry *registry, BvEntry *entry)
{
  BvObject *object = bv_entry_get_object (entry);
  const BvApiVirtualMachine *record = bv_object_get_record (object);
  const BvApiVirtualMachineInstanceSpec *spec = record->spec->template->spec;
  g_autoptr (GString) labels = g_string_new (NULL);

  bv_exposition_add_label (labels, "name", bv_object_get_name (object));
  bv_exposition_add_label (labels, "namespace", bv_object_get_namespace (object));
  add_info (exposition, entry, labels->str);
  bv_exposition_add (exposition, BV_METRIC_VM_CREATED, labels->str, "",
                     (guint64)(bv_entry_get_created (entry) / G_USEC_PER_SEC), BV_SCALE_ONE);
  add_transitions (exposition, bv_entry_get_runtime (entry), labels->str);
  bv_vm_resource_metrics_add (exposition, labels->str, spec->domain);
  bv_vm_disk_metrics_add (exposition, registry, object, labels->str);
  add_labels (exposition, record, labels->str);
  bv_vnic_metrics_add (exposition, BV_METRIC_VM_VNIC, labels->str, spec);
}
