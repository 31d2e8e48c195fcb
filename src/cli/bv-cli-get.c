/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-client.h"
#include "cli/bv-cli-jobs.h"
#include "cli/bv-cli-kind.h"
#include "cli/bv-cli-output.h"
#include "cli/bv-cli-status.h"
#include "cli/bv-cli-storage.h"
#include "cli/bv-cli-table.h"
#include "cli/bv-cli-text.h"
#include "cli/bv-cli.h"
#include "model/bv-error.h"
#include "model/bv-yaml-reader.h"

#include <glib/gi18n.h>
#include <string.h>

/* Between the documents of a text; what is quoted in one of them is indented. */
#define SEPARATOR "\n---\n"

typedef struct
{
  BvCliOptions common;
  gboolean all_namespaces;
} Options;

static void
options_clear (Options *self)
{
  bv_cli_options_clear (&self->common);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static const char *
state_of (BvDBusObject *object)
{
  BvDBusVirtualMachine *vm = bv_dbus_object_peek_virtual_machine (object);
  BvDBusVirtualMachineInstance *vmi = bv_dbus_object_peek_virtual_machine_instance (object);
  BvDBusMigration *migration = bv_dbus_object_peek_migration (object);

  if (vm != NULL)
    return bv_dbus_virtual_machine_get_printable_status (vm);
  if (migration != NULL)
    return bv_dbus_migration_get_handover_unknown (migration)
               ? "HandoverUnknown"
               : bv_dbus_migration_get_phase (migration);
  if (vmi == NULL)
    return bv_cli_storage_get_phase (object);
  return bv_dbus_virtual_machine_instance_get_phase (vmi);
}

static char *
addresses_of (BvDBusObject *object)
{
  BvDBusVirtualMachineInstance *vmi = bv_dbus_object_peek_virtual_machine_instance (object);
  const char *const *addresses =
      vmi == NULL ? NULL : bv_dbus_virtual_machine_instance_get_addresses (vmi);

  return addresses == NULL ? NULL : g_strjoinv (", ", (char **)addresses);
}

static void
print_table (GPtrArray *objects)
{
  const char *const titles[] = { _ ("NAMESPACE"), _ ("KIND"),      _ ("NAME"), _ ("AGE"),
                                 _ ("STATUS"),    _ ("ADDRESSES"), NULL };
  g_autoptr (BvCliTable) table = bv_cli_table_new (titles);

  for (guint i = 0; i < objects->len; i++)
    {
      BvDBusStoredObject *stored = bv_dbus_object_peek_stored_object (objects->pdata[i]);
      g_autofree char *age = bv_cli_age (bv_dbus_stored_object_get_creation_timestamp (stored));
      g_autofree char *addresses = addresses_of (objects->pdata[i]);

      bv_cli_table_add (table, bv_dbus_stored_object_get_namespace (stored),
                        bv_dbus_stored_object_get_kind (stored),
                        bv_dbus_stored_object_get_name (stored), age, state_of (objects->pdata[i]),
                        addresses, NULL);
    }
  bv_cli_table_print (table);
}

/* FALSE where there are others among them. */
static gboolean
print_migrations (GPtrArray *objects)
{
  const char *const titles[] = { _ ("NAMESPACE"), _ ("NAME"),  _ ("VMI"), _ ("SOURCE"),
                                 _ ("TARGET"),    _ ("PHASE"), _ ("AGE"), NULL };
  g_autoptr (BvCliTable) table = bv_cli_table_new (titles);

  for (guint i = 0; i < objects->len; i++)
    {
      BvDBusStoredObject *stored = bv_dbus_object_peek_stored_object (objects->pdata[i]);
      BvDBusMigration *migration = bv_dbus_object_peek_migration (objects->pdata[i]);
      g_autofree char *age = bv_cli_age (bv_dbus_stored_object_get_creation_timestamp (stored));

      if (migration == NULL)
        return FALSE;
      bv_cli_table_add (
          table, bv_dbus_stored_object_get_namespace (stored),
          bv_dbus_stored_object_get_name (stored), bv_dbus_migration_get_vmi_name (migration),
          bv_dbus_migration_get_source (migration), bv_dbus_migration_get_target (migration),
          state_of (objects->pdata[i]), age, NULL);
    }
  bv_cli_table_print (table);
  return TRUE;
}

static void
print_names (GPtrArray *objects)
{
  for (guint i = 0; i < objects->len; i++)
    {
      BvDBusStoredObject *stored = bv_dbus_object_peek_stored_object (objects->pdata[i]);
      g_autofree char *kind = g_ascii_strdown (bv_dbus_stored_object_get_kind (stored), -1);

      g_print ("%s/%s\n", kind, bv_dbus_stored_object_get_name (stored));
    }
}

/* A script that reads the list is not told that it is empty; its reader is. */
static void
print_list (BvCliClient *client, GPtrArray *objects, const Options *options)
{
  if (objects->len > 0)
    {
      if (!bv_cli_storage_print (client, objects) && !print_migrations (objects))
        print_table (objects);
    }
  else if (options->all_namespaces)
    g_printerr ("%s\n", _ ("No such objects on this host."));
  else
    bv_cli_warn (_ ("No such objects in the namespace “%s”; -A lists those of all."),
                 bv_cli_options_get_namespace (&options->common));
}

/* Each document is read by itself: together they may be more than a reader takes. */
static gboolean
add_document (GHashTable *nodes, const char *text, gsize length, BvArena *arena, GError **error)
{
  g_autoptr (BvYamlReader) reader = bv_yaml_reader_new (text, length);
  const BvNode *metadata;
  const char *uid = NULL;
  BvNode *node;

  if (bv_yaml_reader_next (reader, arena, &node))
    {
      metadata = bv_node_get (node, "metadata");
      uid = metadata != NULL ? bv_node_get_text (metadata, "uid") : NULL;
    }
  if (uid == NULL)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_INTERNAL,
                   _ ("The service's manifest cannot be read."));
      return FALSE;
    }
  g_hash_table_insert (nodes, (gpointer)uid, node);
  return TRUE;
}

