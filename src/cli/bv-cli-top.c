/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-client.h"
#include "cli/bv-cli-output.h"
#include "cli/bv-cli-table.h"
#include "cli/bv-cli.h"

#include <glib/gi18n.h>
#include <unistd.h>

#define CLEAR_SCREEN "\033[H\033[J"

/* What has been counted since the guest's start; what it uses is told by two of these. */
typedef enum
{
  CPU_TIME,
  READ,
  WRITTEN,
  RECEIVED,
  SENT,
  N_COUNTERS,
} Counter;

static const struct
{
  const char *prefix;
  const char *suffix;
  const char *name; /* in what is printed as YAML or JSON; a second's worth */
} counters[N_COUNTERS] = {
  [CPU_TIME] = { "cpu.time", "", "cpuNanoseconds" },
  [READ] = { "block.", ".rd.bytes", "bytesRead" },
  [WRITTEN] = { "block.", ".wr.bytes", "bytesWritten" },
  [RECEIVED] = { "net.", ".rx.bytes", "bytesReceived" },
  [SENT] = { "net.", ".tx.bytes", "bytesSent" },
};

typedef struct
{
  const char *namespace; /* the object's */
  const char *name;
  guint64 time; /* in microseconds since 1970 */
  guint64 memory;
  guint64 counted[N_COUNTERS];
  guint64 rates[N_COUNTERS]; /* a second, since the look before */
} Guest;

typedef struct
{
  BvCliOptions common;
  gboolean all_namespaces;
  gboolean once;
  double seconds;
} Options;

static void
options_clear (Options *self)
{
  bv_cli_options_clear (&self->common);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static void
count (Guest *guest, const char *figure, guint64 value)
{
  for (guint i = 0; i < N_COUNTERS; i++)
    if (g_str_has_prefix (figure, counters[i].prefix) &&
        g_str_has_suffix (figure, counters[i].suffix))
      guest->counted[i] += value;
}

static void
read_figures (Guest *guest, GVariant *figures)
{
  GVariantIter iter;
  const char *figure;
  GVariant *value;

  g_variant_iter_init (&iter, figures);
  while (g_variant_iter_loop (&iter, "{&sv}", &figure, &value))
    if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT64))
      count (guest, figure, g_variant_get_uint64 (value));
  g_variant_lookup (figures, "time", "t", &guest->time);
  if (g_variant_lookup (figures, "balloon.rss", "t", &guest->memory) ||
      g_variant_lookup (figures, "balloon.current", "t", &guest->memory))
    guest->memory *= 1024;
}

static void
compare (Guest *guest, const Guest *before)
{
  if (before == NULL || guest->time <= before->time)
    return;
  for (guint i = 0; i < N_COUNTERS; i++)
    if (guest->counted[i] >= before->counted[i]) /* else the guest is another run of it */
      guest->rates[i] = (guint64)((double)(guest->counted[i] - before->counted[i]) *
                                  G_USEC_PER_SEC / (double)(guest->time - before->time));
}

static Guest *
make_guest (BvCliClient *client, const char *path, GVariant *figures, const char *namespace)
{
  g_autoptr (GDBusObject) object =
      g_dbus_object_manager_get_object (bv_cli_client_get_objects (client), path);
  BvDBusStoredObject *stored =
      object != NULL ? bv_dbus_object_peek_stored_object (BV_DBUS_OBJECT (object)) : NULL;
  Guest *guest;

  if (stored == NULL || (namespace != NULL &&
                         g_strcmp0 (bv_dbus_stored_object_get_namespace (stored), namespace) != 0))
    return NULL;
  guest = g_new0 (Guest, 1);
  guest->namespace = g_intern_string (bv_dbus_stored_object_get_namespace (stored));
  guest->name = g_intern_string (bv_dbus_stored_object_get_name (stored));
  read_figures (guest, figures);
  return guest;
}

/* The guests by their paths, with what they used since BEFORE. */
static GHashTable *
look (BvCliClient *client, const char *namespace, GHashTable *before, GError **error)
{
  g_autoptr (GHashTable) guests = NULL;
  g_autoptr (GVariant) stats = NULL;
  GVariantIter iter;
  const char *path;
  GVariant *figures;

  while (g_main_context_iteration (NULL, FALSE)) /* objects that came or went */
    ;
  if (!bv_dbus_manager_call_get_all_stats_sync (bv_cli_client_get_manager (client),
                                                g_variant_new ("a{sv}", NULL), &stats, NULL, error))
    return NULL;
  guests = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_variant_iter_init (&iter, stats);
  while (g_variant_iter_loop (&iter, "{&o@a{sv}}", &path, &figures))
    {
      Guest *guest = make_guest (client, path, figures, namespace);

      if (guest == NULL)
        continue;
      if (before != NULL)
        compare (guest, g_hash_table_lookup (before, path));
      g_hash_table_insert (guests, g_strdup (path), guest);
    }
  return g_steal_pointer (&guests);
}

/* Who works most comes first. */
static int
by_work (gconstpointer a, gconstpointer b)
{
  const Guest *first = *(const Guest *const *)a;
  const Guest *second = *(const Guest *const *)b;
  int order = strcmp (first->namespace, second->namespace);

  if (first->rates[CPU_TIME] != second->rates[CPU_TIME])
    return first->rates[CPU_TIME] > second->rates[CPU_TIME] ? -1 : 1;
  return order != 0 ? order : strcmp (first->name, second->name);
}

