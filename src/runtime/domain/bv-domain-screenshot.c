/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/domain/bv-domain-screenshot.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "model/bv-error.h"
#include "runtime/domain/bv-domain-descriptor.h"
#include "runtime/domain/bv-domain-request.h"
#include "host/bv-libvirt-autocleanups.h"
#include "host/bv-libvirt-error.h"
#include "runtime/domain/bv-png.h"

/* A screen of 4096 by 2160 has 25 MiB. */
#define PICTURE_MAX (32 << 20)
#define PART_SIZE (64 << 10)
#define SEALS (F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL)

static gboolean
receive (virStreamPtr stream, GByteArray *picture, GError **error)
{
  g_autofree char *part = g_malloc (PART_SIZE);
  int n;

  while ((n = virStreamRecv (stream, part, PART_SIZE)) > 0)
    {
      g_byte_array_append (picture, (const guint8 *)part, (guint)n);
      if (picture->len <= PICTURE_MAX)
        continue;
      g_set_error (error, BV_ERROR, BV_ERROR_LIMIT_EXCEEDED,
                   _ ("The picture has more than %d MiB."), PICTURE_MAX >> 20);
      virStreamAbort (stream);
      return FALSE;
    }
  if (n == 0 && virStreamFinish (stream) == 0)
    return TRUE;
  bv_set_error_from_libvirt (error, _ ("The picture does not arrive"));
  virStreamAbort (stream);
  return FALSE;
}

static GByteArray *
take_picture (virConnectPtr handle, const BvDomainRequest *request, GError **error)
{
  g_autoptr (virDomain) domain = bv_domain_request_look_up (request, handle, error);
  g_autoptr (virStream) stream = domain != NULL ? virStreamNew (handle, 0) : NULL;
  g_autoptr (GByteArray) picture = g_byte_array_new ();
  g_autofree char *type = NULL;

  if (domain == NULL)
    return NULL;
  if (stream != NULL)
    type = virDomainScreenshot (domain, stream, 0, 0);
  if (type == NULL)
    bv_set_error_from_libvirt (error, _ ("No picture of the domain %s can be taken"),
                               request->name);
  else if (receive (stream, picture, error))
    return g_steal_pointer (&picture);
  return NULL;
}

/* As PNG, which older versions of libvirt do not ask QEMU for. */
static gboolean
write_picture (int fd, const GByteArray *picture, GError **error)
{
  int copy = fcntl (fd, F_DUPFD_CLOEXEC, 0);
  FILE *file = copy >= 0 ? fdopen (copy, "w") : NULL;
  gboolean written = FALSE;

  if (file != NULL && bv_png_is (picture->data, picture->len))
    written = fwrite (picture->data, picture->len, 1, file) == 1;
  else if (file != NULL)
    written = bv_png_write_ppm (file, picture->data, picture->len, error);
  if (file != NULL && fclose (file) == 0 && written && lseek (fd, 0, SEEK_SET) == 0 &&
      fcntl (fd, F_ADD_SEALS, SEALS) == 0)
    return TRUE;
  if (error == NULL || *error == NULL)
    g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("The picture cannot be written: %s"),
                 g_strerror (errno));
  return FALSE;
}

/* A file in memory, which nobody changes afterwards. */
static gpointer
screenshot (virConnectPtr handle, gpointer data, GCancellable *cancellable, GError **error)
{
  g_autoptr (GByteArray) picture = take_picture (handle, data, error);
  int fd;

  if (picture == NULL)
    return NULL;
  fd = memfd_create ("screenshot.png", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0)
    g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("No file for the picture can be made: %s"),
                 g_strerror (errno));
  else if (write_picture (fd, picture, error))
    return bv_domain_descriptor_new (fd);
  if (fd >= 0)
    close (fd);
  return NULL;
}

/**
 * bv_domain_screenshot_async:
 * @connection: the connection
 * @name: the domain's name
 * @uuid: the domain's UUID; another domain that has the name by now is left alone
 * @cancellable: (nullable): ends the wait for its turn
 * @callback: called when it is done
 * @user_data: passed to @callback
 *
 * Takes a picture of the first screen of a domain that runs.
 */
void
bv_domain_screenshot_async (BvConnection *connection, const char *name, const char *uuid,
                            GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data)
{
  bv_domain_descriptor_async (connection, BV_LANE_JOBS, screenshot, name, uuid, cancellable,
                              callback, user_data);
}

/**
 * bv_domain_screenshot_finish:
 * @connection: the connection
 * @result: what the callback got
 * @error: return location
 *
 * Returns: a PNG file, at its start, which is the caller's; -1 on error
 */
int
bv_domain_screenshot_finish (BvConnection *connection, GAsyncResult *result, GError **error)
{
  return bv_domain_descriptor_finish (connection, result, error);
}