/* The newline before a separator is still the document's: a text in it may end there. */
static gboolean
add_documents (GHashTable *nodes, const char *text, BvArena *arena, GError **error)
{
  const char *end = text + strlen (text);
  const char *next = g_str_has_prefix (text, SEPARATOR + 1) ? text : end;

  while (next < end)
    {
      const char *start = next + strlen (SEPARATOR + 1);

      next = strstr (start, SEPARATOR);
      next = next != NULL ? next + 1 : end;
      if (!add_document (nodes, start, (gsize)(next - start), arena, error))
        return FALSE;
    }
  return TRUE;
}

/* What all OBJECTS have of one property, or NULL. */
static const char *
get_common (GPtrArray *objects, const char *(*get) (BvDBusStoredObject *object))
{
  const char *common = NULL;

  for (guint i = 0; i < objects->len; i++)
    {
      const char *text = get (bv_dbus_object_peek_stored_object (objects->pdata[i]));

      if (i > 0 && g_strcmp0 (text, common) != 0)
        return NULL;
      common = text;
    }
  return common;
}

static GVariant *
make_filter (GPtrArray *objects)
{
  const char *kind = get_common (objects, bv_dbus_stored_object_get_kind);
  const char *namespace = get_common (objects, bv_dbus_stored_object_get_namespace);
  const char *name = get_common (objects, bv_dbus_stored_object_get_name);
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "stored", "b", TRUE);
  if (kind != NULL)
    g_variant_dict_insert (&dict, "kind", "s", kind);
  if (namespace != NULL)
    g_variant_dict_insert (&dict, "namespace", "s", namespace);
  if (name != NULL)
    g_variant_dict_insert (&dict, "name", "s", name);
  return g_variant_dict_end (&dict);
}

/* The manifests of OBJECTS, and perhaps more, by their uid; one call, however many there are. */
static GHashTable *
read_manifests (BvCliClient *client, GPtrArray *objects, BvArena *arena, GError **error)
{
  g_autoptr (GHashTable) nodes = g_hash_table_new (g_str_hash, g_str_equal);
  g_autofree char *text = NULL;

  if (!bv_dbus_manager_call_export_sync (bv_cli_client_get_manager (client), make_filter (objects),
                                         &text, NULL, error) ||
      !add_documents (nodes, text, arena, error))
    return NULL;
  return g_steal_pointer (&nodes);
}

/* One that was deleted since it was listed is left out. */
static void
add_item (BvNode *items, BvDBusObject *object, GHashTable *nodes, BvArena *arena)
{
  BvDBusStoredObject *stored = bv_dbus_object_peek_stored_object (object);
  BvNode *node = g_hash_table_lookup (nodes, bv_dbus_stored_object_get_uid (stored));
  BvNode *status;

  if (node == NULL)
    return;
  status = bv_cli_status_new (object, arena);
  if (status != NULL)
    bv_node_set (arena, node, "status", status);
  bv_node_append (items, node);
}

