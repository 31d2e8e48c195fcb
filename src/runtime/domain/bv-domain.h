/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/connection/bv-connection.h"
#include "runtime/domain/bv-domain-info.h"

G_BEGIN_DECLS

/**
 * BvDomainStartFlags:
 * @BV_DOMAIN_START_DEFAULT: It runs at once.
 * @BV_DOMAIN_START_PAUSED: It waits for %BV_DOMAIN_RESUME.
 */
typedef enum
{
  BV_DOMAIN_START_DEFAULT = 0,
  BV_DOMAIN_START_PAUSED = 1 << 0,
} BvDomainStartFlags;

/**
 * BvDomainUndefineFlags:
 * @BV_DOMAIN_UNDEFINE_DEFAULT: Only the definition goes, and the metadata of its checkpoints.
 * @BV_DOMAIN_UNDEFINE_KEEP_NVRAM: The firmware's variables stay.
 * @BV_DOMAIN_UNDEFINE_REMOVE_NVRAM: The firmware's variables go.
 * @BV_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA: The metadata of its snapshots goes too.
 * @BV_DOMAIN_UNDEFINE_MANAGED_SAVE: A saved memory image goes too.
 */
typedef enum
{
  BV_DOMAIN_UNDEFINE_DEFAULT = 0,
  BV_DOMAIN_UNDEFINE_KEEP_NVRAM = 1 << 0,
  BV_DOMAIN_UNDEFINE_REMOVE_NVRAM = 1 << 1,
  BV_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA = 1 << 2,
  BV_DOMAIN_UNDEFINE_MANAGED_SAVE = 1 << 3,
} BvDomainUndefineFlags;

/**
 * BvDomainPowerMode:
 * @BV_DOMAIN_POWER_ACPI: By the power button.
 * @BV_DOMAIN_POWER_AGENT: By the guest's agent.
 *
 * How a guest is asked to end or to restart itself.
 */
typedef enum
{
  BV_DOMAIN_POWER_ACPI,
  BV_DOMAIN_POWER_AGENT,
} BvDomainPowerMode;

/**
 * BvDomainDestroyFlags:
 * @BV_DOMAIN_DESTROY_ROUGH: QEMU ends at once.
 * @BV_DOMAIN_DESTROY_GRACEFUL: QEMU may write what it holds, at the risk that it does not end.
 */
typedef enum
{
  BV_DOMAIN_DESTROY_ROUGH,
  BV_DOMAIN_DESTROY_GRACEFUL,
} BvDomainDestroyFlags;

/**
 * BvDomainAction:
 * @BV_DOMAIN_SHUTDOWN_GUEST: Ask the guest to shut down.
 * @BV_DOMAIN_REBOOT_GUEST: Ask the guest to restart itself.
 * @BV_DOMAIN_RESET_GUEST: Press the guest's reset button.
 * @BV_DOMAIN_SUSPEND: Stop the guest's CPUs.
 * @BV_DOMAIN_RESUME: Let the guest's CPUs run on.
 * @BV_DOMAIN_DESTROY: End the domain without its guest's help.
 * @BV_DOMAIN_UNDEFINE: Remove the definition of the domain.
 *
 * What can be done to a domain that is there.
 */
typedef enum
{
  BV_DOMAIN_SHUTDOWN_GUEST,
  BV_DOMAIN_REBOOT_GUEST,
  BV_DOMAIN_RESET_GUEST,
  BV_DOMAIN_SUSPEND,
  BV_DOMAIN_RESUME,
  BV_DOMAIN_DESTROY,
  BV_DOMAIN_UNDEFINE,
} BvDomainAction;

void bv_domain_define_async (BvConnection *connection, const char *name, const char *xml,
                             GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data);
gboolean bv_domain_define_finish (BvConnection *connection, GAsyncResult *result, GError **error);

void bv_domain_create_async (BvConnection *connection, const char *name, BvDomainStartFlags flags,
                             GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data);
gboolean bv_domain_create_finish (BvConnection *connection, GAsyncResult *result, GError **error);

void bv_domain_define_and_start_async (BvConnection *connection, const char *name, const char *xml,
                                       BvDomainStartFlags flags, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data);
gboolean bv_domain_define_and_start_finish (BvConnection *connection, GAsyncResult *result,
                                            GError **error);

void bv_domain_act_async (BvConnection *connection, BvDomainAction action, const char *name,
                          const char *uuid, guint flags, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data);
gboolean bv_domain_act_finish (BvConnection *connection, GAsyncResult *result, GError **error);

void bv_domain_get_state_async (BvConnection *connection, const char *name,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data);
gboolean bv_domain_get_state_finish (BvConnection *connection, GAsyncResult *result,
                                     BvDomainState *state, BvDomainReason *reason, GError **error);

void bv_domain_get_xml_async (BvConnection *connection, const char *name, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data);
char *bv_domain_get_xml_finish (BvConnection *connection, GAsyncResult *result, GError **error);

void bv_domain_get_info_async (BvConnection *connection, const char *name,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data);
BvDomainInfo *bv_domain_get_info_finish (BvConnection *connection, GAsyncResult *result,
                                         GError **error);

void bv_domain_list_all_async (BvConnection *connection, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *bv_domain_list_all_finish (BvConnection *connection, GAsyncResult *result,
                                      GError **error);

G_END_DECLS
