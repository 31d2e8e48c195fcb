/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/bv-kernel-boot.h"

#include <glib/gi18n-lib.h>

#include "host/bv-image-request.h"
#include "host/volume/bv-volume-folder.h"

/* No volume can have these names: a volume's have a suffix. */
#define KERNEL "kernel"
#define INITRD "initrd"

static const BvApiKernelBootContainer *
get_container (const BvApiFirmware *firmware)
{
  if (firmware == NULL || firmware->kernel_boot == NULL)
    return NULL;
  return firmware->kernel_boot->container;
}

/* What was taken out for this VMI once stays, as its disks do. */
static gboolean
take_file (BvResolver *self, const BvApiKernelBootContainer *container, const char *path,
           const char *name, GError **error)
{
  const BvVolumeWork *work = self->work;
  g_autofree char *target = g_build_filename (work->disk_folder, name, NULL);
  BvImageRequest request;

  if (path == NULL || path[0] == '\0')
    return TRUE;
  bv_resolver_add_string (self, name, target);
  if (work->dry_run)
    return TRUE;
  if (!bv_volume_folder_make (work->disk_folder, work->group, error))
    return FALSE;
  if (g_file_test (target, G_FILE_TEST_EXISTS))
    return TRUE;
  if (bv_image_request_fill (&request, work, container->image, container->image_pull_policy,
                             container->image_pull_secret, error) &&
      bv_image_store_get_file (work->images, &request, path, target, work->cancellable,
                               work->progress, error))
    return TRUE;
  g_prefix_error (error, _ ("The kernel boot container cannot be used: "));
  return FALSE;
}

gboolean
bv_kernel_boot_resolve (BvResolver *self, GError **error)
{
  const BvApiKernelBootContainer *container = get_container (self->spec->domain->firmware);
  gboolean good;

  if (container == NULL)
    return TRUE;
  json_builder_set_member_name (self->builder, "kernelBoot");
  json_builder_begin_object (self->builder);
  good = take_file (self, container, container->kernel_path, KERNEL, error) &&
         take_file (self, container, container->initrd_path, INITRD, error);
  json_builder_end_object (self->builder);
  return good;
}
