/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-api.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* What an agent is to do for one user of its guest. */
typedef struct
{
  char *user;
  GPtrArray *keys; /* of char *: SSH keys; NULL: it is about the password */
  char *password;
} BvAccessStep;

/* What accessCredentials ask of a guest's agent, made of the Secrets as they are now. */
typedef struct
{
  GPtrArray *steps; /* of BvAccessStep; each user once for keys and once for the password */
  char *problem;    /* a Secret that is not there; or NULL */
} BvAccessPlan;

/* Returns the Secret of that name, or NULL. */
typedef const BvApiSecret *(*BvSecretLookup) (const char *name, gpointer user_data);

gboolean bv_access_plan_is_wanted (const BvApiVirtualMachineInstanceSpec *spec);
BvAccessPlan *bv_access_plan_new (const BvApiVirtualMachineInstanceSpec *spec,
                                  BvSecretLookup lookup, gpointer user_data);
gboolean bv_access_plan_equal (const BvAccessPlan *a, const BvAccessPlan *b);
void bv_access_plan_free (BvAccessPlan *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvAccessPlan, bv_access_plan_free)

G_END_DECLS
