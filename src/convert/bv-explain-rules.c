/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-explain-rules.h"

#include <glib/gi18n-lib.h>
#include <string.h>

const BvExplainRule bv_explain_rules[] = {
  { "name", NULL, "metadata.name", N_ ("The namespace and the name, joined by an underscore.") },
  { "metadata", NULL, "metadata.uid", N_ ("Which VMI the domain belongs to.") },
  { "memory", NULL, "spec.domain.memory.guest",
    N_ ("What the guest sees at boot; else the memory request, else the limit.") },
  { "maxMemory", NULL, "spec.domain.memory.maxGuest",
    N_ ("Up to where memory can be plugged; four times the guest's memory unless given.") },
  { "memoryBacking", NULL, "spec.domain.memory",
    N_ ("Huge pages, and memory that daemons such as virtiofs share.") },
  { "vcpu", NULL, "spec.domain.cpu",
    N_ ("Sockets x cores x threads, with the sockets that may be plugged.") },
  { "vcpus", NULL, "spec.domain.cpu.maxSockets",
    N_ ("The CPUs beyond sockets x cores x threads wait to be plugged.") },
  { "cpu", NULL, "spec.domain.cpu", N_ ("The CPU as the guest sees it.") },
  { "cpu/model", NULL, "spec.domain.cpu.model", N_ ("A named CPU model.") },
  { "cpu/feature", NULL, "spec.domain.cpu.features",
    N_ ("One for each feature; a model without mpx on newer CPUs has it switched off.") },
  { "cpu/topology", NULL, "spec.domain.cpu",
    N_ ("Sockets, with those that may be plugged, cores and threads.") },
  { "cpu/numa", NULL, "spec.domain.cpu.numa.guestMappingPassthrough",
    N_ ("The guest's cells follow the host cells of its CPUs.") },
  { "cputune", NULL, "spec.domain.cpu.dedicatedCpuPlacement",
    N_ ("Each vCPU on a CPU of its own, from the CPUs set aside for this VMI.") },
  { "cputune/emulatorpin", NULL, "spec.domain.cpu.isolateEmulatorThread",
    N_ ("Where QEMU's own threads run.") },
  { "cputune/iothreadpin", NULL, "spec.domain.ioThreadsPolicy",
    N_ ("Where the I/O threads of a pinned guest run.") },
  { "numatune", NULL, "spec.domain.cpu.numa.guestMappingPassthrough",
    N_ ("Memory comes from the cells of the guest's CPUs.") },
  { "iothreads", NULL, "spec.domain.ioThreadsPolicy",
    N_ ("How many I/O threads: by policy, and one for each disk with a thread of its own.") },
  { "os", NULL, "spec.architecture", N_ ("Architecture and machine.") },
  { "os/type", NULL, "spec.domain.machine.type",
    N_ ("The machine; q35, virt or s390-ccw-virtio unless given.") },
  { "os/loader", NULL, "spec.domain.firmware.bootloader.efi",
    N_ ("The firmware that the host has for it.") },
  { "os/nvram", NULL, "spec.domain.firmware.bootloader.efi",
    N_ ("This VMI's copy of the firmware's variables.") },
  { "os/bios", NULL, "spec.domain.firmware.bootloader.bios.useSerial",
    N_ ("The BIOS talks on the serial console.") },
  { "os/kernel", NULL, "spec.domain.firmware.kernelBoot.container.kernelPath",
    N_ ("The kernel from the boot container.") },
  { "os/initrd", NULL, "spec.domain.firmware.kernelBoot.container.initrdPath",
    N_ ("The initial RAM disk from the boot container.") },
  { "os/cmdline", NULL, "spec.domain.firmware.kernelBoot.kernelArgs",
    N_ ("The kernel's command line.") },
  { "os/acpi", NULL, "spec.domain.firmware.acpi", N_ ("ACPI tables from Secret volumes.") },
  { "os/smbios", NULL, "spec.domain.firmware", N_ ("The firmware tables are those of sysinfo.") },
  { "sysinfo", NULL, "spec.domain.firmware",
    N_ ("Identity of the machine in its firmware tables: uuid, serial number.") },
  { "sysinfo/system", NULL, "spec.domain.firmware",
    N_ ("The uuid and serial of the firmware, and the host's smbios settings.") },
  { "sysinfo/baseBoard", NULL, "spec.domain.firmware", N_ ("The host's smbios settings.") },
  { "sysinfo/bios", NULL, "spec.domain.firmware", N_ ("The host's smbios settings.") },
  { "sysinfo/chassis", NULL, "spec.domain.chassis", N_ ("Identity of the chassis.") },
  { "clock", NULL, "spec.domain.clock", N_ ("What the guest's clock starts with.") },
  { "clock/timer", NULL, "spec.domain.clock.timer", N_ ("One for each timer that is given.") },
  { "features", NULL, "spec.domain.features", N_ ("Features of the machine.") },
  { "features/acpi", NULL, "spec.domain.features.acpi", N_ ("On unless switched off.") },
  { "features/apic", NULL, "spec.domain.features.apic", N_ ("On where given.") },
  { "features/smm", NULL, "spec.domain.features.smm", N_ ("On where given.") },
  { "features/hyperv", NULL, "spec.domain.features.hyperv",
    N_ ("One for each enlightenment, with those that it needs.") },
  { "features/kvm", NULL, "spec.domain.features.kvm",
    N_ ("Whether the guest sees KVM; pinned guests get the dedicated hint.") },
  { "features/pvspinlock", NULL, "spec.domain.features.pvspinlock", N_ ("On where given.") },
  { "features/pmu", NULL, "spec.domain.features",
    N_ ("Off where the guest is realtime or confidential.") },
  { "features/vmport", NULL, "spec.domain.features",
    N_ ("Off: KubeVirt has no use for VMware's port.") },
  { "launchSecurity", NULL, "spec.domain.launchSecurity", N_ ("Encrypted memory.") },
  { "on_reboot", NULL, "spec.domain.rebootPolicy",
    N_ ("Terminate ends the VMI when its guest reboots.") },
  { "devices", NULL, "spec.domain.devices", N_ ("The guest's devices.") },
  { "devices/emulator", NULL, "spec.architecture", N_ ("QEMU for the guest's architecture.") },
  { "devices/channel", NULL, "spec.domain.devices.autoattachSerialConsole",
    N_ ("The guest agent's channel; every guest has it.") },
  { "devices/channel/source", NULL, "spec.domain.devices.downwardMetrics",
    N_ ("The channel of the downward metrics.") },
  { "devices/console", NULL, "spec.domain.devices.autoattachSerialConsole",
    N_ ("The serial console; on unless switched off.") },
  { "devices/serial", NULL, "spec.domain.devices.autoattachSerialConsole",
    N_ ("The serial port behind the console.") },
  { "devices/serial/log", NULL, "spec.domain.devices.logSerialConsole",
    N_ ("What it prints is also written to a file.") },
  { "devices/controller", NULL, "spec.domain.devices.disks",
    N_ ("USB where a device needs it, SCSI, virtio-serial: every guest has them.") },
  { "devices/disk", NULL, "spec.domain.devices.disks[*]",
    N_ ("One for each disk, in their order.") },
  { "devices/disk/source", NULL, "spec.volumes[*]",
    N_ ("What the volume of the disk's name resolved to on this host.") },
  { "devices/disk/backingStore", NULL, "spec.volumes[*]",
    N_ ("The read-only image below the guest's own layer.") },
  { "devices/disk/target", NULL, "spec.domain.devices.disks[*]",
    N_ ("The bus; the name counts up for each bus.") },
  { "devices/disk/driver", NULL, "spec.domain.devices.disks[*]",
    N_ ("Cache, I/O mode, error policy, discard, I/O thread.") },
  { "devices/disk/serial", NULL, "spec.domain.devices.disks[*].serial", N_ ("As given.") },
  { "devices/disk/boot", NULL, "spec.domain.devices.disks[*].bootOrder", N_ ("As given.") },
  { "devices/disk/address", NULL, "spec.domain.devices.disks[*]",
    N_ ("A PCI address as given, or the place on its SCSI controller.") },
  { "devices/disk/blockio", NULL, "spec.domain.devices.disks[*].blockSize",
    N_ ("As given, or as the volume has it.") },
  { "devices/disk/readonly", NULL, "spec.domain.devices.disks[*]",
    N_ ("Given, or a volume that nobody writes to.") },
  { "devices/disk/shareable", NULL, "spec.domain.devices.disks[*].shareable", N_ ("As given.") },
  { "devices/filesystem", NULL, "spec.domain.devices.filesystems",
    N_ ("One for each virtiofs share.") },
  { "devices/graphics", NULL, "spec.domain.devices.autoattachGraphicsDevice",
    N_ ("VNC on a socket; on unless switched off.") },
  { "devices/video", NULL, "spec.domain.devices.video.type",
    N_ ("VGA (bochs for EFI, virtio elsewhere than amd64) unless given.") },
  { "devices/hostdev", "ua-hostdevice-", "spec.domain.devices.hostDevices[*]",
    N_ ("The host device that its resource name resolved to.") },
  { "devices/hostdev", "ua-gpu-", "spec.domain.devices.gpus[*]",
    N_ ("The GPU that its resource name resolved to.") },
  { "devices/hostdev", "ua-dra-hostdevice-", "spec.domain.devices.hostDevices[*]",
    N_ ("The host device that its resource claim resolved to.") },
  { "devices/hostdev", "ua-dra-gpu-", "spec.domain.devices.gpus[*]",
    N_ ("The GPU that its resource claim resolved to.") },
  { "devices/hostdev", "ua-sriov-", "spec.domain.devices.interfaces[*]",
    N_ ("The virtual function that the network resolved to.") },
  { "devices/input", NULL, "spec.domain.devices.inputs[*]", N_ ("One for each input device.") },
  { "devices/interface", NULL, "spec.domain.devices.interfaces[*]",
    N_ ("One for each interface, attached as its network resolved on this host.") },
  { "devices/interface/source", NULL, "spec.networks[*]",
    N_ ("What the network of the interface's name resolved to.") },
  { "devices/interface/target", NULL, "spec.networks[*]", N_ ("The tap device on the host side.") },
  { "devices/interface/mtu", NULL, "spec.networks[*]", N_ ("As the host side has it.") },
  { "devices/interface/backend", NULL, "spec.domain.devices.interfaces[*].passtBinding",
    N_ ("passt, and where it logs.") },
  { "devices/interface/mac", NULL, "spec.domain.devices.interfaces[*].macAddress",
    N_ ("As given, or as the host side has it.") },
  { "devices/interface/model", NULL, "spec.domain.devices.interfaces[*].model",
    N_ ("virtio unless given.") },
  { "devices/interface/acpi", NULL, "spec.domain.devices.interfaces[*].acpiIndex",
    N_ ("As given.") },
  { "devices/interface/address", NULL, "spec.domain.devices.interfaces[*].pciAddress",
    N_ ("As given.") },
  { "devices/interface/boot", NULL, "spec.domain.devices.interfaces[*].bootOrder",
    N_ ("As given; without one the boot ROM is off.") },
  { "devices/interface/rom", NULL, "spec.domain.devices.interfaces[*].bootOrder",
    N_ ("Off unless the guest boots from the interface.") },
  { "devices/interface/link", NULL, "spec.domain.devices.interfaces[*].state",
    N_ ("Down where given.") },
  { "devices/interface/driver", NULL, "spec.domain.devices.networkInterfaceMultiqueue",
    N_ ("A queue for each vCPU.") },
  { "devices/interface/portForward", NULL, "spec.domain.devices.interfaces[*].ports",
    N_ ("The ports that reach the guest; all without a list.") },
  { "devices/memballoon", NULL, "spec.domain.devices.autoattachMemBalloon",
    N_ ("On unless switched off; the guest tells which pages it does not use.") },
  { "devices/panic", NULL, "spec.domain.devices.panicDevices", N_ ("One for each.") },
  { "devices/redirdev", NULL, "spec.domain.devices.clientPassthrough",
    N_ ("Four sockets for USB devices of a client.") },
  { "devices/rng", NULL, "spec.domain.devices.rng", N_ ("A source of random numbers.") },
  { "devices/sound", NULL, "spec.domain.devices.sound", N_ ("One sound card.") },
  { "devices/tpm", NULL, "spec.domain.devices.tpm", N_ ("An emulated TPM 2.0.") },
  { "devices/vsock", NULL, "spec.domain.devices.autoattachVSOCK",
    N_ ("A socket family between host and guest.") },
  { "devices/watchdog", NULL, "spec.domain.devices.watchdog", N_ ("One watchdog.") },
  { "devices/iommu", NULL, "spec.domain.devices.launchSecurity",
    N_ ("An IOMMU where confidential devices need one.") },
  { "commandline", NULL, "metadata.annotations", N_ ("What libvirt has no element for.") },
};

const guint bv_n_explain_rules = G_N_ELEMENTS (bv_explain_rules);

static gboolean
covers (const char *rule_path, const char *path)
{
  gsize length = strlen (rule_path);

  return strncmp (rule_path, path, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

/* The most exact row for the element at PATH, whose device has the alias ALIAS (may be NULL). */
const BvExplainRule *
bv_explain_rule_find (const char *path, const char *alias)
{
  const BvExplainRule *best = NULL;

  for (guint i = 0; i < bv_n_explain_rules; i++)
    {
      const BvExplainRule *rule = &bv_explain_rules[i];

      if (!covers (rule->path, path))
        continue;
      if (rule->alias != NULL && (alias == NULL || !g_str_has_prefix (alias, rule->alias)))
        continue;
      if (best == NULL || strlen (rule->path) > strlen (best->path))
        best = rule;
    }
  return best;
}
