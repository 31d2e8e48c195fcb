/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/bv-request.h"

G_BEGIN_DECLS

/* The text and how to read it, which four methods of the manager have in common. */
typedef struct
{
  const char *text; /* the request's */
  char *file;
  BvManifestFlags flags;
} BvTextInput;

gboolean bv_text_input_read (BvTextInput *self, BvRequest *request, GError **error);
void bv_text_input_clear (BvTextInput *self);

/* The methods that judge a text by itself. They need nothing of the service's state, anybody may
 * call them, and a large text takes a while: so they run in threads of their own. */
void bv_manager_validate (BvRequest *request, gpointer user_data);
void bv_manager_convert (BvRequest *request, gpointer user_data);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BvTextInput, bv_text_input_clear)

G_END_DECLS
