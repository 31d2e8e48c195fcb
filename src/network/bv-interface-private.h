/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/bv-api.h"
#include "network/bv-attachment.h"
#include "network/bv-interface.h"

G_BEGIN_DECLS

/* A class holds all that its binding decides. What it does, it does on the record and the facts, so
 * that a conversion makes no objects. */
struct _BvInterfaceClass
{
  GObjectClass parent_class;

  const char *binding;    /* the manifest's name of it */
  const char *attachment; /* where the facts name none; NULL: nothing that libvirt makes */
  const char *successor;  /* of a discontinued binding: what to use instead */

  gboolean (*matches) (const BvApiInterface *record);

  /* Adds to <interface> what only this binding has. */
  void (*fill) (const BvApiInterface *record, const BvApiObjectMeta *metadata,
                const BvAttachment *attachment, BvXml *node);

  /* Whether the guest can move to another host with it. */
  gboolean (*can_migrate) (const BvApiInterface *record, const BvApiVirtualMachineInstance *vmi);
};

const BvInterfaceClass *bv_interface_class_of (const BvApiInterface *record);
gboolean bv_interface_check (const BvApiInterface *record, GError **error);
const BvAttachment *bv_interface_find_attachment (const BvApiInterface *record,
                                                  const BvFactsNetwork *facts);
void bv_interface_fill (const BvApiInterface *record, const BvApiObjectMeta *metadata,
                        const BvAttachment *attachment, BvXml *node);
gboolean bv_interface_record_can_migrate (const BvApiInterface *record,
                                          const BvApiVirtualMachineInstance *vmi);

G_END_DECLS
