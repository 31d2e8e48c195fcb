/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/volume/bv-claim-folder.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <linux/capability.h>
#include <unistd.h>

#include "host/companion/bv-companion.h"
#include "host/volume/bv-volume-folder.h"
#include "model/bv-error.h"

#define CLAIMS "claims"
#define IMAGE "disk.img"
#define REMOVER "remove"

/* Folders of a guest's users may be closed even to root, as long as it is held to permissions. */
#define CAPABILITIES                                                                               \
  (BV_CAPABILITY (CAP_DAC_OVERRIDE) | BV_CAPABILITY (CAP_DAC_READ_SEARCH) |                        \
   BV_CAPABILITY (CAP_FOWNER))

static gboolean
fail (const char *path, GError **error)
{
  int code = errno;

  g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("The folder of the claim, %s, fails: %s."),
               path, g_strerror (code));
  return FALSE;
}

char *
bv_claim_folder_build_path (const char *state_directory, const char *volume)
{
  return g_build_filename (state_directory, CLAIMS, volume, NULL);
}

gboolean
bv_claim_folder_make (const char *state_directory, const char *volume, GError **error)
{
  g_autofree char *claims = g_build_filename (state_directory, CLAIMS, NULL);
  g_autofree char *path = bv_claim_folder_build_path (state_directory, volume);

  if (g_mkdir_with_parents (claims, 0700) != 0 || g_chmod (claims, 0700) != 0)
    return fail (claims, error);
  if (g_mkdir (path, 0755) == 0)
    return g_chmod (path, 0755) == 0 || fail (path, error);
  return errno == EEXIST || fail (path, error);
}

gboolean
bv_claim_folder_add_image (const char *folder, const char *image, GError **error)
{
  g_autofree char *path = g_build_filename (folder, IMAGE, NULL);

  if (link (image, path) == 0 || errno == EEXIST)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
               _ ("The image %s cannot be shown in the shared folder %s: %s. Both must be on one "
                  "file system, where the service may write."),
               image, folder, g_strerror (errno));
  return FALSE;
}

/* By a process of its own, as the daemon was that shared it: the service may do less. */
static gboolean
remove_contents (const char *records, const char *volume, const char *path, GError **error)
{
  g_autofree char *program = g_find_program_in_path ("rm");
  const char *const arguments[] = { program, "-rf", "--one-file-system", "--", path, NULL };
  g_autofree char *description = g_strdup_printf ("removal of the claim %s", volume);
  const BvCompanionSpec spec = { .name = REMOVER,
                                 .description = description,
                                 .arguments = arguments,
                                 .standard_input = -1,
                                 .capabilities = CAPABILITIES };

  if (program != NULL)
    return bv_companion_start (records, volume, &spec, error) &&
           bv_companion_wait (records, REMOVER, error);
  errno = ENOENT;
  return fail ("rm", error);
}

gboolean
bv_claim_folder_remove (const char *runtime_directory, const char *state_directory,
                        const char *volume, GError **error)
{
  g_autofree char *path = bv_claim_folder_build_path (state_directory, volume);
  g_autofree char *claim = g_build_filename (runtime_directory, volume, NULL);
  g_autofree char *records = bv_companion_build_folder (claim);

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  if (!remove_contents (records, volume, path, error) || !bv_volume_folder_remove (records, error))
    return FALSE;
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  errno = ENOTEMPTY;
  return fail (path, error);
}
