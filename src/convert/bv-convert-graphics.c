/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-conversion.h"

#define HEADS 1
#define VRAM_KIB 16384

/* The adapter of a guest whose manifest names none. */
typedef struct
{
  const char *arch;
  const char *model;
  gboolean vram;
} BvDefaultVideo;

static const BvDefaultVideo default_videos[] = {
  { .arch = "amd64", .model = "vga", .vram = TRUE },
  { .arch = "arm64", .model = "virtio" },
  { .arch = "s390x", .model = "virtio" },
};

static const BvDefaultVideo bochs = { .model = "bochs" };

static gboolean
boots_by_efi (const BvApiDomainSpec *spec)
{
  const BvApiFirmware *firmware = spec->firmware;

  return firmware != NULL && firmware->bootloader != NULL && firmware->bootloader->efi != NULL;
}

static const BvDefaultVideo *
find_default_video (BvConversion *self)
{
  const char *arch = self->arch->name;

  if (self->facts->bochs_for_efi_guests && g_str_equal (arch, "amd64") &&
      boots_by_efi (self->domain_spec))
    return &bochs;
  for (gsize i = 0; i < G_N_ELEMENTS (default_videos); i++)
    if (g_str_equal (default_videos[i].arch, arch))
      return &default_videos[i];
  return NULL;
}

static void
add_video (BvConversion *self, const BvDefaultVideo *video)
{
  BvXml *model = bv_xml_add (bv_xml_add (self->devices, "video"), "model");

  bv_xml_set (model, "type", video->model);
  bv_xml_set_uint (model, "heads", HEADS);
  if (video->vram)
    bv_xml_set_uint (model, "vram", VRAM_KIB);
}

gboolean
bv_conversion_wants_graphics (BvConversion *self)
{
  const BvApiDevices *devices = self->device_spec;

  return !bv_api_devices_has_autoattach_graphics_device (devices) ||
         devices->autoattach_graphics_device;
}

/* A display that is reached by a socket in the VMI's folder, and its adapter. */
gboolean
bv_convert_graphics (BvConversion *self, GError **error)
{
  const BvApiDevices *devices = self->device_spec;
  const BvDefaultVideo asked = {
    .model = devices->video != NULL ? devices->video->type : NULL,
    .vram = TRUE,
  };
  BvXml *graphics, *listen;

  if (!bv_conversion_wants_graphics (self))
    return TRUE;
  graphics = bv_xml_add (self->devices, "graphics");
  bv_xml_set (graphics, "type", "vnc");
  listen = bv_xml_add (graphics, "listen");
  bv_xml_set (listen, "type", "socket");
  bv_xml_set (listen, "socket", bv_conversion_get_runtime_path (self, "virt-vnc"));
  add_video (self, devices->video != NULL ? &asked : find_default_video (self));
  return TRUE;
}
