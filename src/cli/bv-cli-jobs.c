/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-jobs.h"

#include "cli/bv-cli-table.h"
#include "cli/bv-cli-text.h"
#include "cli/bv-cli.h"
#include "model/bv-error.h"

#include <glib/gi18n.h>
#include <string.h>

#define JOB_FOLDER "/org/barevirt1/job/"

gboolean
bv_cli_word_means_jobs (const char *word)
{
  return g_str_equal (word, "job") || g_str_equal (word, "jobs");
}

static BvDBusStoredObject *
find_stored (BvCliClient *client, const char *path)
{
  g_autoptr (GDBusObject) object =
      g_dbus_object_manager_get_object (bv_cli_client_get_objects (client), path);

  return object == NULL ? NULL : bv_dbus_object_get_stored_object (BV_DBUS_OBJECT (object));
}

char *
bv_cli_short_name (BvCliClient *client, const char *path)
{
  g_autoptr (BvDBusStoredObject) stored = find_stored (client, path);
  g_autofree char *kind = NULL;

  if (stored == NULL)
    return g_strdup (path);
  kind = g_ascii_strdown (bv_dbus_stored_object_get_kind (stored), -1);
  return g_strconcat (kind, "/", bv_dbus_stored_object_get_name (stored), NULL);
}

static guint64
get_number (gconstpointer object)
{
  const char *path = g_dbus_object_get_object_path (G_DBUS_OBJECT ((gpointer)object));

  return g_str_has_prefix (path, JOB_FOLDER)
             ? g_ascii_strtoull (path + strlen (JOB_FOLDER), NULL, 10)
             : 0;
}

static int
compare_jobs (gconstpointer a, gconstpointer b)
{
  guint64 first = get_number (*(gconstpointer const *)a);
  guint64 second = get_number (*(gconstpointer const *)b);

  return first < second ? -1 : first > second;
}

static GPtrArray *
list_jobs (BvCliClient *client)
{
  GPtrArray *jobs = g_ptr_array_new_with_free_func (g_object_unref);
  GList *all = g_dbus_object_manager_get_objects (bv_cli_client_get_objects (client));

  for (GList *link = all; link != NULL; link = link->next)
    if (bv_dbus_object_peek_job (link->data) != NULL)
      g_ptr_array_add (jobs, g_object_ref (link->data));
  g_list_free_full (all, g_object_unref);
  g_ptr_array_sort (jobs, compare_jobs);
  return jobs;
}

/* What it does now, or why it ended so. */
static char *
describe (BvDBusJob *job)
{
  double progress = bv_dbus_job_get_progress (job);
  const char *step = bv_dbus_job_get_step (job);

  if (g_strcmp0 (bv_dbus_job_get_state (job), "running") != 0)
    return g_strdup (bv_dbus_job_get_message (job));
  if (progress < 0)
    return g_strdup (step);
  return g_strdup_printf ("%s, %.0f%%", step, progress * 100);
}

static gboolean
is_in (BvCliClient *client, BvDBusJob *job, const char *namespace)
{
  g_autoptr (BvDBusStoredObject) stored = find_stored (client, bv_dbus_job_get_object (job));

  return namespace == NULL || stored == NULL ||
         g_strcmp0 (bv_dbus_stored_object_get_namespace (stored), namespace) == 0;
}

static void
add_row (BvCliTable *table, BvCliClient *client, gpointer object)
{
  BvDBusJob *job = bv_dbus_object_peek_job (object);
  g_autofree char *number = g_strdup_printf ("%" G_GUINT64_FORMAT, get_number (object));
  g_autofree char *name = bv_cli_short_name (client, bv_dbus_job_get_object (job));
  g_autofree char *age = bv_cli_age (bv_dbus_job_get_start_time (job));
  g_autofree char *what = describe (job);

  bv_cli_table_add (table, number, bv_dbus_job_get_operation (job), name, age,
                    bv_dbus_job_get_state (job), what, NULL);
}

void
bv_cli_print_jobs (BvCliClient *client, const char *namespace)
{
  const char *const titles[] = { _ ("JOB"),   _ ("OPERATION"), _ ("OBJECT"), _ ("AGE"),
                                 _ ("STATE"), _ ("STEP"),      NULL };
  g_autoptr (BvCliTable) table = bv_cli_table_new (titles);
  g_autoptr (GPtrArray) jobs = list_jobs (client);
  guint n = 0;

  for (guint i = 0; i < jobs->len; i++)
    if (is_in (client, bv_dbus_object_peek_job (jobs->pdata[i]), namespace))
      {
        add_row (table, client, jobs->pdata[i]);
        n++;
      }
  if (n > 0)
    bv_cli_table_print (table);
  else
    g_printerr ("%s\n", _ ("No job is under way."));
}

static BvDBusJob *
find_job (BvCliClient *client, const char *word, GError **error)
{
  g_autoptr (GPtrArray) jobs = list_jobs (client);
  guint64 number;

  if (g_ascii_string_to_unsigned (word, 10, 1, G_MAXUINT64, &number, NULL))
    for (guint i = 0; i < jobs->len; i++)
      if (get_number (jobs->pdata[i]) == number)
        return bv_dbus_object_get_job (jobs->pdata[i]);
  g_set_error (error, BV_ERROR, BV_ERROR_NOT_FOUND,
               _ ("There is no job “%s”; “barevirt get jobs” lists those that run, by their "
                  "numbers."),
               word);
  return NULL;
}

int
bv_cli_cancel (int argc, char **argv)
{
  g_auto (BvCliOptions) options = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (BvCliClient) client = NULL;
  g_autoptr (BvDBusJob) job = NULL;

  if (!bv_cli_options_parse (&options, NULL, &argc, &argv, &error))
    return bv_cli_misuse ("%s", error->message);
  if (argc != 2)
    return bv_cli_misuse (_ ("Name one job by its number; “barevirt get jobs” lists them."));
  client = bv_cli_client_new (&options, &error);
  if (client != NULL)
    job = find_job (client, argv[1], &error);
  if (job == NULL ||
      !bv_dbus_job_call_cancel_sync (job, g_variant_new ("a{sv}", NULL), NULL, &error))
    return bv_cli_fail (error);
  bv_cli_say (_ ("The job %s is being cancelled."), argv[1]);
  return 0;
}
