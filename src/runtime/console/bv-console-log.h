/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gunixfdlist.h>

G_BEGIN_DECLS

/* What a guest printed on its serial console, as virtlogd keeps it in the folder of the VMI: the
 * oldest file first, the one that it writes to last. The list is empty where nothing is kept. */
GUnixFDList *bv_console_log_open (const char *runtime_directory, GError **error);

G_END_DECLS
