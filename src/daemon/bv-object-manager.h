/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * org.freedesktop.DBus.ObjectManager for the objects below a path. Unlike GDBusObjectManagerServer
 * it tells changes in one place, before the reply that they belong to, and answers reads from what
 * was told (BvPropertyCache).
 */
#define BV_TYPE_OBJECT_MANAGER (bv_object_manager_get_type ())

G_DECLARE_FINAL_TYPE (BvObjectManager, bv_object_manager, BV, OBJECT_MANAGER, GObject)

BvObjectManager *bv_object_manager_new (const char *path, GDBusInterfaceSkeleton *root);
void bv_object_manager_add_root (BvObjectManager *self, GDBusInterfaceSkeleton *root);
void bv_object_manager_set_connection (BvObjectManager *self, GDBusConnection *connection);

void bv_object_manager_export (BvObjectManager *self, GDBusObjectSkeleton *object);
void bv_object_manager_unexport (BvObjectManager *self, const char *path);

void bv_object_manager_flush (BvObjectManager *self);

G_END_DECLS
