/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/bv-progress.h"
#include "host/pool/bv-sparse-file.h"

G_BEGIN_DECLS

/* A file on a web server. */
typedef struct
{
  const char *url;
  const char *user; /* NULL: nobody in particular */
  const char *password;
  const char *const *headers; /* "Name: value"; NULL: none */
  const char *certificates;   /* a file with those that are trusted too, or NULL */
} BvHttpSource;

/* Writes it to FILE. Blocks: for worker threads. */
gboolean bv_http_download (const BvHttpSource *source, BvSparseFile *file, BvProgress *progress,
                           GCancellable *cancellable, GError **error);

G_END_DECLS
