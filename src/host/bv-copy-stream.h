/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Copies what FROM has to TO, up to its end or the first error; blocks. Then it tells either side:
 * TO gets no more, and FROM is not read any more, as far as they are sockets. */
void bv_copy_stream (int from, int to);

G_END_DECLS
