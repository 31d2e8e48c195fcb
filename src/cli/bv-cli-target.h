/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cli/bv-cli-client.h"

G_BEGIN_DECLS

/* The one VMI that a verb works on, and the way to it. */
typedef struct
{
  BvCliClient *client;
  BvDBusObject *object;
  BvDBusVirtualMachineInstance *vmi; /* of the object, borrowed */
} BvCliTarget;

gboolean bv_cli_target_find (BvCliTarget *self, const BvCliOptions *options, const char *name,
                             GError **error);
void bv_cli_target_clear (BvCliTarget *self);

/* The name in “vm/NAME” or “vmi/NAME”, as virtctl has them, or in “NAME”. */
const char *bv_cli_target_get_name (const char *word);

/* The one file of an answer, which is the caller's; -1 on error. */
int bv_cli_take_fd (GVariant *handle, GUnixFDList *list, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BvCliTarget, bv_cli_target_clear)

G_END_DECLS
