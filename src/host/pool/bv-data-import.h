/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/bv-config.h"
#include "host/bv-libvirt-caller.h"
#include "host/bv-progress.h"
#include "host/image/bv-image-store.h"
#include "model/bv-object.h"
#include "host/pool/bv-storage-pool.h"

G_BEGIN_DECLS

/* Where the data of a new volume come from. */
typedef enum
{
  BV_DATA_BLANK,
  BV_DATA_HTTP,
  BV_DATA_REGISTRY,
  BV_DATA_CLAIM,
  BV_DATA_UPLOAD,
} BvDataKind;

/* A volume that is to be made and filled. All that it needs is here: nothing else is looked at by
 * the worker thread. */
typedef struct
{
  BvDataKind kind;

  char *pool;
  char *own_pool;
  char *own_folder;
  char *partition_folder;
  char *name;
  guint64 size; /* 0: that of the data */
  gboolean must_be_block;
  gboolean preallocate;

  char *url; /* of BV_DATA_HTTP and BV_DATA_REGISTRY */
  char *user;
  char *password;
  BvObject *secret; /* of BV_DATA_REGISTRY: a Secret with credentials, or NULL */
  char *architecture;
  GStrv headers;
  char *certificates;   /* PEM */
  char *checksum;       /* “sha256:…”, or NULL */
  BvPoolVolume *source; /* of BV_DATA_CLAIM */
  int fd;               /* of BV_DATA_UPLOAD; -1: none */
  guint64 fd_size;      /* 0: not known */

  char *scratch; /* a folder for what comes before it is a volume */
  guint64 most;  /* bytes that may come */
  BvLibvirtCaller libvirt;
  BvProgress *progress;
  BvConfig *config;
  BvImageStore *images;
} BvDataImport;

BvDataImport *bv_data_import_new (BvDataKind kind);
void bv_data_import_free (BvDataImport *self);

/* Makes the volume and fills it; what an earlier try left of it is removed first, and nothing of it
 * is left on failure. Blocks: for worker threads. Errors that will not pass by themselves are
 * BV_ERROR_INVALID_ARGUMENT, BV_ERROR_NOT_SUPPORTED and BV_ERROR_CANCELLED. */
BvPoolVolume *bv_data_import_run (const BvDataImport *self, GCancellable *cancellable,
                                  GError **error);
/* The same for a worker: TASK has the import as its data, and returns the volume. */
void bv_data_import_run_in_worker (GTask *task);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvDataImport, bv_data_import_free)

G_END_DECLS
