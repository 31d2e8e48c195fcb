/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A UNIX socket that listens at PATH, for us and GROUP alone (BV_NO_GROUP: for us alone), in a
 * folder that nobody else can change; -1 on error. What is at PATH is replaced. */
int bv_listener_open (const char *path, guint group, GError **error);

G_END_DECLS
