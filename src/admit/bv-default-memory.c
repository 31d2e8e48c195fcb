/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-default-private.h"

#define MEBIBYTE (G_GINT64_CONSTANT (1) << 20)
#define GIBIBYTE (G_GINT64_CONSTANT (1) << 30)

static const BvQuantity *
non_zero (const BvQuantityPair *pairs, guint n_pairs)
{
  const BvQuantity *memory = bv_quantity_map_get (pairs, n_pairs, "memory");

  return memory == NULL || bv_quantity_is_zero (memory) ? NULL : memory;
}

static gboolean
page_size (const BvApiMemory *memory, BvQuantity *size, BvArena *arena)
{
  g_autofree char *text = NULL;

  if (memory->hugepages == NULL || memory->hugepages->page_size == NULL ||
      !bv_quantity_parse (memory->hugepages->page_size, size))
    return FALSE;
  text = bv_quantity_to_string (size);
  size->text = bv_arena_strdup (arena, text);
  return TRUE;
}

/* What the guest sees: what is asked of the host, or the limit, or (as KubeVirt) a single huge
 * page. */
void
bv_default_memory (BvApiDomainSpec *domain, BvArena *arena)
{
  const BvApiResourceRequirements *resources = domain->resources;
  const BvQuantity *amount = NULL;
  BvQuantity page;

  if (domain->memory == NULL)
    domain->memory = bv_arena_alloc (arena, sizeof *domain->memory);
  if (bv_quantity_is_given (&domain->memory->guest))
    return;
  if (resources != NULL)
    amount = non_zero (resources->requests, resources->n_requests);
  if (amount == NULL && resources != NULL)
    amount = non_zero (resources->limits, resources->n_limits);
  if (amount == NULL && page_size (domain->memory, &page, arena))
    amount = &page;
  if (amount != NULL)
    domain->memory->guest = *amount;
}

/* Whether memory can be plugged into this guest. */
static gboolean
can_grow (const BvApiVirtualMachineInstanceSpec *spec)
{
  const BvApiCPU *cpu = spec->domain->cpu;

  if (!bv_default_is_architecture (spec, "amd64") || spec->domain->launch_security != NULL)
    return FALSE;
  return cpu->realtime == NULL &&
         (cpu->numa == NULL || cpu->numa->guest_mapping_passthrough == NULL);
}

static gint64
alignment (const BvApiMemory *memory)
{
  const BvApiHugepages *hugepages = memory->hugepages;

  return hugepages != NULL && g_strcmp0 (hugepages->page_size, "1Gi") == 0 ? GIBIBYTE
                                                                           : 2 * MEBIBYTE;
}

/* What the policy says, else a multiple of what the guest starts with; FALSE where that is beyond
 * what can be told. */
static gboolean
find_most (const BvApiMemory *memory, BvPolicy *policy, BvQuantity *most, BvArena *arena)
{
  const char *given = bv_policy_peek_default (policy, BV_POLICY_DEFAULT_MAX_GUEST);
  gint64 ratio = bv_policy_get_default_number (policy, BV_POLICY_DEFAULT_MAX_HOTPLUG_RATIO);
  g_autofree char *text = NULL;
  gint64 bytes;

  if (given[0] != '\0')
    return bv_quantity_parse (bv_arena_strdup (arena, given), most);
  if (__builtin_mul_overflow (bv_quantity_value (&memory->guest), ratio, &bytes))
    return FALSE;
  text = bv_quantity_format_binary (bytes);
  return bv_quantity_parse (bv_arena_strdup (arena, text), most);
}

void
bv_default_max_memory (BvApiVirtualMachineInstanceSpec *spec, BvPolicy *policy, BvArena *arena)
{
  BvApiMemory *memory = spec->domain->memory;
  gint64 guest = bv_quantity_value (&memory->guest);
  BvQuantity most = { 0 };

  if (bv_quantity_is_given (&memory->max_guest) || !can_grow (spec) || guest < GIBIBYTE ||
      guest % alignment (memory) != 0 || !find_most (memory, policy, &most, arena))
    return;
  if (bv_quantity_compare (&memory->guest, &most) <= 0 &&
      bv_quantity_value (&most) % alignment (memory) == 0)
    memory->max_guest = most;
}
