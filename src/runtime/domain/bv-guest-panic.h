/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What QEMU's log tells of a guest's crash: which kind of device told, and with Windows its five
 * arguments, the first of which is the code of the bug check. */
typedef struct
{
  char *type; /* NULL: nothing is known */
  guint64 arguments[5];
} BvGuestPanic;

/* LOG is the end of the log; the last crash in it counts. */
BvGuestPanic *bv_guest_panic_new_from_log (const char *log);
void bv_guest_panic_free (BvGuestPanic *self);

/* A sentence, KubeVirt's words in it. */
char *bv_guest_panic_describe (const BvGuestPanic *self);
char *bv_guest_panic_get_code (const BvGuestPanic *self);

/* The last part of the log that libvirt keeps for the domain; NULL where there is none. */
char *bv_guest_panic_read_log (const char *domain_name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvGuestPanic, bv_guest_panic_free)

G_END_DECLS
