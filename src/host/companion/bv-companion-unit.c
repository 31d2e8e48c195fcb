/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/companion/bv-companion-unit.h"

#include <gio/gunixfdlist.h>
#include <glib/gi18n-lib.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "host/companion/bv-companion-record.h"
#include "model/bv-error.h"

#define SYSTEMD "org.freedesktop.systemd1"
#define ROOT "/org/freedesktop/systemd1"
#define MANAGER SYSTEMD ".Manager"
#define NO_SUCH_UNIT SYSTEMD ".NoSuchUnit"
#define PATIENCE_SECONDS 30

/* One job of systemd's, waited for in a context of its own: the thread has no other loop. */
typedef struct
{
  GMainContext *context;
  GDBusConnection *bus;
  guint subscription;
  char *path;
  GHashTable *results; /* of the jobs that ended meanwhile, by path */
  gboolean timed_out;
} Job;

static GBusType
get_bus_type (void)
{
  return geteuid () == 0 ? G_BUS_TYPE_SYSTEM : G_BUS_TYPE_SESSION;
}

static GVariant *
call (GDBusConnection *bus, const char *path, const char *interface, const char *method,
      GVariant *arguments, GUnixFDList *fds, GError **error)
{
  return g_dbus_connection_call_with_unix_fd_list_sync (
      bus, SYSTEMD, path, interface, method, arguments, NULL, G_DBUS_CALL_FLAGS_NONE,
      PATIENCE_SECONDS * 1000, fds, NULL, NULL, error);
}

static void
bv_companion_unit_job_removed_cb (GDBusConnection *bus, const char *sender, const char *path,
                                  const char *interface, const char *signal, GVariant *parameters,
                                  gpointer user_data)
{
  Job *self = user_data;
  const char *job, *result;

  g_variant_get (parameters, "(u&os&s)", NULL, &job, NULL, &result);
  g_hash_table_insert (self->results, g_strdup (job), g_strdup (result));
}

static gboolean
bv_companion_unit_timed_out_cb (gpointer user_data)
{
  Job *self = user_data;

  self->timed_out = TRUE;
  return G_SOURCE_REMOVE;
}

static gboolean
job_begin (Job *self, GError **error)
{
  self->bus = g_bus_get_sync (get_bus_type (), NULL, error);
  if (self->bus == NULL)
    return FALSE;
  self->context = g_main_context_new ();
  self->results = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_main_context_push_thread_default (self->context);
  self->subscription = g_dbus_connection_signal_subscribe (
      self->bus, SYSTEMD, MANAGER, "JobRemoved", ROOT, NULL, G_DBUS_SIGNAL_FLAGS_NONE,
      bv_companion_unit_job_removed_cb, self, NULL);
  return TRUE;
}

static void
job_clear (Job *self)
{
  if (self->context != NULL)
    {
      g_dbus_connection_signal_unsubscribe (self->bus, self->subscription);
      /* What is on its way is freed here, while what it refers to is still there. */
      while (g_main_context_iteration (self->context, FALSE))
        continue;
      g_main_context_pop_thread_default (self->context);
      g_main_context_unref (self->context);
    }
  g_clear_pointer (&self->results, g_hash_table_unref);
  g_clear_object (&self->bus);
  g_free (self->path);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Job, job_clear)

/* systemd tells the caller of a job, subscribed or not, when it is done. */
static gboolean
job_wait (Job *self, const char *unit, GError **error)
{
  g_autoptr (GSource) timeout = g_timeout_source_new_seconds (PATIENCE_SECONDS);
  const char *result;

  g_source_set_callback (timeout, bv_companion_unit_timed_out_cb, self, NULL);
  g_source_attach (timeout, self->context);
  while (!self->timed_out && !g_hash_table_contains (self->results, self->path))
    g_main_context_iteration (self->context, TRUE);
  g_source_destroy (timeout);
  result = g_hash_table_lookup (self->results, self->path);
  if (g_strcmp0 (result, "done") == 0)
    return TRUE;
  g_set_error (error, BV_ERROR, result != NULL ? BV_ERROR_FAILED : BV_ERROR_TIMED_OUT,
               _ ("systemd's job for the unit %s ended with “%s”; “journalctl -u %s” tells more."),
               unit, result != NULL ? result : "timeout", unit);
  return FALSE;
}

/* As systemd-escape has it: what is no letter or digit would be a level of the slices. */
static char *
escape (const char *text)
{
  GString *escaped = g_string_new (NULL);

  for (const char *c = text; *c != '\0'; c++)
    if (g_ascii_isalnum (*c))
      g_string_append_c (escaped, *c);
    else
      g_string_append_printf (escaped, "\\x%02x", (guint)(guchar)*c);
  return g_string_free (escaped, FALSE);
}

static void
add (GVariantBuilder *builder, const char *name, GVariant *value)
{
  g_variant_builder_add (builder, "(sv)", name, value);
}

/* Only the system's manager can confine what it starts. */
static void
add_limits (GVariantBuilder *builder, const BvCompanionSpec *spec)
{
  const char *const folders[] = { spec->read_only_folder, NULL };

  add (builder, "NoNewPrivileges", g_variant_new_boolean (TRUE));
  if (get_bus_type () != G_BUS_TYPE_SYSTEM)
    return;
  add (builder, "CapabilityBoundingSet", g_variant_new_uint64 (spec->capabilities));
  add (builder, "RestrictRealtime", g_variant_new_boolean (TRUE));
  add (builder, "ProtectKernelModules", g_variant_new_boolean (TRUE));
  add (builder, "SystemCallArchitectures", g_variant_new_strv ((const char *[]){ "native" }, 1));
  if (spec->read_only_folder != NULL)
    add (builder, "ReadOnlyPaths", g_variant_new_strv (folders, -1));
}

