/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/machine/bv-cgroups.h"

#include <string.h>

#define SETTING "cgroup_controllers"

/* What libvirt is told to use, “[ "cpu", "memory" ]” for one; NULL: all that there are. */
static char *
read_setting (const char *qemu_conf)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  char *value = NULL;

  if (!g_file_get_contents (qemu_conf, &text, NULL, NULL))
    return NULL;
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      const char *line = g_strchug (lines[i]);
      const char *equals = strchr (line, '=');

      if (!g_str_has_prefix (line, SETTING) || equals == NULL)
        continue;
      g_free (value);
      value = g_strdup (equals + 1);
      /* A list may go on for lines. */
      while (strchr (value, ']') == NULL && lines[i + 1] != NULL)
        {
          g_autofree char *start = g_steal_pointer (&value);

          value = g_strconcat (start, lines[++i], NULL);
        }
    }
  return value;
}

static gboolean
is_allowed (const char *setting, const char *controller)
{
  g_autofree char *quoted = g_strdup_printf ("\"%s\"", controller);

  return setting == NULL || strstr (setting, quoted) != NULL;
}

static gboolean
has_word (const char *text, const char *word)
{
  g_auto (GStrv) words = g_strsplit_set (text, " \n", -1);

  return g_strv_contains ((const char *const *)words, word);
}

static gboolean
has_file (const char *folder, const char *controller, const char *file)
{
  g_autofree char *path = g_build_filename (folder, controller, file, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

BvCgroups
bv_cgroups_read (const char *folder, const char *qemu_conf)
{
  g_autofree char *setting = read_setting (qemu_conf);
  g_autofree char *path = g_build_filename (folder, "cgroup.controllers", NULL);
  g_autofree char *controllers = NULL;
  BvCgroups self = { .unified = g_file_get_contents (path, &controllers, NULL, NULL) };

  if (self.unified)
    {
      self.cpu = has_word (controllers, "cpu");
      self.memory = has_word (controllers, "memory");
    }
  else
    {
      self.cpu = has_file (folder, "cpu", "cpu.cfs_quota_us");
      self.memory = has_file (folder, "memory", "memory.limit_in_bytes");
    }
  self.cpu &= is_allowed (setting, "cpu");
  self.memory &= is_allowed (setting, "memory");
  return self;
}
