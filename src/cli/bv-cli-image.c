/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-client.h"
#include "cli/bv-cli-output.h"
#include "cli/bv-cli-table.h"
#include "cli/bv-cli-text.h"
#include "cli/bv-cli.h"

#include <glib/gi18n.h>

#define SHORT_DIGEST 19

static void
add_image (BvCliTable *table, GVariant *image)
{
  g_autofree char *name = bv_cli_dict_text (image, "name");
  g_autofree char *digest = bv_cli_dict_text (image, "digest");
  g_autofree char *start = g_strndup (digest, SHORT_DIGEST);
  g_autofree char *age = NULL;
  g_autofree char *size = NULL;
  guint64 bytes = 0, last_used = 0;
  gboolean used = FALSE;

  g_variant_lookup (image, "size", "t", &bytes);
  g_variant_lookup (image, "lastUsed", "t", &last_used);
  g_variant_lookup (image, "used", "b", &used);
  age = bv_cli_age (last_used);
  size = g_format_size_full (bytes, G_FORMAT_SIZE_IEC_UNITS);
  bv_cli_table_add (table, name, start, size, age, used ? _ ("yes") : _ ("no"), NULL);
}

static void
print_table (GVariant *images)
{
  const char *const titles[] = { _ ("IMAGE"),     _ ("DIGEST"), _ ("SIZE"),
                                 _ ("LAST USED"), _ ("USED"),   NULL };
  g_autoptr (BvCliTable) table = bv_cli_table_new (titles);

  for (gsize i = 0; i < g_variant_n_children (images); i++)
    {
      g_autoptr (GVariant) image = g_variant_get_child_value (images, i);

      add_image (table, image);
    }
  if (g_variant_n_children (images) > 0)
    bv_cli_table_print (table);
  else
    g_printerr ("%s\n", _ ("No image is kept on this host."));
}

static gboolean
list (BvCliClient *client, BvOutput output, GError **error)
{
  g_autoptr (GVariant) images = NULL;
  GVariantDict whole;

  if (!bv_dbus_manager_call_get_images_sync (bv_cli_client_get_manager (client),
                                             g_variant_new ("a{sv}", NULL), &images, NULL, error))
    return FALSE;
  if (output == BV_OUTPUT_TABLE)
    {
      print_table (images);
      return TRUE;
    }
  g_variant_dict_init (&whole, NULL);
  g_variant_dict_insert_value (&whole, "images", images);
  bv_cli_print_variant (g_variant_dict_end (&whole), output);
  return TRUE;
}

static gboolean
prune (BvCliClient *client, const char *name, GError **error)
{
  g_auto (GStrv) names = NULL;
  g_autofree char *size = NULL;
  guint64 freed = 0;
  GVariantDict options;

  g_variant_dict_init (&options, NULL);
  if (name != NULL)
    g_variant_dict_insert (&options, "name", "s", name);
  if (!bv_dbus_manager_call_prune_images_sync (bv_cli_client_get_manager (client),
                                               g_variant_dict_end (&options), &names, &freed, NULL,
                                               error))
    return FALSE;
  for (guint i = 0; names[i] != NULL; i++)
    bv_cli_say (_ ("%s was removed."), names[i]);
  size = g_format_size_full (freed, G_FORMAT_SIZE_IEC_UNITS);
  bv_cli_say (_ ("%s were set free."), size);
  return TRUE;
}

int
bv_cli_image (int argc, char **argv)
{
  g_auto (BvCliOptions) options = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (BvCliClient) client = NULL;
  gboolean lists;

  if (!bv_cli_options_parse_output (&options, NULL, BV_OUTPUT_JSON, &argc, &argv, &error))
    return bv_cli_misuse ("%s", error->message);
  lists = argc == 2 && g_str_equal (argv[1], "list");
  if (!lists && (argc < 2 || !g_str_equal (argv[1], "prune")))
    return bv_cli_misuse (_ ("Say “image list” or “image prune [NAME]”."));
  client = bv_cli_client_new_for_manager (&options, &error);
  if (client == NULL || !(lists ? list (client, options.output, &error)
                                : prune (client, argc > 2 ? argv[2] : NULL, &error)))
    return bv_cli_fail (error);
  return 0;
}
