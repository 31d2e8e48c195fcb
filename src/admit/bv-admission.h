/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "admit/bv-policy.h"
#include "model/bv-api.h"
#include "model/bv-cause-list.h"

G_BEGIN_DECLS

/* One admission under way: the object, already defaulted, and the causes that the rules add. */
typedef struct
{
  BvCauseList *causes;
  BvPolicy *policy;
  BvArena *arena;
  const char *prefix; /* of paths in the spec: "spec" of a VMI, "spec.template.spec" of a VM */
  const char *metadata_prefix; /* "metadata" or "spec.template.metadata" */
  gboolean is_template;        /* of a VM */
  const BvApiObjectMeta *metadata;
  BvApiVirtualMachineInstanceSpec *spec;
  const char *architecture; /* after defaulting */
} BvAdmission;

/* The rules of one area. */
typedef void (*BvAdmitArea) (BvAdmission *self);

const char *bv_admission_path (BvAdmission *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
gboolean bv_admission_is_written (BvAdmission *self, const char *path);
void bv_admission_refuse (BvAdmission *self, const char *reason, const char *path,
                          const char *format, ...) G_GNUC_PRINTF (4, 5);
void bv_admission_warn (BvAdmission *self, const char *path, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
void bv_admission_require_gate (BvAdmission *self, const char *gate, const char *path,
                                const char *format, ...) G_GNUC_PRINTF (4, 5);
gboolean bv_admission_one_of (BvAdmission *self, const char *reason, const char *path,
                              const char *value, const char *const *allowed);

G_END_DECLS
