/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/domain/bv-png.h"

#include <glib/gi18n-lib.h>
#include <png.h>
#include <string.h>

#include "model/bv-error.h"

#define HEADER_MAX 64
#define SIDE_MAX 16384
#define CHANNELS 3
#define LEVEL_MAX 255

/* Whether the bytes begin as a PNG does. */
gboolean
bv_png_is (const guint8 *data, gsize size)
{
  static const guint8 signature[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };

  return size >= sizeof signature && memcmp (data, signature, sizeof signature) == 0;
}

/* Where the pixels of a binary pixmap begin; 0 where it is none of eight bits a channel, or too
 * short. */
static gsize
read_header (const guint8 *data, gsize size, png_image *image)
{
  char header[HEADER_MAX + 1] = "";
  guint width = 0, height = 0, level = 0;
  int end = 0;
  gsize offset;

  if (size < HEADER_MAX)
    return 0;
  memcpy (header, data, HEADER_MAX);
  if (sscanf (header, "P6 %5u %5u %3u%n", &width, &height, &level, &end) != 3)
    return 0;
  offset = (gsize)end + 1;
  if (width == 0 || height == 0 || width > SIDE_MAX || height > SIDE_MAX || level != LEVEL_MAX ||
      size < offset || size - offset < (gsize)width * height * CHANNELS)
    return 0;
  image->width = width;
  image->height = height;
  return offset;
}

/**
 * bv_png_write_ppm:
 * @file: where to write
 * @data: (array length=size): a picture as a binary portable pixmap
 * @size: how many bytes that is
 * @error: return location
 *
 * Writes a pixmap as PNG.
 *
 * Returns: whether it is written
 */
gboolean
bv_png_write_ppm (FILE *file, const guint8 *data, gsize size, GError **error)
{
  png_image image = { .version = PNG_IMAGE_VERSION, .format = PNG_FORMAT_RGB };
  gsize offset = read_header (data, size, &image);

  if (offset == 0)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_FAILED,
                   _ ("The picture is neither PNG nor a pixmap of eight bits a channel."));
      return FALSE;
    }
  if (png_image_write_to_stdio (&image, file, 0, data + offset, 0, NULL) != 0)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("The picture cannot be written as PNG: %s"),
               image.message);
  png_image_free (&image);
  return FALSE;
}
