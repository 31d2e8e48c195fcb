/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/bv-config.h"
#include "host/image/bv-image-store.h"
#include "host/schedule/bv-reservations.h"
#include "runtime/connection/bv-connection.h"
#include "runtime/store/bv-event-log.h"
#include "runtime/connection/bv-host.h"
#include "runtime/bv-network-keeper.h"
#include "runtime/store/bv-registry.h"
#include "runtime/store/bv-store.h"
#include "runtime/connection/bv-worker.h"
#include "stats/bv-stats-collector.h"
#include "stats/bv-transition-times.h"

G_BEGIN_DECLS

/* What all running objects share. */
typedef struct
{
  BvConfig *config;
  BvConnection *connection;
  BvStore *store;
  BvEventLog *events;
  BvHost *host;
  BvStatsCollector *stats;
  BvTransitionTimes *transition_times;
  BvImageStore *images;
  BvReservations *reservations;
  GThreadPool *workers; /* for what blocks and may take long: bv_worker_push () */
  BvNetworks *networks;
  BvNetworkKeeper *network_keeper;
  GThreadPool *text_workers; /* for what anybody may ask: two at a time */
  gboolean guests_known;     /* libvirt has told once which guests run */
  gboolean closing;          /* the host goes down: nothing is started any more */
  BvRegistry *registry;      /* the controller's, while there is one */
  char *runtime_directory;
  char *state_directory;
} BvEnvironment;

BvEnvironment *bv_environment_new (BvConfig *config, BvStore *store, const char *uri,
                                   const char *runtime_directory, const char *state_directory);
void bv_environment_set_registry (BvEnvironment *self, BvRegistry *registry);

/* The folders of the images that end with a VMI: those that may hold secrets beside the folder of
 * its sockets, where QEMU cannot change them, and those that may be large. */
char *bv_environment_build_image_folder (const char *runtime_directory);
char *bv_environment_build_disk_folder (BvEnvironment *self, const char *uid);
BvEnvironment *bv_environment_ref (BvEnvironment *self);
void bv_environment_unref (BvEnvironment *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvEnvironment, bv_environment_unref)

G_END_DECLS
