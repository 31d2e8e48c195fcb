/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/network/bv-firewall.h"

#include <glib/gi18n-lib.h>
#include <nftables/libnftables.h>

#include "host/network/bv-ruleset.h"
#include "model/bv-error.h"

typedef struct nft_ctx NftContext;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (NftContext, nft_ctx_free)

static NftContext *
make_context (GError **error)
{
  NftContext *context = nft_ctx_new (NFT_CTX_DEFAULT);

  if (context == NULL)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("nftables cannot be used."));
      return NULL;
    }
  nft_ctx_output_set_flags (context, NFT_CTX_OUTPUT_JSON);
  nft_ctx_buffer_output (context);
  nft_ctx_buffer_error (context);
  return context;
}

/* The first line says what, the rest points into the command. */
static gboolean
fail (NftContext *context, GError **error)
{
  g_auto (GStrv) lines = g_strsplit (nft_ctx_get_error_buffer (context), "\n", 2);

  g_set_error (error, BV_ERROR, BV_ERROR_FAILED,
               _ ("The kernel does not take the packet filter's rules for guests: %s"),
               lines[0] != NULL ? lines[0] : "");
  return FALSE;
}

gboolean
bv_firewall_apply (const char *commands, GError **error)
{
  g_autoptr (NftContext) context = make_context (error);

  if (context == NULL)
    return FALSE;
  return nft_run_cmd_from_buffer (context, commands) == 0 || fail (context, error);
}

char *
bv_firewall_list (GError **error)
{
  static const char *const families[] = { "inet", "bridge" };
  g_autoptr (GString) text = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (families); i++)
    {
      g_autofree char *command = g_strdup_printf ("list table %s " BV_RULESET_TABLE, families[i]);
      g_autoptr (NftContext) context = make_context (error);

      if (context == NULL)
        return NULL;
      /* It fails where there is no such table. */
      if (nft_run_cmd_from_buffer (context, command) == 0)
        g_string_append (text, nft_ctx_get_output_buffer (context));
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}
