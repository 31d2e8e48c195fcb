/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "migration/bv-migration-tls.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "model/bv-error.h"

#define DEFAULT_FOLDER "/etc/pki/qemu"

/* libvirt takes the first of these that is set. */
static const char *const settings[] = { "migrate_tls_x509_cert_dir", "default_tls_x509_cert_dir" };

static const char *const files_of_source[] = { "ca-cert.pem", NULL };
static const char *const files_of_target[] = { "ca-cert.pem", "server-cert.pem", "server-key.pem",
                                               NULL };

/* The value of “NAME = "VALUE"”, or NULL; the last one holds. */
static char *
find_setting (char **lines, const char *name)
{
  char *found = NULL;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      const char *line = g_strchug (lines[i]);
      const char *equals = strchr (line, '=');
      const char *quote = equals != NULL ? strchr (equals, '"') : NULL;
      const char *end = quote != NULL ? strchr (quote + 1, '"') : NULL;
      g_autofree char *key = equals != NULL ? g_strndup (line, (gsize)(equals - line)) : NULL;

      if (end == NULL || !g_str_equal (g_strchomp (key), name))
        continue;
      g_free (found);
      found = g_strndup (quote + 1, (gsize)(end - quote - 1));
    }
  return found;
}

char *
bv_migration_tls_get_folder (const char *qemu_conf)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (qemu_conf, &text, NULL, NULL))
    return g_strdup (DEFAULT_FOLDER);
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      char *folder = find_setting (lines, settings[i]);

      if (folder != NULL)
        return folder;
    }
  return g_strdup (DEFAULT_FOLDER);
}

static gboolean
refuse (const char *file, BvMigrationSide side, const char *host, GError **error)
{
  if (side == BV_MIGRATION_SOURCE)
    g_set_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED,
                 _ ("What travels to %s cannot be encrypted: %s is not there. Put certificates "
                    "there, or say insecure=yes in the section [host %s] of barevirt.conf."),
                 host, file, host);
  else
    g_set_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED,
                 _ ("What comes from %s cannot be encrypted: %s is not there. Put certificates "
                    "there, or say insecure=yes in the section [host %s] of barevirt.conf."),
                 host, file, host);
  return FALSE;
}

gboolean
bv_migration_tls_check (const char *folder, BvMigrationSide side, const char *host, GError **error)
{
  const char *const *files = side == BV_MIGRATION_SOURCE ? files_of_source : files_of_target;

  for (guint i = 0; files[i] != NULL; i++)
    {
      g_autofree char *path = g_build_filename (folder, files[i], NULL);

      if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
        return refuse (path, side, host, error);
    }
  return TRUE;
}
