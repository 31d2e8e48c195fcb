/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Which of the kernel's control groups libvirt can put guests into. */
typedef struct
{
  gboolean cpu;
  gboolean memory;
  gboolean unified; /* version 2, whose CPU weights go from 1 to 10000 */
} BvCgroups;

/* FOLDER is where they are mounted, QEMU_CONF libvirt's settings for QEMU, which may leave
 * controllers out. */
BvCgroups bv_cgroups_read (const char *folder, const char *qemu_conf);

G_END_DECLS
