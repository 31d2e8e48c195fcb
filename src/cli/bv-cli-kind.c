/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-kind.h"

#include "model/bv-error.h"
#include "model/bv-object-private.h"

#include <glib/gi18n.h>
#include <string.h>

/* `vm`, `vms`, `virtualmachine` and the like: the kind that is meant. */
const char *
bv_cli_kind_from_word (const char *word, GError **error)
{
  const BvKindType *kind = bv_kind_type_find_by_word (word);
  g_autoptr (GString) known = g_string_new (NULL);

  if (kind != NULL)
    return kind->kind;
  for (guint i = 0; i < bv_n_kind_types; i++)
    g_string_append_printf (known, "%s%s", i > 0 ? ", " : "", bv_kind_types[i].plural);
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
               _ ("There is no kind “%s”; there are %s."), word, known->str);
  return NULL;
}

/* What the arguments KIND NAME, or KIND/NAME, say; the caller frees NAME. */
static const char *
read_named (int argc, char **argv, char **name, GError **error)
{
  g_auto (GStrv) parts = argc == 2 ? g_strsplit (argv[1], "/", 2) : NULL;
  const char *word = parts != NULL ? parts[0] : argc == 3 ? argv[1] : NULL;

  *name = NULL;
  if (argc == 3)
    *name = g_strdup (argv[2]);
  else if (word != NULL)
    *name = g_strdup (parts[1]);
  if (*name != NULL)
    return bv_cli_kind_from_word (word, error);
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
               _ ("Name one object by its kind and name, such as “vm web”."));
  return NULL;
}

gboolean
bv_cli_check_named (int argc, char **argv, GError **error)
{
  g_autofree char *name = NULL;

  return read_named (argc, argv, &name, error) != NULL;
}

BvDBusObject *
bv_cli_find_named (BvCliClient *client, int argc, char **argv, GError **error)
{
  g_autofree char *name = NULL;
  const char *kind = read_named (argc, argv, &name, error);

  return kind == NULL ? NULL : bv_cli_client_find (client, kind, name, error);
}
