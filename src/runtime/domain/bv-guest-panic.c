/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/domain/bv-guest-panic.h"

#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define FOLDER "/var/log/libvirt/qemu"
#define TAIL_SIZE (64 << 10)
#define MARK ": panic "
#define HYPER_V "hyper-v"
#define MAX_TYPE 32

void
bv_guest_panic_free (BvGuestPanic *self)
{
  g_free (self->type);
  g_free (self);
}

static guint64
read_argument (const char *line, guint number)
{
  g_autofree char *name = g_strdup_printf ("arg%u='", number);
  const char *found = strstr (line, name);

  return found != NULL ? g_ascii_strtoull (found + strlen (name), NULL, 0) : 0;
}

/* A line is as “2024-09-30 16:30:49.506+0000: panic hyper-v: arg1='0x5a', …”. */
BvGuestPanic *
bv_guest_panic_new_from_log (const char *log)
{
  BvGuestPanic *self = g_new0 (BvGuestPanic, 1);
  const char *found = log != NULL ? g_strrstr (log, MARK) : NULL;
  g_autofree char *line = NULL;
  gsize length;

  if (found == NULL)
    return self;
  found += strlen (MARK);
  line = g_strndup (found, strcspn (found, "\n"));
  length = strcspn (line, ": ");
  if (length == 0 || length > MAX_TYPE || line[length] != ':')
    return self;
  self->type = g_strndup (line, length);
  for (guint i = 0; i < G_N_ELEMENTS (self->arguments); i++)
    self->arguments[i] = read_argument (line, i + 1);
  return self;
}

char *
bv_guest_panic_describe (const BvGuestPanic *self)
{
  const guint64 *a = self->arguments;

  if (self->type == NULL)
    return g_strdup (_ ("The guest's kernel panicked."));
  if (g_str_equal (self->type, HYPER_V))
    return g_strdup_printf (_ ("The guest's kernel panicked: '%#" G_GINT64_MODIFIER
                               "x', '%#" G_GINT64_MODIFIER "x', '%#" G_GINT64_MODIFIER
                               "x', '%#" G_GINT64_MODIFIER "x', '%#" G_GINT64_MODIFIER "x'."),
                            a[0], a[1], a[2], a[3], a[4]);
  return g_strdup_printf (_ ("The guest's kernel panicked: type=%s."), self->type);
}

/* As KubeVirt's metric has it. */
char *
bv_guest_panic_get_code (const BvGuestPanic *self)
{
  return self->arguments[0] != 0 ? g_strdup_printf ("%#" G_GINT64_MODIFIER "x", self->arguments[0])
                                 : g_strdup ("unknown");
}

char *
bv_guest_panic_read_log (const char *domain_name)
{
  g_autofree char *path = g_strdup_printf (FOLDER "/%s.log", domain_name);
  g_autofree char *text = g_malloc (TAIL_SIZE + 1);
  int fd = open (path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  off_t size;
  gssize n;

  if (fd < 0)
    return NULL;
  size = lseek (fd, 0, SEEK_END);
  n = pread (fd, text, TAIL_SIZE, MAX (size - TAIL_SIZE, 0));
  g_close (fd, NULL);
  if (n < 0)
    return NULL;
  text[n] = '\0';
  return g_utf8_make_valid (text, n);
}
