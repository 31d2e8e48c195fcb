/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Connects to the first place for a USB device that nobody uses, in the folder of the VMI: a stream
 * socket that speaks usbredir. -1 on error. */
int bv_usb_redirection_open (const char *runtime_directory, GError **error);

G_END_DECLS