static BvNode *
new_list (BvArena *arena, BvNode *items)
{
  BvNode *list = bv_node_new (arena, BV_NODE_MAP, (BvMark){ 0, 0 });

  bv_node_set (arena, list, "apiVersion", bv_node_new_string (arena, "v1"));
  bv_node_set (arena, list, "kind", bv_node_new_string (arena, "List"));
  bv_node_set (arena, list, "items", items);
  return list;
}

/* With the status that a cluster would show. */
static gboolean
print_manifests (BvCliClient *client, GPtrArray *objects, gboolean one, BvOutput output,
                 GError **error)
{
  g_autoptr (BvArena) arena = bv_arena_new ();
  g_autoptr (GHashTable) nodes =
      objects->len > 0 ? read_manifests (client, objects, arena, error) : NULL;
  BvNode *items = bv_node_new (arena, BV_NODE_LIST, (BvMark){ 0, 0 });

  if (objects->len > 0 && nodes == NULL)
    return FALSE;
  for (guint i = 0; i < objects->len; i++)
    add_item (items, objects->pdata[i], nodes, arena);
  if (one && items->first == NULL)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_NOT_FOUND, _ ("It was deleted just now."));
      return FALSE;
    }
  bv_cli_print_node (one ? items->first : new_list (arena, items), output);
  return TRUE;
}

/* “all” and “jobs” are no kinds. */
static gboolean
check_words (int argc, char **argv, GError **error)
{
  if (argc < 2 || (argc == 2 && (g_str_equal (argv[1], "all") || bv_cli_word_means_jobs (argv[1]))))
    return TRUE;
  if (argc == 2 && strchr (argv[1], '/') == NULL)
    return bv_cli_kind_from_word (argv[1], error) != NULL;
  return bv_cli_check_named (argc, argv, error);
}

static GPtrArray *
find_objects (BvCliClient *client, const Options *options, int argc, char **argv, gboolean *one,
              GError **error)
{
  GPtrArray *found;
  const char *kind;
  BvDBusObject *object;

  *one = argc == 3 || (argc == 2 && strchr (argv[1], '/') != NULL);
  if (!*one)
    {
      kind =
          argc < 2 || g_str_equal (argv[1], "all") ? NULL : bv_cli_kind_from_word (argv[1], error);
      if (kind == NULL && argc >= 2 && !g_str_equal (argv[1], "all"))
        return NULL;
      return bv_cli_client_list (
          client, kind,
          options->all_namespaces ? NULL : bv_cli_options_get_namespace (&options->common));
    }
  object = bv_cli_find_named (client, argc, argv, error);
  if (object == NULL)
    return NULL;
  found = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (found, object);
  return found;
}

int
bv_cli_get (int argc, char **argv)
{
  g_auto (Options) options = { 0 };
  const GOptionEntry entries[] = {
    { "all-namespaces", 'A', 0, G_OPTION_ARG_NONE, &options.all_namespaces,
      N_ ("List objects of all namespaces"), NULL },
    { NULL },
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (BvCliClient) client = NULL;
  g_autoptr (GPtrArray) objects = NULL;
  gboolean one;

  if (!bv_cli_options_parse_output (&options.common, entries, BV_OUTPUT_NAME, &argc, &argv,
                                    &error) ||
      !check_words (argc, argv, &error))
    return bv_cli_misuse ("%s", error->message);
  client = bv_cli_client_new (&options.common, &error);
  if (client == NULL)
    return bv_cli_fail (error);
  if (argc == 2 && bv_cli_word_means_jobs (argv[1]))
    {
      bv_cli_print_jobs (
          client, options.all_namespaces ? NULL : bv_cli_options_get_namespace (&options.common));
      return 0;
    }
  objects = find_objects (client, &options, argc, argv, &one, &error);
  if (objects == NULL)
    return bv_cli_fail (error);
  if (options.common.output == BV_OUTPUT_TABLE)
    print_list (client, objects, &options);
  else if (options.common.output == BV_OUTPUT_NAME)
    print_names (objects);
  else if (!print_manifests (client, objects, one, options.common.output, &error))
    return bv_cli_fail (error);
  return 0;
}
