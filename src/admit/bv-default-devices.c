/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-default-private.h"
#include "admit/bv-name-set.h"

#include <string.h>

static const BvDefaultSwitch block_size_switches[] = {
  { G_STRUCT_OFFSET (BvApiBlockSize, match_volume), &bv_api_feature_state_type },
};

static const BvDefaultSwitch display_switches[] = {
  { G_STRUCT_OFFSET (BvApiVGPUDisplayOptions, ram_fb), &bv_api_feature_state_type },
};

static void
default_bus (const char **bus, const BvApiVirtualMachineInstanceSpec *spec)
{
  if (bv_default_is_empty (*bus))
    *bus = bv_default_is_architecture (spec, "arm64") || bv_default_is_architecture (spec, "s390x")
               ? "virtio"
               : "sata";
}

static void
default_disk (const BvApiVirtualMachineInstanceSpec *spec, BvApiDisk *disk, BvArena *arena)
{
  if (disk->disk == NULL && disk->cdrom == NULL && disk->lun == NULL)
    disk->disk = bv_arena_alloc (arena, sizeof *disk->disk);
  if (disk->disk != NULL)
    default_bus (&disk->disk->bus, spec);
  if (disk->lun != NULL)
    default_bus (&disk->lun->bus, spec);
  if (disk->cdrom != NULL)
    {
      default_bus (&disk->cdrom->bus, spec);
      if (!bv_api_cd_rom_target_has_readonly (disk->cdrom))
        bv_api_cd_rom_target_set_readonly (disk->cdrom, TRUE);
      if (bv_default_is_empty (disk->cdrom->tray))
        disk->cdrom->tray = "closed";
    }
  if (disk->block_size != NULL)
    bv_default_switches (disk->block_size, block_size_switches, G_N_ELEMENTS (block_size_switches));
}

static void
find_shown (const BvApiDevices *devices, BvNameSet *shown)
{
  for (guint i = 0; i < devices->n_disks; i++)
    bv_name_set_add (shown, devices->disks[i]->name, i);
  for (guint i = 0; i < devices->n_filesystems; i++)
    bv_name_set_add (shown, devices->filesystems[i]->name, i);
}

/* A disk for each volume that no disk and no filesystem shows. A memory dump is no disk of the
 * guest (KubeVirt adds one, and then cannot convert it). */
static void
add_disks (BvApiVirtualMachineInstanceSpec *spec, BvArena *arena)
{
  BvApiDevices *devices = spec->domain->devices;
  g_auto (BvNameSet) shown = { 0 };
  BvApiDisk **disks = NULL;

  find_shown (devices, &shown);
  for (guint i = 0; i < spec->n_volumes; i++)
    {
      const BvApiVolume *volume = spec->volumes[i];

      if (volume->name == NULL || volume->memory_dump != NULL ||
          bv_name_set_find (&shown, volume->name) >= 0)
        continue;
      if (disks == NULL)
        {
          disks = bv_arena_alloc (arena, (devices->n_disks + spec->n_volumes) * sizeof *disks);
          if (devices->n_disks > 0)
            memcpy (disks, devices->disks, devices->n_disks * sizeof *disks);
          devices->disks = disks;
        }
      disks[devices->n_disks] = bv_arena_alloc (arena, sizeof **disks);
      disks[devices->n_disks++]->name = volume->name;
    }
}

void
bv_default_disks (BvApiVirtualMachineInstanceSpec *spec, BvArena *arena)
{
  BvApiDevices *devices = spec->domain->devices;

  add_disks (spec, arena);
  for (guint i = 0; i < devices->n_disks; i++)
    default_disk (spec, devices->disks[i], arena);
}

static const char *
pull_policy (const char *image)
{
  if (g_str_has_suffix (image, ":latest") || strpbrk (image, ":@") == NULL)
    return "Always";
  return "IfNotPresent";
}

