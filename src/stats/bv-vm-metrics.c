/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "stats/bv-vm-metrics.h"

#include "model/bv-api.h"
#include "model/bv-object-private.h"
#include "runtime/bv-vm-runtime.h"
#include "stats/bv-metric-families.h"

/* Which printable status is in which of KubeVirt's groups. */
static const struct
{
  const char *status;
  const char *group;
} groups[] = {
  { "Provisioning", "starting" },
  { "Starting", "starting" },
  { "WaitingForVolumeBinding", "starting" },
  { "Running", "running" },
  { "Migrating", "migrating" },
  { "Stopped", "non_running" },
  { "Paused", "non_running" },
  { "Stopping", "non_running" },
  { "Terminating", "non_running" },
  { "CrashLoopBackOff", "error" },
  { "Unknown", "error" },
  { "ErrorUnschedulable", "error" },
  { "ErrImagePull", "error" },
  { "ImagePullBackOff", "error" },
  { "ErrorPvcNotFound", "error" },
  { "DataVolumeError", "error" },
};

static const char *
find_group (const char *status)
{
  for (guint i = 0; i < G_N_ELEMENTS (groups); i++)
    if (g_strcmp0 (groups[i].status, status) == 0)
      return groups[i].group;
  return "<unknown>";
}

static const char *
find_annotation (const BvApiObjectMeta *metadata, const char *name)
{
  for (guint i = 0; metadata != NULL && i < metadata->n_annotations; i++)
    if (g_str_equal (metadata->annotations[i].key, name))
      return metadata->annotations[i].value;
  return NULL;
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
    { "os", find_annotation (template->metadata, "vm.kubevirt.io/os") },
    { "workload", find_annotation (template->metadata, "vm.kubevirt.io/workload") },
    { "flavor", find_annotation (template->metadata, "vm.kubevirt.io/flavor") },
    { "machine_type", machine != NULL ? machine->type : NULL },
    { "status", lower },
    { "status_group", find_group (status) },
  };
  g_autoptr (GString) label = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (more); i++)
    bv_exposition_add_label (label, more[i].name, more[i].value);
  bv_exposition_add (exposition, BV_METRIC_VM_INFO, labels, label->str, 1, BV_SCALE_ONE);
}

void
bv_vm_metrics_add (BvExposition *exposition, BvEntry *entry)
{
  BvObject *object = bv_entry_get_object (entry);
  g_autoptr (GString) labels = g_string_new (NULL);

  bv_exposition_add_label (labels, "name", bv_object_get_name (object));
  bv_exposition_add_label (labels, "namespace", bv_object_get_namespace (object));
  add_info (exposition, entry, labels->str);
  bv_exposition_add (exposition, BV_METRIC_VM_CREATED, labels->str, "",
                     (guint64)(bv_entry_get_created (entry) / G_USEC_PER_SEC), BV_SCALE_ONE);
}
