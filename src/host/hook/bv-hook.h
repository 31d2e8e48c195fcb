/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/volume/bv-volume-preparer.h"

G_BEGIN_DECLS

/* When a hook is called. The names of the programs are those of KubeVirt's sidecars. */
typedef enum
{
  BV_HOOK_ON_DEFINE_DOMAIN,
  BV_HOOK_PRE_CLOUD_INIT_ISO,
} BvHookPoint;

const char *bv_hook_point_to_string (BvHookPoint point);

/* A program that may change what a VMI is started with: a script of a ConfigMap that the manifest
 * names, or an executable of the host's own. */
typedef struct
{
  char *name; /* for messages */
  GBytes *program;
  gboolean is_hosts; /* it is the host's own */
  guint points;      /* a bit for each BvHookPoint at which it is called */
} BvHook;

gboolean bv_hook_is_called_at (const BvHook *self, BvHookPoint point);

/* The ConfigMaps that the hooks of a VMI name; what is wrong with them is told when they are read.
 */
GStrv bv_hook_list_config_maps (BvVmi *vmi);

/* The hooks of WORK's VMI in the order in which they are called: those of its manifest, and then
 * the host's, which so have the last word. Of BvHook; NULL on error. */
GPtrArray *bv_hook_list_read (const BvVolumeWork *work, GError **error);

G_END_DECLS
