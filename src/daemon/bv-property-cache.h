/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * The properties of all interfaces on the bus, as they were last told. Get and GetAll are answered
 * from here by the thread of GDBus that reads the messages: a read waits for no turn of the main
 * loop, and sees a change after its signal, never before. All else is to be called in the main
 * loop.
 */
typedef struct _BvPropertyCache BvPropertyCache;

BvPropertyCache *bv_property_cache_new (void);
BvPropertyCache *bv_property_cache_ref (BvPropertyCache *self);
void bv_property_cache_unref (BvPropertyCache *self);

guint bv_property_cache_answer (BvPropertyCache *self, GDBusConnection *connection);

void bv_property_cache_add (BvPropertyCache *self, GDBusInterfaceSkeleton *interface);
void bv_property_cache_remove (BvPropertyCache *self, GDBusInterfaceSkeleton *interface);
void bv_property_cache_flush (BvPropertyCache *self, GDBusInterfaceSkeleton *interface);
GVariant *bv_property_cache_get (BvPropertyCache *self, GDBusInterfaceSkeleton *interface);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvPropertyCache, bv_property_cache_unref)

G_END_DECLS