void
bv_default_volumes (BvApiVirtualMachineInstanceSpec *spec, BvArena *arena)
{
  for (guint i = 0; i < spec->n_volumes; i++)
    {
      BvApiContainerDiskSource *image = spec->volumes[i]->container_disk;

      if (image != NULL && image->image != NULL && bv_default_is_empty (image->image_pull_policy))
        image->image_pull_policy = pull_policy (image->image);
    }
}

/* A guest whose manifest is silent on networks is plugged into the pod network. */
void
bv_default_network (BvApiVirtualMachineInstanceSpec *spec, BvPolicy *policy, BvArena *arena)
{
  BvApiDevices *devices = spec->domain->devices;
  BvApiInterface *interface;
  BvApiNetwork *network;

  if ((bv_api_devices_has_autoattach_pod_interface (devices) &&
       !devices->autoattach_pod_interface) ||
      devices->n_interfaces > 0 || spec->n_networks > 0)
    return;
  interface =
      bv_default_append (&devices->interfaces, &devices->n_interfaces, sizeof *interface, arena);
  interface->name = "default";
  if (g_str_equal (bv_policy_peek_default (policy, BV_POLICY_DEFAULT_INTERFACE_BINDING), "bridge"))
    interface->bridge = bv_arena_alloc (arena, sizeof *interface->bridge);
  else
    interface->masquerade = bv_arena_alloc (arena, sizeof *interface->masquerade);
  network = bv_default_append (&spec->networks, &spec->n_networks, sizeof *network, arena);
  network->name = "default";
  network->pod = bv_arena_alloc (arena, sizeof *network->pod);
}

static void
default_watchdog (const BvApiVirtualMachineInstanceSpec *spec, BvApiWatchdog *watchdog,
                  BvArena *arena)
{
  gboolean is_s390x = bv_default_is_architecture (spec, "s390x");

  if (is_s390x && watchdog->diag288 == NULL)
    watchdog->diag288 = bv_arena_alloc (arena, sizeof *watchdog->diag288);
  if (is_s390x && bv_default_is_empty (watchdog->diag288->action))
    watchdog->diag288->action = "reset";
  if (is_s390x || bv_default_is_architecture (spec, "arm64"))
    return;
  if (watchdog->i6300esb == NULL)
    watchdog->i6300esb = bv_arena_alloc (arena, sizeof *watchdog->i6300esb);
  if (bv_default_is_empty (watchdog->i6300esb->action))
    watchdog->i6300esb->action = "reset";
}

void
bv_default_devices (BvApiVirtualMachineInstanceSpec *spec, BvArena *arena)
{
  BvApiDevices *devices = spec->domain->devices;

  for (guint i = 0; i < devices->n_inputs; i++)
    {
      if (bv_default_is_empty (devices->inputs[i]->bus))
        devices->inputs[i]->bus = "usb";
      if (bv_default_is_empty (devices->inputs[i]->type))
        devices->inputs[i]->type = "tablet";
    }
  for (guint i = 0; i < devices->n_gpus; i++)
    {
      const BvApiVGPUOptions *options = devices->gpus[i]->virtual_gpu_options;

      if (options != NULL && options->display != NULL)
        bv_default_switches (options->display, display_switches, G_N_ELEMENTS (display_switches));
    }
  if (devices->watchdog != NULL)
    default_watchdog (spec, devices->watchdog, arena);
}

void
bv_default_probe (BvApiProbe *probe)
{
  if (probe == NULL)
    return;
  if (probe->timeout_seconds < 1)
    bv_api_probe_set_timeout_seconds (probe, 1);
  if (probe->period_seconds < 1)
    bv_api_probe_set_period_seconds (probe, 10);
  if (probe->success_threshold < 1)
    bv_api_probe_set_success_threshold (probe, 1);
  if (probe->failure_threshold < 1)
    bv_api_probe_set_failure_threshold (probe, 3);
}
