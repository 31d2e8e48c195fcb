/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/bv-kept-state.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "host/bv-libvirt-autocleanups.h"
#include "host/bv-libvirt-error.h"

#define NVRAM_FOLDER "nvram"
#define NVRAM_SUFFIX "_VARS.fd"
#define TPM_FOLDER "tpm"

char *
bv_kept_state_build_nvram_path (const char *state_directory, const char *uid)
{
  g_autofree char *file = g_strconcat (uid, NVRAM_SUFFIX, NULL);

  return g_build_filename (state_directory, NVRAM_FOLDER, file, NULL);
}

static char *
build_tpm_path (const char *state_directory, const char *uid)
{
  return g_build_filename (state_directory, TPM_FOLDER, uid, NULL);
}

gboolean
bv_kept_state_note_tpm (const char *state_directory, const char *uid, const char *domain_uuid,
                        GError **error)
{
  g_autofree char *folder = g_build_filename (state_directory, TPM_FOLDER, NULL);
  g_autofree char *path = build_tpm_path (state_directory, uid);

  if (g_mkdir_with_parents (folder, 0700) != 0)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("The folder %s cannot be made: %s."),
                   folder, g_strerror (errno));
      return FALSE;
    }
  return g_file_set_contents_full (path, domain_uuid, -1, G_FILE_SET_CONTENTS_DURABLE, 0600, error);
}

static gboolean
remove_file (const char *path, GError **error)
{
  if (g_unlink (path) == 0 || errno == ENOENT)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("%s cannot be removed: %s."), path,
               g_strerror (errno));
  return FALSE;
}

/* libvirt removes it with the definition of a domain only, and so there must be one. */
static gpointer
forget_tpm (virConnectPtr handle, gpointer data, GCancellable *cancellable, GError **error)
{
  const char *uuid = data;
  g_autofree char *xml = g_markup_printf_escaped (
      "<domain type='qemu'><name>barevirt-forgotten-%s</name><uuid>%s</uuid>"
      "<memory>1024</memory><os><type>hvm</type></os><devices><tpm>"
      "<backend type='emulator' version='2.0' persistent_state='yes'/></tpm></devices></domain>",
      uuid, uuid);
  g_autoptr (virDomain) found = virDomainLookupByUUIDString (handle, uuid);
  g_autoptr (virDomain) domain = NULL;

  /* A machine with a UUID that its manifest says may be there again: it is that one's now. */
  if (found != NULL)
    return GINT_TO_POINTER (TRUE);
  domain = virDomainDefineXML (handle, xml);
  if (domain != NULL && virDomainUndefineFlags (domain, VIR_DOMAIN_UNDEFINE_TPM) == 0)
    return GINT_TO_POINTER (TRUE);
  bv_set_error_from_libvirt (
      error, _ ("What the TPM of the domain with the UUID %s held cannot be removed"), uuid);
  return NULL;
}

static gboolean
remove_tpm (const char *state_directory, const char *uid, const BvLibvirtCaller *libvirt,
            GError **error)
{
  g_autofree char *path = build_tpm_path (state_directory, uid);
  g_autofree char *uuid = NULL;

  return !g_file_get_contents (path, &uuid, NULL, NULL) ||
         (bv_libvirt_caller_call (libvirt, forget_tpm, uuid, NULL, error) != NULL &&
          remove_file (path, error));
}

gboolean
bv_kept_state_remove (const char *state_directory, const char *uid, const BvLibvirtCaller *libvirt,
                      GError **error)
{
  g_autofree char *nvram = bv_kept_state_build_nvram_path (state_directory, uid);
  gboolean removed = remove_file (nvram, error);

  return remove_tpm (state_directory, uid, libvirt, removed ? error : NULL) && removed;
}

static void
list_folder (GHashTable *uids, const char *state_directory, const char *name, const char *suffix)
{
  g_autofree char *path = g_build_filename (state_directory, name, NULL);
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *file;

  while (folder != NULL && (file = g_dir_read_name (folder)) != NULL)
    if (g_str_has_suffix (file, suffix))
      g_hash_table_add (uids, g_strndup (file, strlen (file) - strlen (suffix)));
}

GHashTable *
bv_kept_state_list (const char *state_directory)
{
  GHashTable *uids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  list_folder (uids, state_directory, NVRAM_FOLDER, NVRAM_SUFFIX);
  list_folder (uids, state_directory, TPM_FOLDER, "");
  return uids;
}
