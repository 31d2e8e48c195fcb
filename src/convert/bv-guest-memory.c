/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-guest-memory.h"

#define MEMFD_ANNOTATION "kubevirt.io/memfd"

/* Whole bytes, a part of one left out. */
guint64
bv_quantity_bytes (const BvQuantity *quantity)
{
  return quantity->units > 0 ? (guint64)quantity->units : 0;
}

/* What the guest starts with: what it asks for itself, or else by its resources. */
guint64
bv_guest_memory_bytes (const BvApiDomainSpec *spec)
{
  const BvApiResourceRequirements *resources = spec->resources;
  const BvQuantity *amount = NULL;

  if (spec->memory != NULL && bv_quantity_is_given (&spec->memory->guest))
    return bv_quantity_bytes (&spec->memory->guest);
  if (resources == NULL)
    return 0;
  amount = bv_quantity_map_get (resources->requests, resources->n_requests, "memory");
  if (amount == NULL)
    amount = bv_quantity_map_get (resources->limits, resources->n_limits, "memory");
  return amount == NULL ? 0 : bv_quantity_bytes (amount);
}

static gboolean
has_virtiofs (const BvApiDevices *devices)
{
  for (guint i = 0; i < devices->n_filesystems; i++)
    if (devices->filesystems[i]->virtiofs != NULL)
      return TRUE;
  return FALSE;
}

static gboolean
has_passt (const BvConversion *conversion)
{
  const BvApiDevices *devices = conversion->device_spec;
  const BvFactsContext *facts = conversion->facts;

  for (guint i = 0; i < devices->n_interfaces; i++)
    if (devices->interfaces[i]->passt_binding != NULL)
      return TRUE;
  /* A host may attach other bindings by passt too. */
  for (guint i = 0; i < facts->n_networks; i++)
    {
      const BvFactsNetwork *network = facts->networks[i].record;

      if (g_strcmp0 (network->attachment, "passt") == 0)
        return TRUE;
    }
  return FALSE;
}

/* Other processes map the guest's memory: virtiofsd, passt. */
gboolean
bv_guest_memory_is_shared (const BvConversion *conversion)
{
  return has_virtiofs (conversion->device_spec) || has_passt (conversion);
}

static gboolean
refuses_memfd (const BvApiObjectMeta *metadata)
{
  const char *value =
      bv_string_map_get (metadata->annotations, metadata->n_annotations, MEMFD_ANNOTATION);

  return g_strcmp0 (value, "false") == 0;
}

/* It comes from an anonymous file, as it must where it is shared; huge pages can do without. */
gboolean
bv_guest_memory_is_memfd (const BvConversion *conversion)
{
  const BvApiMemory *memory = conversion->domain_spec->memory;

  if (!conversion->arch->memfd)
    return FALSE;
  if (memory != NULL && memory->hugepages != NULL && !refuses_memfd (conversion->vmi->metadata))
    return TRUE;
  return bv_guest_memory_is_shared (conversion);
}
