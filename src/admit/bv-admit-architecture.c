/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-areas.h"
#include "admit/bv-text-rules.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define MACHINE_CHARACTERS G_CSET_a_2_z G_CSET_DIGITS ".-"

/* What each architecture lacks. */
typedef struct
{
  const char *name;
  const char *machines; /* for messages */
  const char *const *machine_prefixes;
  const char *const *videos;
  const char *watchdog; /* the one model; NULL: none */
  gboolean has_sound;
  gboolean has_panic_devices;
} Architecture;

static const Architecture architectures[] = {
  { "amd64", "q35, pc-q35-*", (const char *const[]){ "q35", "pc-q35", NULL },
    (const char *const[]){ "vga", "cirrus", "virtio", "ramfb", "bochs", NULL }, "i6300esb", TRUE,
    TRUE },
  { "arm64", "virt, virt-*", (const char *const[]){ "virt", NULL },
    (const char *const[]){ "virtio", "ramfb", NULL }, NULL, FALSE, TRUE },
  { "s390x", "s390-ccw-virtio, s390-ccw-virtio-*", (const char *const[]){ "s390-ccw-virtio", NULL },
    (const char *const[]){ "virtio", NULL }, "diag288", TRUE, FALSE },
};

static const Architecture *
find (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (architectures); i++)
    if (g_strcmp0 (architectures[i].name, name) == 0)
      return &architectures[i];
  return NULL;
}

static void
admit_machine (BvAdmission *self, const Architecture *architecture)
{
  const char *type = self->spec->domain->machine->type;

  for (const char *const *prefix = architecture->machine_prefixes; *prefix != NULL; prefix++)
    if (g_str_has_prefix (type, *prefix) && strspn (type, MACHINE_CHARACTERS) == strlen (type))
      return;
  bv_admission_refuse (self, BV_REASON_INVALID, bv_admission_path (self, "domain.machine.type"),
                       _ ("There is no machine “%s” for %s; use one of %s."), type,
                       architecture->name, architecture->machines);
}

static void
admit_video (BvAdmission *self, const Architecture *architecture)
{
  const BvApiVideoDevice *video = self->spec->domain->devices->video;
  const char *path;

  if (video == NULL)
    return;
  path = bv_admission_path (self, "domain.devices.video.type");
  if (bv_text_is_given (video->type))
    bv_admission_one_of (self, BV_REASON_NOT_SUPPORTED, path, video->type, architecture->videos);
  else
    bv_admission_refuse (self, BV_REASON_NOT_SUPPORTED, path,
                         _ ("The video device names no model; write type: %s, or leave video out."),
                         architecture->videos[0]);
}

static void
admit_watchdog (BvAdmission *self, const Architecture *architecture)
{
  const BvApiWatchdog *watchdog = self->spec->domain->devices->watchdog;
  const char *model;

  if (watchdog == NULL)
    return;
  model = watchdog->i6300esb != NULL ? "i6300esb" : "diag288";
  if (architecture->watchdog == NULL)
    bv_admission_refuse (self, BV_REASON_NOT_SUPPORTED,
                         bv_admission_path (self, "domain.devices.watchdog"),
                         _ ("A guest of %s can have no watchdog; remove it."), architecture->name);
  else if (watchdog->i6300esb != NULL && watchdog->diag288 != NULL)
    bv_admission_refuse (self, BV_REASON_NOT_SUPPORTED,
                         bv_admission_path (self, "domain.devices.watchdog"),
                         _ ("A watchdog is of one model; on %s keep %s alone."), architecture->name,
                         architecture->watchdog);
  else if (!g_str_equal (model, architecture->watchdog))
    bv_admission_refuse (self, BV_REASON_NOT_SUPPORTED,
                         bv_admission_path (self, "domain.devices.watchdog.%s", model),
                         _ ("On %s the one watchdog is %s, not %s."), architecture->name,
                         architecture->watchdog, model);
}

static void
admit_others (BvAdmission *self, const Architecture *architecture)
{
  const BvApiDevices *devices = self->spec->domain->devices;

  if (devices->sound != NULL && !architecture->has_sound)
    bv_admission_refuse (
        self, BV_REASON_NOT_SUPPORTED, bv_admission_path (self, "domain.devices.sound"),
        _ ("A guest of %s can have no sound device; remove it."), architecture->name);
  if (devices->n_panic_devices > 0 && !architecture->has_panic_devices)
    bv_admission_refuse (self, BV_REASON_INVALID,
                         bv_admission_path (self, "domain.devices.panicDevices"),
                         _ ("A guest of %s can have no panic devices of its own choice; it reports "
                            "a crash by its firmware. Remove them."),
                         architecture->name);
}

static void
admit_arm64_bus (BvAdmission *self, guint index, const char *target, const char *bus)
{
  if (bus == NULL || g_str_equal (bus, "virtio") || g_str_equal (bus, "scsi"))
    return;
  bv_admission_refuse (self, BV_REASON_NOT_SUPPORTED,
                       bv_admission_path (self, "domain.devices.disks[%u].%s.bus", index, target),
                       _ ("A guest of arm64 has no %s disks; use virtio or scsi."), bus);
}

static void
admit_arm64 (BvAdmission *self)
{
  const BvApiDomainSpec *domain = self->spec->domain;

  if (domain->firmware->bootloader != NULL && domain->firmware->bootloader->bios != NULL)
    bv_admission_refuse (self, BV_REASON_NOT_SUPPORTED,
                         bv_admission_path (self, "domain.firmware.bootloader.bios"),
                         _ ("A guest of arm64 has no BIOS; use efi: {secureBoot: false}."));
  if (!g_str_equal (domain->cpu->model, "host-passthrough"))
    bv_admission_refuse (
        self, BV_REASON_NOT_SUPPORTED, bv_admission_path (self, "domain.cpu.model"),
        _ ("On arm64 the one CPU model is host-passthrough, not “%s”."), domain->cpu->model);
  for (guint i = 0; i < domain->devices->n_disks; i++)
    {
      const BvApiDisk *disk = domain->devices->disks[i];

      admit_arm64_bus (self, i, "disk", disk->disk == NULL ? NULL : disk->disk->bus);
      admit_arm64_bus (self, i, "cdrom", disk->cdrom == NULL ? NULL : disk->cdrom->bus);
      admit_arm64_bus (self, i, "lun", disk->lun == NULL ? NULL : disk->lun->bus);
    }
}

/* An architecture that does not exist has been refused when the manifest was read. */
void
bv_admit_architecture (BvAdmission *self)
{
  const Architecture *architecture = find (self->architecture);

  if (architecture == NULL)
    return;
  admit_machine (self, architecture);
  admit_video (self, architecture);
  admit_watchdog (self, architecture);
  admit_others (self, architecture);
  if (g_str_equal (architecture->name, "arm64"))
    admit_arm64 (self);
}
