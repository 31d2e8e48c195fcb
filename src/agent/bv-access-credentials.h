/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/bv-access-plan.h"
#include "agent/bv-guest-agent.h"

G_BEGIN_DECLS

/**
 * BvAccessCredentials:
 *
 * Has an agent set the SSH keys and passwords of its guest's users: when it answers, when they are
 * other ones, again every five minutes, and after a failure soon.
 */
#define BV_TYPE_ACCESS_CREDENTIALS (bv_access_credentials_get_type ())
G_DECLARE_FINAL_TYPE (BvAccessCredentials, bv_access_credentials, BV, ACCESS_CREDENTIALS, GObject)

/* Returns what is to be set now, which is the caller's. */
typedef BvAccessPlan *(*BvAccessPlanFunc) (gpointer user_data);

BvAccessCredentials *bv_access_credentials_new (BvGuestAgent *agent, BvAccessPlanFunc make_plan,
                                                gpointer user_data);
void bv_access_credentials_update (BvAccessCredentials *self);
void bv_access_credentials_stop (BvAccessCredentials *self);

G_END_DECLS
