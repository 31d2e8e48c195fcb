/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libvirt/libvirt.h>

#include "model/bv-error.h"

G_BEGIN_DECLS

/* A volume of one of libvirt's storage pools, as it was last seen. */
typedef struct
{
  char *pool;
  char *name;
  char *path;
  gboolean block;
  guint64 capacity; /* bytes */
} BvPoolVolume;

/* What a volume is to be. */
typedef struct
{
  const char *pool;
  const char *own_pool;         /* the pool that is made where there is none */
  const char *own_folder;       /* where that one is made */
  const char *partition_folder; /* the records of partitions, or NULL: NAME is a partition's own */
  const char *name;
  guint64 size;
  gboolean must_be_block;
  gboolean preallocate;
  gboolean refresh; /* look at what another host may have made there */
} BvPoolRequest;

void bv_pool_volume_free (BvPoolVolume *self);
BvPoolVolume *bv_pool_volume_copy (const BvPoolVolume *self);

/* All of these call libvirt, and block. A pool or volume that is not there is BV_ERROR_NOT_FOUND,
 * one that cannot be what is asked for BV_ERROR_NOT_SUPPORTED. */
BvPoolVolume *bv_pool_volume_find (virConnectPtr handle, const BvPoolRequest *request,
                                   GError **error);
/* Makes the volume, empty; one of the name must not be there. */
BvPoolVolume *bv_pool_volume_create (virConnectPtr handle, const BvPoolRequest *request,
                                     GError **error);
/* One that is not there is as good as deleted. */
gboolean bv_pool_volume_delete (virConnectPtr handle, const BvPoolRequest *request, GError **error);
BvPoolVolume *bv_pool_volume_grow (virConnectPtr handle, const BvPoolRequest *request,
                                   GError **error);

/* The volume itself, for its contents. */
virStorageVolPtr bv_pool_volume_open (virConnectPtr handle, const char *pool, const char *name,
                                      GError **error);

/* Sizes that a volume can have: whole mebibytes. */
guint64 bv_pool_round_size (guint64 size);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvPoolVolume, bv_pool_volume_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (virStoragePool, virStoragePoolFree)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (virStorageVol, virStorageVolFree)

G_END_DECLS
