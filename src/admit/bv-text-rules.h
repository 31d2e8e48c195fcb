/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The forms of text that Kubernetes and libvirt ask for. */

#define BV_MAC_LENGTH 6

typedef enum
{
  BV_MAC_OK,
  BV_MAC_MALFORMED,
  BV_MAC_TOO_LONG, /* of 8 or 20 bytes, as InfiniBand has them */
} BvMacAnswer;

gboolean bv_text_is_given (const char *text);
gboolean bv_text_is_label (const char *text);
gboolean bv_text_is_subdomain (const char *text);
gboolean bv_text_is_port_name (const char *text);
gboolean bv_text_is_clean_path (const char *path);
gboolean bv_text_is_relative_path (const char *path);
gboolean bv_text_is_pci_address (const char *text);
gboolean bv_text_measure_base64 (const char *text, gsize *length);
BvMacAnswer bv_text_parse_mac (const char *text, guint8 mac[BV_MAC_LENGTH]);

G_END_DECLS
