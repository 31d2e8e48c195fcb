/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-target.h"
#include "cli/bv-cli.h"

#include <gio/gunixfdlist.h>
#include <gio/gunixinputstream.h>
#include <glib/gi18n.h>

static GBytes *
take_picture (BvDBusVirtualMachineInstance *vmi, GError **error)
{
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr (GInputStream) picture = NULL;
  g_autoptr (GUnixFDList) list = NULL;
  g_autoptr (GVariant) handle = NULL;
  int fd = -1;

  if (bv_dbus_virtual_machine_instance_call_screenshot_sync (vmi, g_variant_new ("a{sv}", NULL),
                                                             NULL, &handle, &list, NULL, error))
    fd = bv_cli_take_fd (handle, list, error);
  if (fd < 0)
    return NULL;
  picture = g_unix_input_stream_new (fd, TRUE);
  if (g_output_stream_splice (memory, picture, G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET, NULL, error) <
      0)
    return NULL;
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
}

/* Whatever is on the screen is for nobody else. */
static gboolean
write_picture (GBytes *picture, const char *path, GError **error)
{
  if (g_file_set_contents_full (path, g_bytes_get_data (picture, NULL),
                                (gssize)g_bytes_get_size (picture), G_FILE_SET_CONTENTS_CONSISTENT,
                                0600, error))
    return TRUE;
  g_prefix_error (error, _ ("The picture cannot be written to %s: "), path);
  return FALSE;
}

int
bv_cli_screenshot (int argc, char **argv)
{
  g_auto (BvCliOptions) options = { 0 };
  g_auto (BvCliTarget) target = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) picture = NULL;

  if (!bv_cli_options_parse (&options, NULL, &argc, &argv, &error))
    return bv_cli_misuse ("%s", error->message);
  if (argc != 3)
    return bv_cli_misuse (_ ("Name one VMI, and the file for its picture: “barevirt screenshot "
                             "VMI FILE.png”."));
  if (!bv_cli_target_find (&target, &options, argv[1], &error))
    return bv_cli_fail (error);
  picture = take_picture (target.vmi, &error);
  if (picture == NULL || !write_picture (picture, argv[2], &error))
    return bv_cli_fail (error);
  bv_cli_say (_ ("The screen of virtualmachineinstance/%s is in %s."), target.name, argv[2]);
  return 0;
}
