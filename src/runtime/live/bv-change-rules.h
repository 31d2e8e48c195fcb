/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "admit/bv-policy.h"
#include "model/bv-object.h"
#include "runtime/live/bv-live-update.h"

G_BEGIN_DECLS

/* When a change of a stored object comes into effect. */
typedef enum
{
  BV_EFFECT_LIVE,    /* at once */
  BV_EFFECT_RESTART, /* when the guest is started again */
  BV_EFFECT_REFUSED, /* never: the field cannot be changed */
} BvEffect;

/* One field of an object that a manifest changes. */
typedef struct
{
  char *path;
  char *before; /* JSON; NULL: it was not there */
  char *after;  /* JSON; NULL: it is to go */
  BvEffect effect;
} BvChangedField;

const char *bv_effect_to_string (BvEffect effect);

GPtrArray *bv_changed_fields_new (BvObject *before, BvObject *after, BvPolicy *policy,
                                  const BvLiveGuest *guest);

gboolean bv_change_rules_need_restart (BvObject *started, BvObject *wanted);

G_END_DECLS
