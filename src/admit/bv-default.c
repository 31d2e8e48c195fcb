/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-default.h"

#include "admit/bv-default-private.h"
#include "admit/bv-policy-default.h"

#include <string.h>

gboolean
bv_default_is_empty (const char *text)
{
  return text == NULL || text[0] == '\0';
}

gboolean
bv_default_is_architecture (const BvApiVirtualMachineInstanceSpec *spec, const char *architecture)
{
  return g_strcmp0 (spec->architecture, architecture) == 0;
}

/* Switches on what is there and does not say. */
void
bv_default_switches (gpointer parent, const BvDefaultSwitch *switches, gsize n_switches)
{
  for (gsize i = 0; i < n_switches; i++)
    {
      gpointer record = *(gpointer *)(gpointer)((char *)parent + switches[i].offset);

      if (record == NULL || bv_record_is_present (record, 0))
        continue;
      *BV_FIELD_AT (gboolean, record, &switches[i].type->fields[0]) = TRUE;
      bv_record_set_present (record, 0);
    }
}

/* Appends a new record to LIST, a vector of pointers, where it stands at LIST's place. */
gpointer
bv_default_append (gpointer list, guint *n_items, gsize item_size, BvArena *arena)
{
  gpointer **place = list;
  gpointer *grown = bv_arena_alloc (arena, (*n_items + 1) * sizeof (gpointer));

  if (*n_items > 0)
    memcpy (grown, *place, *n_items * sizeof (gpointer));
  grown[*n_items] = bv_arena_alloc (arena, item_size);
  *place = grown;
  return grown[(*n_items)++];
}

/* Fills in what KubeVirt's mutating webhook and the defaults of its API fill into a VMI. Does
 * nothing where it has been done before. */
void
bv_default_vmi (BvApiVirtualMachineInstance *vmi, BvPolicy *policy, BvArena *arena)
{
  BvApiVirtualMachineInstanceSpec *spec = vmi->spec;
  BvApiDomainSpec *domain = spec->domain;

  bv_default_machine (spec, policy, arena);
  bv_default_requests (domain, policy, arena);
  bv_default_memory (domain, arena);
  bv_default_topology (domain, arena);
  bv_default_volumes (spec, arena);
  if (spec->eviction_strategy == NULL)
    spec->eviction_strategy = bv_arena_strdup (
        arena, bv_policy_peek_default (policy, BV_POLICY_DEFAULT_EVICTION_STRATEGY));
  bv_default_network (spec, policy, arena);
  bv_default_disks (spec, arena);
  bv_default_features (spec, arena);
  bv_default_devices (spec, arena);
  bv_default_probe (spec->liveness_probe);
  bv_default_probe (spec->readiness_probe);
  bv_default_firmware (spec, vmi->metadata, arena);
  bv_default_hyperv_needs (domain, arena);
  bv_default_cpu_model (spec, policy, arena);
  /* On arm64 KubeVirt plugs in neither CPUs nor memory yet. */
  if (bv_policy_is_live_update (policy) && !bv_default_is_architecture (spec, "arm64"))
    {
      bv_default_max_sockets (domain->cpu, policy);
      bv_default_max_memory (spec, policy, arena);
    }
  bv_default_annotations (vmi, arena);
}
