/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/bv-request.h"

G_BEGIN_DECLS

/* OpenConsoleLog, OpenUsbRedirection, OpenPort and DumpMemory, each a BvRequestFunc. */
void bv_vmi_open_console_log (BvRequest *request, gpointer user_data);
void bv_vmi_open_usb_redirection (BvRequest *request, gpointer user_data);
void bv_vmi_open_port (BvRequest *request, gpointer user_data);
void bv_vmi_dump_memory (BvRequest *request, gpointer user_data);

G_END_DECLS
