/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/domain/bv-domain.h"

G_BEGIN_DECLS

/* What a caller can ask of a running guest. */
typedef enum
{
  BV_VMI_PAUSE,
  BV_VMI_UNPAUSE,
  BV_VMI_RESET,
  BV_VMI_SOFT_REBOOT,
  BV_VMI_KILL,
} BvVmiAction;

/* Whether it makes sense for the domain as it is; WHAT is its VMI, for the error. */
gboolean bv_vmi_action_check (BvVmiAction action, const BvDomainInfo *domain, const char *what,
                              GError **error);

/* Does it to the domain; knows nothing of VMIs. */
void bv_vmi_action_async (BvConnection *connection, BvVmiAction action, const BvDomainInfo *domain,
                          GAsyncReadyCallback callback, gpointer user_data);
gboolean bv_vmi_action_finish (BvConnection *connection, GAsyncResult *result, GError **error);

/* The event that tells of it. */
const char *bv_vmi_action_get_reason (BvVmiAction action);
const char *bv_vmi_action_get_message (BvVmiAction action);

G_END_DECLS
