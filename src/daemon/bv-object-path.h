/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-object.h"

G_BEGIN_DECLS

#define BV_ROOT_PATH "/org/barevirt1"

char *bv_object_path_new (const char *kind, const char *namespace, const char *name);
char *bv_object_path_of (BvObject *object);
char *bv_object_path_new_child (const char *parent, const char *group, const char *name);
char *bv_object_path_new_for_job (guint number);

G_END_DECLS
