/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-neutral.h"

#include "model/bv-vmi-private.h"
#include "volume/bv-volume-private.h"

/* Enough for any guest with CPUs of its own. */
#define N_CPUS 256

static void insert_path (GVariantDict *dict, const char *key, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

static void
insert_path (GVariantDict *dict, const char *key, const char *format, ...)
{
  g_autofree char *path = NULL;
  va_list arguments;

  va_start (arguments, format);
  path = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_variant_dict_insert (dict, key, "s", path);
}

static GVariant *
make_backing (const char *name)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  insert_path (&dict, "path", "/var/run/kubevirt/container-disks/%s.img", name);
  return g_variant_dict_end (&dict);
}

static GVariant *
make_volume (const BvApiVolume *record)
{
  const BvVolumeClass *class = bv_volume_class_of (record);
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  if (record->host_disk != NULL && record->host_disk->path != NULL)
    g_variant_dict_insert (&dict, "path", "s", record->host_disk->path);
  else
    insert_path (&dict, "path", "/var/run/kubevirt-private/vmi-disks/%s/disk.img", record->name);
  insert_path (&dict, "socket", "/var/run/kubevirt/virtiofs-containers/%s.sock", record->name);
  if (record->secret != NULL)
    insert_path (&dict, "acpiTable", "/var/run/kubevirt-private/secret/%s/table", record->name);
  if (class != NULL && class->overlay)
    g_variant_dict_insert_value (&dict, "backing", make_backing (record->name));
  return g_variant_dict_end (&dict);
}

static GVariant *
make_volumes (const BvApiVirtualMachineInstanceSpec *spec)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  for (guint i = 0; i < spec->n_volumes; i++)
    g_variant_dict_insert_value (&dict, spec->volumes[i]->name, make_volume (spec->volumes[i]));
  return g_variant_dict_end (&dict);
}

/* As Debian has them. */
static GVariant *
make_firmware (const BvApiVirtualMachineInstanceSpec *spec)
{
  const BvApiFirmware *firmware = spec->domain->firmware;
  const BvApiEFI *efi =
      firmware != NULL && firmware->bootloader != NULL ? firmware->bootloader->efi : NULL;
  gboolean secure = efi != NULL && (!bv_api_efi_has_secure_boot (efi) || efi->secure_boot);
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  if (g_strcmp0 (spec->architecture, "arm64") == 0)
    {
      g_variant_dict_insert (&dict, "code", "s", "/usr/share/AAVMF/AAVMF_CODE.fd");
      g_variant_dict_insert (&dict, "vars", "s", "/usr/share/AAVMF/AAVMF_VARS.fd");
      return g_variant_dict_end (&dict);
    }
  insert_path (&dict, "code", "/usr/share/OVMF/OVMF_CODE_4M%s.fd", secure ? ".ms" : "");
  insert_path (&dict, "vars", "/usr/share/OVMF/OVMF_VARS_4M%s.fd", secure ? ".ms" : "");
  return g_variant_dict_end (&dict);
}

static GVariant *
make_kernel_boot (void)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  insert_path (&dict, "kernel", "/var/run/kubevirt/kernel-boot/kernel");
  insert_path (&dict, "initrd", "/var/run/kubevirt/kernel-boot/initrd");
  return g_variant_dict_end (&dict);
}

static GVariant *
make_cpu_set (void)
{
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("au"));
  for (guint i = 0; i < N_CPUS; i++)
    g_variant_builder_add (&list, "u", i);
  return g_variant_builder_end (&list);
}

/* One cell, whose CPUs have a core each. */
static GVariant *
make_topology (void)
{
  GVariantBuilder cells, cpus;
  GVariantDict cell, dict;

  g_variant_builder_init (&cpus, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < N_CPUS; i++)
    {
      GVariantDict cpu;

      g_variant_dict_init (&cpu, NULL);
      g_variant_dict_insert (&cpu, "id", "u", i);
      g_variant_dict_insert_value (
          &cpu, "siblings", g_variant_new_fixed_array (G_VARIANT_TYPE_UINT32, &i, 1, sizeof i));
      g_variant_builder_add_value (&cpus, g_variant_dict_end (&cpu));
    }
  g_variant_dict_init (&cell, NULL);
  g_variant_dict_insert (&cell, "id", "u", 0);
  g_variant_dict_insert_value (&cell, "cpus", g_variant_builder_end (&cpus));
  g_variant_builder_init (&cells, G_VARIANT_TYPE ("aa{sv}"));
  g_variant_builder_add_value (&cells, g_variant_dict_end (&cell));
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (&dict, "numa_cells", g_variant_builder_end (&cells));
  return g_variant_dict_end (&dict);
}

static gboolean
set_cpus (BvContext *self, const BvApiVirtualMachineInstanceSpec *spec, GError **error)
{
  if (spec->domain->cpu == NULL || !spec->domain->cpu->dedicated_cpu_placement)
    return TRUE;
  return bv_context_set_field (self, "cpuSet", make_cpu_set (), error) &&
         bv_context_set_field (self, "topology", make_topology (), error);
}

BvContext *
bv_cli_neutral_context_new (BvVmi *vmi, GError **error)
{
  const BvApiVirtualMachineInstanceSpec *spec = bv_vmi_get_record (vmi)->spec;
  g_autoptr (BvContext) self = bv_context_new ();

  if (!bv_context_set_field (self, "hypervisorDeviceAvailable", g_variant_new_boolean (TRUE),
                             error) ||
      !bv_context_set_field (self, "volumes", make_volumes (spec), error) ||
      !bv_context_set_field (self, "efi", make_firmware (spec), error) ||
      !bv_context_set_field (self, "kernelBoot", make_kernel_boot (), error) ||
      !set_cpus (self, spec, error))
    return NULL;
  return g_steal_pointer (&self);
}
