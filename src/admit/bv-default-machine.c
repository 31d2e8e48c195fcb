/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-default-private.h"
#include "admit/bv-policy-default.h"
#include "model/bv-machine-uuid.h"

#include <string.h>

/* What is set is for guests of this host's own architecture. */
static const char *
machine_type (const BvApiVirtualMachineInstanceSpec *spec, BvPolicy *policy)
{
  const char *set = bv_policy_peek_default (policy, BV_POLICY_DEFAULT_MACHINE_TYPE);

  if (set[0] != '\0' && bv_default_is_architecture (spec, bv_policy_get_architecture (policy)))
    return set;
  if (bv_default_is_architecture (spec, "arm64"))
    return "virt";
  return bv_default_is_architecture (spec, "s390x") ? "s390-ccw-virtio" : "q35";
}

void
bv_default_machine (BvApiVirtualMachineInstanceSpec *spec, BvPolicy *policy, BvArena *arena)
{
  BvApiDomainSpec *domain = spec->domain;

  if (bv_default_is_empty (spec->architecture))
    spec->architecture = bv_arena_strdup (arena, bv_policy_get_architecture (policy));
  if (domain->machine == NULL)
    domain->machine = bv_arena_alloc (arena, sizeof *domain->machine);
  if (bv_default_is_empty (domain->machine->type))
    domain->machine->type = bv_arena_strdup (arena, machine_type (spec, policy));
}

static const BvDefaultSwitch timer_switches[] = {
  { G_STRUCT_OFFSET (BvApiTimer, hpet), &bv_api_hpet_timer_type },
  { G_STRUCT_OFFSET (BvApiTimer, kvm), &bv_api_kvm_timer_type },
  { G_STRUCT_OFFSET (BvApiTimer, pit), &bv_api_pit_timer_type },
  { G_STRUCT_OFFSET (BvApiTimer, rtc), &bv_api_rtc_timer_type },
  { G_STRUCT_OFFSET (BvApiTimer, hyperv), &bv_api_hyperv_timer_type },
};

static void
default_bootloader (BvApiFirmware *firmware, BvArena *arena)
{
  BvApiEFI *efi;

  if (firmware->bootloader == NULL)
    {
      firmware->bootloader = bv_arena_alloc (arena, sizeof *firmware->bootloader);
      firmware->bootloader->efi = bv_arena_alloc (arena, sizeof *firmware->bootloader->efi);
    }
  efi = firmware->bootloader->efi;
  if (efi != NULL && !bv_api_efi_has_secure_boot (efi))
    bv_api_efi_set_secure_boot (efi, FALSE);
}

/* KubeVirt gives a VMI without a UUID a random one; ours is made of its uid, so that the same
 * manifest converts to the same domain. */
void
bv_default_firmware (BvApiVirtualMachineInstanceSpec *spec, const BvApiObjectMeta *metadata,
                     BvArena *arena)
{
  BvApiDomainSpec *domain = spec->domain;

  if (domain->firmware == NULL)
    domain->firmware = bv_arena_alloc (arena, sizeof *domain->firmware);
  if (bv_default_is_empty (domain->firmware->uuid))
    domain->firmware->uuid = bv_machine_uuid_new (metadata, arena);
  if (bv_default_is_architecture (spec, "arm64"))
    default_bootloader (domain->firmware, arena);
  if (domain->clock != NULL && domain->clock->timer != NULL)
    bv_default_switches (domain->clock->timer, timer_switches, G_N_ELEMENTS (timer_switches));
}

static gboolean
has_pcie (const BvApiVirtualMachineInstanceSpec *spec)
{
  const char *machine = spec->domain->machine->type;

  if (!bv_default_is_architecture (spec, "amd64") && !bv_default_is_architecture (spec, "arm64"))
    return FALSE;
  return strstr (machine, "q35") != NULL || g_str_has_prefix (machine, "virt");
}

static void
annotate (BvApiObjectMeta *metadata, const char *key, const char *value, BvArena *arena)
{
  guint n = metadata->n_annotations;
  BvStringPair *pairs = bv_arena_alloc (arena, (n + 1) * sizeof *pairs);

  if (n > 0)
    memcpy (pairs, metadata->annotations, n * sizeof *pairs);
  pairs[n] = (BvStringPair){ key, value };
  metadata->annotations = pairs;
  metadata->n_annotations = n + 1;
}

/* Says which of KubeVirt's ways to number PCI ports this guest was made with. */
void
bv_default_annotations (BvApiVirtualMachineInstance *vmi, BvArena *arena)
{
  static const char key[] = "kubevirt.io/pci-topology-version";
  BvApiObjectMeta *metadata = vmi->metadata;

  if (metadata == NULL || !has_pcie (vmi->spec) ||
      bv_string_map_get (metadata->annotations, metadata->n_annotations, key) != NULL)
    return;
  annotate (metadata, key, "v3", arena);
}
