/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/metrics/bv-metrics-disk.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "host/volume/bv-volume-folder.h"
#include "model/bv-error.h"

/* vhostmd's disk: a head, then the XML, in an image of 256 KiB. Numbers are big-endian. */

#define IMAGE_SIZE (256 * 1024)
#define SIGNATURE "mvbd"
#define LONGEST_TEXT (IMAGE_SIZE - 24)

typedef struct
{
  char signature[4];
  guint32 locked;
  guint32 sum;
  guint32 length;
} Head;

G_STATIC_ASSERT (sizeof (Head) == 16);

static gboolean
fail (const char *path, GError **error)
{
  int code = errno;

  g_set_error (error, BV_ERROR, BV_ERROR_FAILED,
               _ ("The disk of metrics %s cannot be written: %s."), path, g_strerror (code));
  return FALSE;
}

static gboolean
write_at (int fd, gconstpointer data, gsize size, goffset offset)
{
  return pwrite (fd, data, size, offset) == (gssize)size;
}

/* The sum tells a reader who came between the two writes of the head. */
static gboolean
write_text (int fd, const char *text)
{
  g_autofree char *body = g_strconcat (text, "\n", NULL);
  gsize length = strlen (body);
  Head head = { SIGNATURE, GUINT32_TO_BE (1), 0, GUINT32_TO_BE ((guint32)length) };
  guint32 sum = 0;

  if (length > LONGEST_TEXT)
    {
      errno = EFBIG;
      return FALSE;
    }
  for (gsize i = 0; i < length; i++)
    sum += (guchar)body[i];
  head.sum = GUINT32_TO_BE (sum);
  if (!write_at (fd, &head, sizeof head, 0) || fdatasync (fd) != 0 ||
      !write_at (fd, body, length, sizeof head))
    return FALSE;
  head.locked = 0;
  return write_at (fd, &head, sizeof head, 0);
}

static gboolean
create (const char *path)
{
  int fd = open (path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  gboolean good =
      fd >= 0 && ftruncate (fd, IMAGE_SIZE) == 0 && write_text (fd, "<metrics></metrics>");

  if (fd >= 0)
    g_close (fd, NULL);
  return good;
}

gboolean
bv_metrics_disk_make (const BvVolumeWork *work, const BvApiVolume *volume, const char *path,
                      GError **error)
{
  g_autofree char *staging = bv_volume_folder_make_staging (work->disk_folder, volume->name, error);
  g_autofree char *made = NULL;
  gboolean good;

  if (staging == NULL)
    return FALSE;
  made = g_build_filename (staging, "image", NULL);
  good = create (made) || fail (path, error);
  good = good && bv_volume_folder_publish (made, path, work->group != BV_NO_GROUP ? 0640 : 0600,
                                           work->group, error);
  return bv_volume_folder_remove (staging, good ? error : NULL) && good;
}

/* libvirt gives it to QEMU's user, who only reads it, through a descriptor. */
static gboolean
take_back (const char *path)
{
  return geteuid () != 0 || lchown (path, 0, (gid_t)-1) == 0;
}

gboolean
bv_metrics_disk_write (const char *path, const char *text, GError **error)
{
  int fd = -1;
  gboolean good = take_back (path);

  if (good)
    fd = open (path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
  good = fd >= 0 && write_text (fd, text);
  if (!good)
    fail (path, error);
  if (fd >= 0)
    g_close (fd, NULL);
  return good;
}
