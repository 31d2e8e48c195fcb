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
  const char *name;                  /* of the word that named it, borrowed */
} BvCliTarget;

/* WORD is NAME, or “vm/NAME” or “vmi/NAME”, as virtctl has them. */
gboolean bv_cli_target_find (BvCliTarget *self, const BvCliOptions *options, const char *word,
                             GError **error);
/* That something in the guest can answer: what the service would say, where it is not asked. */
gboolean bv_cli_target_check_awake (const BvCliTarget *self, GError **error);
void bv_cli_target_clear (BvCliTarget *self);

/* The name in such a word. */
const char *bv_cli_target_get_name (const char *word);

/* The one file of an answer, which is the caller's; -1 on error. */
int bv_cli_take_fd (GVariant *handle, GUnixFDList *list, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BvCliTarget, bv_cli_target_clear)

G_END_DECLS
