/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-vmi.h"
#include "runtime/bv-environment.h"
#include "runtime/bv-job.h"
#include "runtime/controller/bv-plan.h"
#include "runtime/store/bv-registry.h"
#include "runtime/vm/bv-volume-request.h"

G_BEGIN_DECLS

/* Keeps the stored objects, and sees to it that what they say is done. Signals: "job-added
 * (BvJob)"; "ready-changed"; "manifests-changed". */
#define BV_TYPE_CONTROLLER (bv_controller_get_type ())

G_DECLARE_FINAL_TYPE (BvController, bv_controller, BV, CONTROLLER, GObject)

BvController *bv_controller_new (BvEnvironment *environment);
gboolean bv_controller_load (BvController *self, GError **error);
void bv_controller_start (BvController *self);
void bv_controller_stop (BvController *self);

BvEnvironment *bv_controller_get_environment (BvController *self);
BvRegistry *bv_controller_get_registry (BvController *self);
gboolean bv_controller_is_ready (BvController *self);

/* Reads what was applied from the folder at PATH, which may not be there; bv_controller_start ()
 * begins to watch it. */
gboolean bv_controller_watch_manifests (BvController *self, const char *path, GError **error);
const char *bv_controller_get_manifest_folder (BvController *self);
GVariant *bv_controller_get_manifest_problems (BvController *self);

/* Dumps the memory of a VM's guest into a claim. */
BvJob *bv_controller_dump_memory (BvController *self, BvEntry *vm, const char *claim,
                                  GError **error);

void bv_controller_stop_guests (BvController *self);
void bv_controller_start_guests (BvController *self);

/* Which objects are exported; what is NULL counts for all. */
typedef struct
{
  const char *kind;
  const char *namespace;
  const char *name;
  gboolean references; /* and what they name */
  gboolean stored;     /* as they are now, with those that the service made itself */
} BvExportFilter;

void bv_controller_export_async (BvController *self, const BvExportFilter *filter,
                                 GAsyncReadyCallback callback, gpointer user_data);
char *bv_controller_export_finish (BvController *self, GAsyncResult *result, GError **error);

/* What Apply would do. */
void bv_controller_plan_async (BvController *self, const char *text, const char *file,
                               BvManifestFlags flags, GAsyncReadyCallback callback,
                               gpointer user_data);
BvPlan *bv_controller_plan_finish (BvController *self, GAsyncResult *result);

/* What Apply made: the objects of the manifests in their order, and the jobs that it began. */
typedef struct
{
  BvEntry *entry;
  BvChange change;
} BvApplied;

void bv_controller_apply_async (BvController *self, const char *text, const char *file,
                                BvManifestFlags flags, GAsyncReadyCallback callback,
                                gpointer user_data);
GArray *bv_controller_apply_finish (BvController *self, GAsyncResult *result, GPtrArray **jobs,
                                    GError **error);

/* Asks for a move of the guest of VMI to HOST, or to the only other one where that is NULL, as a
 * manifest of a VirtualMachineInstanceMigration would. CONFIGURATION is NULL, or has options for
 * this move alone (a{sv}). */
void bv_controller_migrate_async (BvController *self, BvEntry *vmi, const char *host,
                                  GVariant *configuration, GAsyncReadyCallback callback,
                                  gpointer user_data);
BvJob *bv_controller_migrate_finish (BvController *self, GAsyncResult *result, GError **error);

/* Finishes when the deletion is on record; the job ends when the object is gone. */
void bv_controller_delete_async (BvController *self, BvEntry *entry, gint64 grace_period,
                                 GAsyncReadyCallback callback, gpointer user_data);
BvJob *bv_controller_delete_finish (BvController *self, GAsyncResult *result, GError **error);

/* A volume of a VM, or of a VMI that runs and has no VM; they finish when the change is on record,
 * which the guest then follows. */
void bv_controller_add_volume_async (BvController *self, BvEntry *entry,
                                     const BvVolumeRequest *request, GAsyncReadyCallback callback,
                                     gpointer user_data);
void bv_controller_remove_volume_async (BvController *self, BvEntry *entry, const char *name,
                                        GAsyncReadyCallback callback, gpointer user_data);
gboolean bv_controller_change_volume_finish (BvController *self, GAsyncResult *result,
                                             GError **error);

G_END_DECLS
