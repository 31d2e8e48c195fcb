/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/pool/bv-storage-pool.h"

G_BEGIN_DECLS

/* A volume that gets the dump of a guest's memory, an ELF core, from its first byte on. What is
 * neither empty nor such a dump is not written over. The dump's head comes last: what is there of
 * one that broke off, for whatever reason, is no ELF file. All of these call libvirt, and block. */
typedef struct _BvDumpVolume BvDumpVolume;

/* Takes away the dump that is there. SIZE is what the new one may take, in bytes. */
BvDumpVolume *bv_dump_volume_open (virConnectPtr handle, const BvPoolVolume *volume, guint64 size,
                                   GError **error);
gboolean bv_dump_volume_write (BvDumpVolume *self, const char *data, gsize size, GError **error);
gboolean bv_dump_volume_finish (BvDumpVolume *self, GError **error);
void bv_dump_volume_free (BvDumpVolume *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvDumpVolume, bv_dump_volume_free)

G_END_DECLS
