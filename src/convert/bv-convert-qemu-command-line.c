/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-conversion.h"

#define IGNITION_ANNOTATION "kubevirt.io/ignitiondata"

/* Options of QEMU for which libvirt has no element. */
static void
add_arguments (BvConversion *self, const char *const *arguments)
{
  BvXml *command_line = bv_xml_find (self->root, "commandline");

  if (command_line == NULL)
    command_line = bv_xml_add_prefixed (self->root, "qemu", "commandline");
  for (; *arguments != NULL; arguments++)
    bv_xml_set (bv_xml_add_prefixed (command_line, "qemu", "arg"), "value", *arguments);
}

/* A comma ends a value in QEMU's options; two stand for one. */
static char *
escape_commas (const char *value)
{
  g_autoptr (GString) escaped = g_string_new (value);

  g_string_replace (escaped, ",", ",,", 0);
  return g_string_free (g_steal_pointer (&escaped), FALSE);
}

/* Where the facts name no file, KubeVirt's. */
static const char *
get_ignition_file (BvConversion *self)
{
  const BvApiObjectMeta *metadata = self->vmi->metadata;

  if (self->facts->ignition_file != NULL)
    return self->facts->ignition_file;
  return bv_arena_printf (self->arena, "/var/run/libvirt/ignition-dir/%s/%s/data.ign",
                          metadata->namespace != NULL ? metadata->namespace : "default",
                          metadata->name);
}

static void
add_ignition (BvConversion *self)
{
  const BvApiObjectMeta *metadata = self->vmi->metadata;
  const char *data =
      bv_string_map_get (metadata->annotations, metadata->n_annotations, IGNITION_ANNOTATION);
  g_autofree char *file = NULL;
  const char *arguments[] = { "-fw_cfg", NULL, NULL };

  /* As KubeVirt recognizes it: every such document has a version under this key. */
  if (data == NULL || strstr (data, "ignition") == NULL)
    return;
  file = escape_commas (get_ignition_file (self));
  arguments[1] = bv_arena_printf (self->arena, "name=opt/com.coreos/config,file=%s", file);
  add_arguments (self, arguments);
}

/* The firmware writes what it does to an I/O port, which only x86 has. */
static void
add_firmware_log (BvConversion *self)
{
  g_autofree char *path = NULL;
  const char *arguments[] = {
    "-chardev", NULL, "-device", "isa-debugcon,iobase=0x402,chardev=firmwarelog", NULL,
  };

  if (!self->arch->verbose_firmware_log || self->facts->firmware_log == NULL)
    return;
  path = escape_commas (self->facts->firmware_log);
  arguments[1] = bv_arena_printf (self->arena, "file,id=firmwarelog,path=%s", path);
  add_arguments (self, arguments);
}

gboolean
bv_convert_qemu_command_line (BvConversion *self, GError **error)
{
  add_ignition (self);
  add_firmware_log (self);
  return TRUE;
}
