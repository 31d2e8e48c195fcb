/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/bv-manifest.h"
#include "runtime/vm/bv-vm-strategy.h"

#include <string.h>

typedef struct
{
  const char *strategy;
  BvVmVmi vmi;
  BvVmRequest request;
  BvVmAction action;
  BvVmRequest left;
} Case;

#define NONE BV_VM_REQUEST_NONE
#define START BV_VM_REQUEST_START
#define STOP BV_VM_REQUEST_STOP
#define RESTART BV_VM_REQUEST_RESTART
#define ABSENT BV_VM_VMI_ABSENT
#define ALIVE BV_VM_VMI_ALIVE
#define SUCCEEDED BV_VM_VMI_SUCCEEDED
#define FAILED BV_VM_VMI_FAILED
#define NOTHING BV_VM_NOTHING
#define CREATE BV_VM_CREATE
#define DELETE BV_VM_DELETE

static const Case cases[] = {
  { "Always", ABSENT, NONE, CREATE, NONE },
  { "Always", ALIVE, NONE, NOTHING, NONE },
  { "Always", ALIVE, RESTART, DELETE, RESTART },
  { "Always", SUCCEEDED, NONE, DELETE, NONE },
  { "Always", FAILED, NONE, DELETE, NONE },
  { "Always", ABSENT, RESTART, CREATE, NONE },
  { "Halted", ABSENT, NONE, NOTHING, NONE },
  { "Halted", ABSENT, START, NOTHING, NONE },
  { "Halted", ALIVE, NONE, DELETE, NONE },
  { "Halted", SUCCEEDED, NONE, DELETE, NONE },
  { "Manual", ABSENT, NONE, NOTHING, NONE },
  { "Manual", ABSENT, START, CREATE, START },
  { "Manual", ALIVE, START, NOTHING, NONE },
  { "Manual", ALIVE, STOP, DELETE, STOP },
  { "Manual", ABSENT, STOP, NOTHING, NONE },
  { "Manual", ABSENT, RESTART, CREATE, START },
  { "Manual", SUCCEEDED, NONE, NOTHING, NONE },
  { "Manual", FAILED, NONE, NOTHING, NONE },
  { "Manual", FAILED, START, DELETE, START },
  { "RerunOnFailure", ABSENT, NONE, NOTHING, NONE },
  { "RerunOnFailure", ABSENT, START, CREATE, START },
  { "RerunOnFailure", SUCCEEDED, NONE, DELETE, NONE },
  { "RerunOnFailure", FAILED, NONE, DELETE, START },
  { "RerunOnFailure", ALIVE, STOP, DELETE, STOP },
  { "Once", ABSENT, NONE, CREATE, NONE },
  { "Once", ALIVE, NONE, NOTHING, NONE },
  { "Once", SUCCEEDED, NONE, NOTHING, NONE },
  { "Once", FAILED, NONE, NOTHING, NONE },
  { "WaitAsReceiver", ABSENT, NONE, NOTHING, NONE },
  { "WaitAsReceiver", FAILED, NONE, NOTHING, NONE },
};

static void
test_table (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      BvVmStep step = bv_vm_strategy_next (cases[i].strategy, cases[i].vmi, cases[i].request);

      g_test_message ("%s, VMI %d, request %d", cases[i].strategy, cases[i].vmi, cases[i].request);
      g_assert_cmpint (step.action, ==, cases[i].action);
      g_assert_cmpint (step.request, ==, cases[i].left);
    }
}

static BvObject *
read_vm (const char *field)
{
  g_autofree char *text = g_strdup_printf ("apiVersion: kubevirt.io/v1\n"
                                           "kind: VirtualMachine\n"
                                           "metadata: {name: one}\n"
                                           "spec:\n"
                                           "  %s\n"
                                           "  template:\n"
                                           "    spec: {domain: {devices: {}}}\n",
                                           field);
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (BvManifest) manifest = bv_manifest_new_from_bytes (bytes, "vm", BV_MANIFEST_NONE);

  return g_list_model_get_item (bv_manifest_get_objects (manifest), 0);
}

/* The field that the manifest uses is the one that is changed. */
static void
test_set (void)
{
  g_autoptr (BvObject) modern = read_vm ("runStrategy: Always");
  g_autoptr (BvObject) old = read_vm ("running: true");
  g_autoptr (GVariant) strategy = NULL;
  g_autoptr (GVariant) running = NULL;

  bv_vm_strategy_set (modern, "Halted");
  bv_vm_strategy_set (old, "Halted");
  strategy = bv_object_get_field (modern, "spec.runStrategy");
  running = bv_object_get_field (old, "spec.running");
  g_assert_cmpstr (g_variant_get_string (strategy, NULL), ==, "Halted");
  g_assert_false (g_variant_get_boolean (running));
  g_assert_null (bv_object_get_field (old, "spec.runStrategy"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/vm-strategy/table", test_table);
  g_test_add_func ("/vm-strategy/set", test_set);
  return g_test_run ();
}
