/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "convert/bv-xml.h"

G_BEGIN_DECLS

typedef enum
{
  BV_ADAPT_DROP,    /* the attribute, or the element */
  BV_ADAPT_REWRITE, /* by a function; TRUE where it changed something */
  BV_ADAPT_REFUSE,  /* the guest would not be what its manifest says */
} BvAdaptAction;

typedef gboolean (*BvAdaptRewrite) (BvXml *element);

/* One thing that KubeVirt's domains have and older versions lack. */
typedef struct
{
  const char *path;      /* below <domain>: `devices/disk/driver` */
  const char *attribute; /* NULL: the element itself */
  const char *value;     /* of the attribute, where only that one is meant */
  gulong libvirt;        /* the least version that has it; 0: any */
  gulong qemu;
  gboolean emulated; /* only without KVM is it amiss */
  gboolean empty;    /* only an element with nothing in it is amiss */
  BvAdaptAction action;
  BvAdaptRewrite rewrite; /* of a refusal: whether it is meant; NULL: always */
  const char *reason;     /* a sentence */
} BvAdaptRule;

extern const BvAdaptRule bv_adapt_rules[];
extern const guint bv_n_adapt_rules;

#define BV_VERSION_NUMBER(major, minor, micro) ((major)*1000000UL + (minor)*1000UL + (micro))

G_END_DECLS
