/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/bv-disk-image.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/bv-program.h"
#include "model/bv-error.h"

#define LONGEST_SECONDS 30
#define MOST_MEMORY (G_GUINT64_CONSTANT (1) << 30)

/* What a file begins with is all that is read of it. */
#define HEAD_SIZE 4096

#define QCOW2_MAGIC "QFI\xfb"
#define QCOW2_DATA_FILE_EXTENSION 0x44415441
#define QCOW2_EXTERNAL_DATA (G_GUINT64_CONSTANT (1) << 2)
#define QCOW2_V2_SIZE 72
#define QCOW2_V3_SIZE 104

/* Formats that QEMU knows and KubeVirt does not take. As raw disks they would be garbage to the
 * guest, and to let QEMU guess would let the file say what else is to be opened. */
static const struct
{
  gsize offset;
  const char *magic;
  gsize size;
  const char *name;
} refused[] = {
  { 0, "KDMV", 4, "VMDK" },
  { 0, "COWD", 4, "VMDK" },
  { 0, "# Disk Desc", 11, "VMDK" },
  { 0, "vhdxfile", 8, "VHDX" },
  { 0, "conectix", 8, "VHD" },
  { 0x40, "\x7f\x10\xda\xbe", 4, "VDI" },
  { 0, "QED\0", 4, "QED" },
  { 0, "LUKS\xba\xbe", 6, "LUKS" },
  { 0, "WithoutFreeSpace", 16, "Parallels" },
  { 0,
    "Withou"
    "FreSpacExt",
    16, "Parallels" },
};

static gboolean
refuse (GError **error, const char *message)
{
  g_set_error_literal (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT, message);
  return FALSE;
}

/* Returns how many bytes there are, or -1. */
static gssize
read_head (const char *path, guint8 *head, GError **error)
{
  int fd = open (path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  struct stat status;
  gssize size = -1;

  if (fd >= 0 && fstat (fd, &status) == 0 && (S_ISREG (status.st_mode) || S_ISBLK (status.st_mode)))
    size = pread (fd, head, HEAD_SIZE, 0);
  else if (fd >= 0)
    errno = EINVAL;
  if (size < 0)
    g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("The disk image %s cannot be read: %s."),
                 path, g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return size;
}

static guint32
get_u32 (const guint8 *data)
{
  guint32 value;

  memcpy (&value, data, sizeof value);
  return GUINT32_FROM_BE (value);
}

static guint64
get_u64 (const guint8 *data)
{
  guint64 value;

  memcpy (&value, data, sizeof value);
  return GUINT64_FROM_BE (value);
}

/* The extensions end with one of type 0, or where the first cluster does. */
static gboolean
has_data_file_extension (const guint8 *head, gsize size, gsize offset)
{
  while (offset + 8 <= size)
    {
      guint32 type = get_u32 (head + offset);
      gsize length = get_u32 (head + offset + 4);

      if (type == QCOW2_DATA_FILE_EXTENSION)
        return TRUE;
      if (type == 0)
        return FALSE;
      offset += 8 + (length + 7) / 8 * 8;
    }
  return FALSE;
}

static gboolean
check_qcow2 (const guint8 *head, gsize size, GError **error)
{
  guint32 version = size >= QCOW2_V2_SIZE ? get_u32 (head + 4) : 0;
  gboolean external = FALSE;

  if (version != 2 && (version != 3 || size < QCOW2_V3_SIZE))
    return refuse (error, _ ("It is a QCOW image of a version that is not known, or cut short; "
                             "versions 2 and 3 are."));
  if (get_u64 (head + 8) != 0)
    return refuse (error, _ ("It is a qcow2 image with a backing file, which is not opened: an "
                             "image must hold all of its disk. Make one with “qemu-img "
                             "convert”."));
  if (version == 3)
    external = (get_u64 (head + 72) & QCOW2_EXTERNAL_DATA) != 0 ||
               has_data_file_extension (head, size, get_u32 (head + 100));
  if (external)
    return refuse (error, _ ("It is a qcow2 image with an external data file, which is not opened: "
                             "an image must hold all of its disk. Make one with “qemu-img "
                             "convert”."));
  if (get_u32 (head + 32) != 0)
    return refuse (error, _ ("It is an encrypted qcow2 image, which cannot be used; decrypt it "
                             "with “qemu-img convert”."));
  return TRUE;
}

static gboolean
find_format (const guint8 *head, gsize size, const char **format, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    if (size >= refused[i].offset + refused[i].size &&
        memcmp (head + refused[i].offset, refused[i].magic, refused[i].size) == 0)
      {
        g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                     _ ("It is a %s image; only raw and qcow2 images can be used. Convert it with "
                        "“qemu-img convert”."),
                     refused[i].name);
        return FALSE;
      }
  *format = size >= 4 && memcmp (head, QCOW2_MAGIC, 4) == 0 ? "qcow2" : "raw";
  return g_str_equal (*format, "raw") || check_qcow2 (head, size, error);
}

/* What qemu-img makes of it, now that it is known to name no other file. */
static gboolean
read_info (const char *text, const char *format, BvDiskImage *image, GError **error)
{
  g_autoptr (JsonNode) root = json_from_string (text, NULL);
  JsonObject *info =
      root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
  gint64 size;

  if (info == NULL || !json_object_has_member (info, "virtual-size") ||
      json_object_has_member (info, "backing-filename") ||
      g_strcmp0 (json_object_get_string_member_with_default (info, "format", NULL), format) != 0)
    return refuse (error, _ ("qemu-img does not tell what kind of image it is."));
  size = json_object_get_int_member (info, "virtual-size");
  image->format = format;
  image->virtual_size = MAX (size, 0);
  return TRUE;
}

static gboolean
check_size (const BvDiskImage *image, guint64 limit, GError **error)
{
  if (image->virtual_size == 0)
    return refuse (error, _ ("It is a disk without any room."));
  if (limit == 0 || image->virtual_size <= limit)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_LIMIT_EXCEEDED,
               _ ("Its disk has %" G_GUINT64_FORMAT " bytes; at most %" G_GUINT64_FORMAT
                  " are allowed here."),
               image->virtual_size, limit);
  return FALSE;
}

gboolean
bv_disk_image_check (const char *path, guint64 limit, GCancellable *cancellable, BvDiskImage *image,
                     GError **error)
{
  guint8 head[HEAD_SIZE];
  gssize size = read_head (path, head, error);
  g_autofree char *output = NULL;
  const char *format;
  BvProgram program = { .seconds = LONGEST_SECONDS, .memory = MOST_MEMORY };

  if (size < 0 || !find_format (head, size, &format, error))
    return FALSE;
  program.arguments =
      (const char *const[]){ "qemu-img", "info", "--output=json", "-f", format, path, NULL };
  return bv_program_run_full (&program, &output, cancellable, error) &&
         read_info (output, format, image, error) && check_size (image, limit, error);
}
