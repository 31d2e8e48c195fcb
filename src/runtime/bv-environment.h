/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/bv-config.h"
#include "runtime/bv-connection.h"
#include "runtime/bv-host.h"
#include "runtime/bv-store.h"

G_BEGIN_DECLS

/* What all running objects share. */
typedef struct
{
  BvConfig *config;
  BvConnection *connection;
  BvStore *store;
  BvHost *host;
  char *runtime_directory;
} BvEnvironment;

BvEnvironment *bv_environment_new (BvConfig *config, BvStore *store, const char *uri,
                                   const char *runtime_directory);
BvEnvironment *bv_environment_ref (BvEnvironment *self);
void bv_environment_unref (BvEnvironment *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvEnvironment, bv_environment_unref)

G_END_DECLS