static GPtrArray *
sort (GHashTable *guests)
{
  GPtrArray *sorted = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer guest;

  g_hash_table_iter_init (&iter, guests);
  while (g_hash_table_iter_next (&iter, NULL, &guest))
    g_ptr_array_add (sorted, guest);
  g_ptr_array_sort (sorted, by_work);
  return sorted;
}

static char *
format_rate (guint64 bytes)
{
  g_autofree char *size = g_format_size_full (bytes, G_FORMAT_SIZE_IEC_UNITS);

  return g_strdup_printf ("%s/s", size);
}

static void
add_row (BvCliTable *table, const Guest *guest)
{
  /* A CPU's whole second is 10^9 nanoseconds, and 100 %. */
  g_autofree char *cpu = g_strdup_printf ("%.1f %%", (double)guest->rates[CPU_TIME] / 1e7);
  g_autofree char *memory = g_format_size_full (guest->memory, G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *rd = format_rate (guest->rates[READ]);
  g_autofree char *wr = format_rate (guest->rates[WRITTEN]);
  g_autofree char *rx = format_rate (guest->rates[RECEIVED]);
  g_autofree char *tx = format_rate (guest->rates[SENT]);

  bv_cli_table_add (table, guest->namespace, guest->name, cpu, memory, rd, wr, rx, tx, NULL);
}

static void
print_table (GPtrArray *guests)
{
  const char *const titles[] = { _ ("NAMESPACE"), _ ("NAME"), _ ("CPU"),
                                 _ ("MEMORY"),    _ ("READ"), _ ("WRITTEN"),
                                 _ ("RECEIVED"),  _ ("SENT"), NULL };
  g_autoptr (BvCliTable) table = bv_cli_table_new (titles);

  for (guint i = 0; i < guests->len; i++)
    add_row (table, guests->pdata[i]);
  if (guests->len > 0)
    bv_cli_table_print (table);
  else
    g_print ("%s\n", _ ("No guest runs."));
}

static GVariant *
make_entry (const Guest *guest)
{
  GVariantDict entry;

  g_variant_dict_init (&entry, NULL);
  g_variant_dict_insert (&entry, "namespace", "s", guest->namespace);
  g_variant_dict_insert (&entry, "name", "s", guest->name);
  g_variant_dict_insert (&entry, "memoryBytes", "t", guest->memory);
  for (guint i = 0; i < N_COUNTERS; i++)
    {
      g_autofree char *key = g_strdup_printf ("%sPerSecond", counters[i].name);

      g_variant_dict_insert (&entry, key, "t", guest->rates[i]);
    }
  return g_variant_dict_end (&entry);
}

static void
print_document (GPtrArray *guests, BvOutput output)
{
  GVariantBuilder list;
  GVariantDict whole;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < guests->len; i++)
    g_variant_builder_add_value (&list, make_entry (guests->pdata[i]));
  g_variant_dict_init (&whole, NULL);
  g_variant_dict_insert_value (&whole, "guests", g_variant_builder_end (&list));
  bv_cli_print_variant (g_variant_dict_end (&whole), output);
}

static void
print_guests (GHashTable *guests, BvOutput output)
{
  g_autoptr (GPtrArray) sorted = sort (guests);

  if (output == BV_OUTPUT_TABLE)
    print_table (sorted);
  else
    print_document (sorted, output);
}

/* The first look only tells what the second is compared with. */
static gboolean
run (BvCliClient *client, const Options *options, GError **error)
{
  const char *namespace =
      options->all_namespaces ? NULL : bv_cli_options_get_namespace (&options->common);
  g_autoptr (GHashTable) before = look (client, namespace, NULL, error);

  while (before != NULL)
    {
      g_autoptr (GHashTable) guests = NULL;

      g_usleep ((gulong)(options->seconds * G_USEC_PER_SEC));
      guests = look (client, namespace, before, error);
      if (guests == NULL)
        return FALSE;
      if (!options->once && isatty (STDOUT_FILENO))
        g_print (CLEAR_SCREEN);
      print_guests (guests, options->common.output);
      if (options->once)
        return TRUE;
      g_clear_pointer (&before, g_hash_table_unref);
      before = g_steal_pointer (&guests);
    }
  return FALSE;
}

int
bv_cli_top (int argc, char **argv)
{
  g_auto (Options) options = { .seconds = 2 };
  const GOptionEntry entries[] = {
    { "once", '1', 0, G_OPTION_ARG_NONE, &options.once, N_ ("Print one table, and end"), NULL },
    { "delay", 'd', 0, G_OPTION_ARG_DOUBLE, &options.seconds,
      N_ ("How long to wait between two looks (2)"), N_ ("SECONDS") },
    { "all-namespaces", 'A', 0, G_OPTION_ARG_NONE, &options.all_namespaces,
      N_ ("Tell of all namespaces"), NULL },
    { NULL },
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (BvCliClient) client = NULL;

  if (!bv_cli_options_parse_output (&options.common, entries, BV_OUTPUT_JSON, &argc, &argv, &error))
    return bv_cli_misuse ("%s", error->message);
  if (!(options.seconds >= 1 && options.seconds <= 3600))
    return bv_cli_misuse (_ ("The delay must be from 1 to 3600 seconds: the service reads the "
                             "figures once a second."));
  if (options.common.output != BV_OUTPUT_TABLE && !options.once)
    return bv_cli_misuse (_ ("A document has an end; add --once."));
  client = bv_cli_client_new (&options.common, &error);
  if (client == NULL || !run (client, &options, &error))
    return bv_cli_fail (error);
  return 0;
}
