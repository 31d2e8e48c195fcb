/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-api.h"

G_BEGIN_DECLS

/* What a NetworkAttachmentDefinition's CNI configuration says, as far as a host goes by it. */
typedef struct
{
  char *type; /* bridge, cnv-bridge, macvtap, sriov */
  char *bridge;
  char *master;
  char *resource; /* of the definition's annotation, or NULL */
  guint vlan;     /* 0: none */
  guint mtu;      /* 0: the usual one */
  gboolean guards_mac;
} BvCniConfig;

BvCniConfig *bv_cni_config_new (const BvApiNetworkAttachmentDefinition *definition, GError **error);
void bv_cni_config_free (BvCniConfig *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvCniConfig, bv_cni_config_free)

G_END_DECLS