static GVariant *
build_properties (const char *slice, const BvCompanionSpec *spec)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(sv)"));
  GVariant *command = g_variant_new ("(s^asb)", spec->arguments[0], spec->arguments, FALSE);

  add (&builder, "Description", g_variant_new_string (spec->description));
  add (&builder, "Slice", g_variant_new_string (slice));
  /* The job is done once the program runs, not before. */
  add (&builder, "Type", g_variant_new_string ("exec"));
  add (&builder, "ExecStart", g_variant_new_array (G_VARIANT_TYPE ("(sasb)"), &command, 1));
  add (&builder, "CollectMode", g_variant_new_string ("inactive-or-failed"));
  if (spec->standard_input >= 0)
    add (&builder, "StandardInputFileDescriptor", g_variant_new_handle (0));
  add_limits (&builder, spec);
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static gboolean
start_unit (Job *job, const char *unit, const char *slice, const BvCompanionSpec *spec,
            GError **error)
{
  g_autoptr (GVariant) properties = build_properties (slice, spec);
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();
  g_autoptr (GVariant) reply = NULL;

  if (spec->standard_input >= 0 && g_unix_fd_list_append (fds, spec->standard_input, error) < 0)
    return FALSE;
  reply = call (job->bus, ROOT, MANAGER, "StartTransientUnit",
                g_variant_new ("(ss@a(sv)a(sa(sv)))", unit, "fail", properties, NULL), fds, error);
  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(o)", &job->path);
  return job_wait (job, unit, error);
}

static gboolean
is_no_such_unit (const GError *error)
{
  g_autofree char *name =
      g_dbus_error_is_remote_error (error) ? g_dbus_error_get_remote_error (error) : NULL;

  return g_strcmp0 (name, NO_SUCH_UNIT) == 0;
}

static pid_t
read_main_process (GDBusConnection *bus, const char *unit, GError **error)
{
  g_autoptr (GVariant) found =
      call (bus, ROOT, MANAGER, "GetUnit", g_variant_new ("(s)", unit), NULL, error);
  g_autoptr (GVariant) value = NULL, number = NULL;
  const char *path;

  if (found == NULL)
    return -1;
  g_variant_get (found, "(&o)", &path);
  value = call (bus, path, "org.freedesktop.DBus.Properties", "Get",
                g_variant_new ("(ss)", SYSTEMD ".Service", "MainPID"), NULL, error);
  if (value == NULL)
    return -1;
  g_variant_get (value, "(v)", &number);
  return (pid_t)g_variant_get_uint32 (number);
}

gboolean
bv_companion_unit_is_possible (void)
{
  return sd_booted () > 0;
}

static gboolean
start (Job *job, const char *unit, const char *slice, const BvCompanionSpec *spec,
       const char *record_path, GError **error)
{
  g_autoptr (BvCompanionRecord) intended = bv_companion_record_new (0, unit);
  g_autoptr (BvCompanionRecord) record = NULL;
  g_autoptr (GError) local = NULL;
  pid_t pid;

  if (!bv_companion_record_write (intended, record_path, error) || !job_begin (job, error) ||
      !start_unit (job, unit, slice, spec, error))
    return FALSE;
  pid = read_main_process (job->bus, unit, &local);
  /* It ran, and has ended already. */
  if (pid < 0 && is_no_such_unit (local))
    return TRUE;
  if (pid < 0)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  record = bv_companion_record_new (pid, unit);
  return bv_companion_record_write (record, record_path, error);
}

gboolean
bv_companion_unit_start (const char *uid, const BvCompanionSpec *spec, const char *record_path,
                         GError **error)
{
  g_autofree char *vmi = escape (uid);
  g_autofree char *name = escape (spec->name);
  g_autofree char *slice = g_strdup_printf ("machine-barevirt\\x2d%s.slice", vmi);
  g_autofree char *unit = g_strdup_printf ("barevirt-%s-%s.service", vmi, name);
  g_autoptr (GError) local = NULL;
  g_auto (Job) job = { NULL };

  if (start (&job, unit, slice, spec, record_path, &local))
    return TRUE;
  g_dbus_error_strip_remote_error (local);
  g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("systemd does not start %s: %s"),
               spec->description, local->message);
  return FALSE;
}

gboolean
bv_companion_unit_stop (const char *unit, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_auto (Job) job = { NULL };

  if (job_begin (&job, &local))
    reply = call (job.bus, ROOT, MANAGER, "StopUnit", g_variant_new ("(ss)", unit, "replace"), NULL,
                  &local);
  if (reply == NULL && is_no_such_unit (local))
    return TRUE;
  if (reply != NULL)
    {
      g_variant_get (reply, "(o)", &job.path);
      if (job_wait (&job, unit, &local))
        return TRUE;
    }
  g_dbus_error_strip_remote_error (local);
  g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("systemd does not stop the unit %s: %s"), unit,
               local->message);
  return FALSE;
}
