/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "admit/bv-policy.h"
#include "host/bv-migration-policy.h"
#include "host/bv-permitted-device.h"
#include "host/bv-remote-host.h"

G_BEGIN_DECLS

#define BV_TYPE_CONFIG (bv_config_get_type ())

typedef struct _BvConfig BvConfig;

GType bv_config_get_type (void);
BvConfig *bv_config_new (void);
BvConfig *bv_config_new_from_file (const char *path, GError **error);
BvConfig *bv_config_ref (BvConfig *self);
void bv_config_unref (BvConfig *self);
BvPolicy *bv_config_get_policy (const BvConfig *self);
gboolean bv_config_get_boolean (const BvConfig *self, const char *group, const char *key);
gint64 bv_config_get_integer (const BvConfig *self, const char *group, const char *key);
const char *bv_config_get_string (const BvConfig *self, const char *group, const char *key);
const char *const *bv_config_get_strings (const BvConfig *self, const char *group, const char *key);
GArray *bv_config_get_cpus (const BvConfig *self, const char *group, const char *key);
guint64 bv_config_get_bytes (const BvConfig *self, const char *group, const char *key);
double bv_config_get_ratio (const BvConfig *self, const char *group, const char *key);
const BvPermittedDevice *bv_config_find_device (const BvConfig *self, const char *resource);
gboolean bv_config_has_devices (const BvConfig *self);
GPtrArray *bv_config_get_migration_policies (const BvConfig *self);
const BvRemoteHost *bv_config_find_host (const BvConfig *self, const char *name);
GPtrArray *bv_config_get_hosts (const BvConfig *self);

/* Whether [registry HOST] says that plain HTTP will do; HOST has its port, where it is not the
 * usual one. */
gboolean bv_config_is_registry_insecure (const BvConfig *self, const char *host);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvConfig, bv_config_unref)

G_END_DECLS
