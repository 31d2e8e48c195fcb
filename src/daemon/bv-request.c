/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "daemon/bv-request.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "daemon/bv-authority.h"
#include "model/bv-error.h"

struct _BvRequest
{
  BvBus *bus;
  BvEntry *entry; /* NULL for calls on the service as a whole */
  GDBusMethodInvocation *invocation;
  const BvMethod *method;
  gpointer object;
  BvCallTurn *turn; /* while its caller is being authorized, or NULL */
  char *caller;     /* NULL: it does not count among the calls of its caller */
  gsize size;
};

/* Errors of GLib's that have a name of ours on the bus. */
static const struct
{
  GQuark (*domain) (void);
  int code;
  BvError error;
} translations[] = {
  { g_io_error_quark, G_IO_ERROR_CANCELLED, BV_ERROR_CANCELLED },
  { g_io_error_quark, G_IO_ERROR_TIMED_OUT, BV_ERROR_TIMED_OUT },
  { g_io_error_quark, G_IO_ERROR_NOT_FOUND, BV_ERROR_NOT_FOUND },
  { g_io_error_quark, G_IO_ERROR_NOT_SUPPORTED, BV_ERROR_NOT_SUPPORTED },
  { g_io_error_quark, G_IO_ERROR_BUSY, BV_ERROR_BUSY },
};

static void
request_free (BvRequest *self)
{
  if (self->caller != NULL)
    bv_caller_limits_end (bv_bus_get_limits (self->bus), self->caller, self->size);
  g_free (self->caller);
  g_clear_object (&self->bus);
  g_clear_object (&self->entry);
  g_clear_object (&self->invocation);
  g_clear_object (&self->object);
  g_free (self);
}

GVariant *
bv_request_get_parameters (BvRequest *self)
{
  return g_dbus_method_invocation_get_parameters (self->invocation);
}

/* The a{sv} that every method ends in; the caller owns it. */
GVariant *
bv_request_get_options (BvRequest *self)
{
  GVariant *parameters = bv_request_get_parameters (self);

  return g_variant_get_child_value (parameters, g_variant_n_children (parameters) - 1);
}

BvEntry *
bv_request_get_entry (BvRequest *self)
{
  return self->entry;
}

BvBus *
bv_request_get_bus (BvRequest *self)
{
  return self->bus;
}

/* The option grace-period in seconds; -1 where it is not given. */
gint64
bv_request_get_grace_period (BvRequest *self)
{
  g_autoptr (GVariant) options = bv_request_get_options (self);
  gint64 seconds;

  return g_variant_lookup (options, "grace-period", "x", &seconds) ? seconds : -1;
}

int
bv_request_take_fd (BvRequest *self, GError **error)
{
  GUnixFDList *list =
      g_dbus_message_get_unix_fd_list (g_dbus_method_invocation_get_message (self->invocation));
  gint32 index = -1;

  g_variant_get_child (bv_request_get_parameters (self), 0, "h", &index);
  if (list != NULL && index >= 0 && index < g_unix_fd_list_get_length (list))
    return g_unix_fd_list_get (list, index, error);
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT, _ ("The call brings no open file."));
  return -1;
}

void
bv_request_return (BvRequest *self, GVariant *result)
{
  bv_bus_flush (self->bus);
  g_dbus_method_invocation_return_value (g_steal_pointer (&self->invocation), result);
  request_free (self);
}

/* Takes FD, the call's one result. */
void
bv_request_return_fd (BvRequest *self, int fd)
{
  g_autoptr (GUnixFDList) list = g_unix_fd_list_new_from_array (&fd, 1);

  bv_request_return_fds (self, g_variant_new ("(h)", 0), list);
}

/* RESULT has handles of LIST. */
void
bv_request_return_fds (BvRequest *self, GVariant *result, GUnixFDList *list)
{
  bv_bus_flush (self->bus);
  g_dbus_method_invocation_return_value_with_unix_fd_list (g_steal_pointer (&self->invocation),
                                                           result, list);
  request_free (self);
}

static BvError
translate (const GError *error)
{
  for (guint i = 0; i < G_N_ELEMENTS (translations); i++)
    if (g_error_matches (error, translations[i].domain (), translations[i].code))
      return translations[i].error;
  return BV_ERROR_FAILED;
}

/* The events of an object; what is NULL counts for all. */
void
bv_request_return_events (BvRequest *self, const char *kind, const char *namespace,
                          const char *name)
{
  BvEnvironment *environment = bv_controller_get_environment (bv_bus_get_controller (self->bus));
  g_autoptr (GPtrArray) events = bv_event_log_list (environment->events, kind, namespace, name);
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < events->len; i++)
    g_variant_builder_add_value (&list, bv_event_to_variant (g_ptr_array_index (events, i)));
  bv_request_return (self, g_variant_new ("(aa{sv})", &list));
}

/* Who reads an error must not have to guess what it is about: one who drains a host calls many. */
static void
name_object (BvRequest *self, GError *error)
{
  g_autofree char *what = self->entry != NULL ? bv_entry_describe (self->entry) : NULL;

  if (what != NULL && strstr (error->message, what) == NULL)
    g_prefix_error (&error, "%s: ", what);
}

void
bv_request_return_error (BvRequest *self, const GError *error)
{
  g_autoptr (GError) ours = NULL;

  if (error->domain == BV_ERROR)
    ours = g_error_copy (error);
  else
    ours = g_error_new_literal (BV_ERROR, translate (error), error->message);
  name_object (self, ours);
  bv_bus_flush (self->bus);
  g_dbus_method_invocation_return_gerror (g_steal_pointer (&self->invocation), ours);
  request_free (self);
}

/* The end of a method that returns nothing. */
void
bv_request_finish (BvRequest *self, gboolean success, const GError *error)
{
  if (success)
    bv_request_return (self, NULL);
  else
    bv_request_return_error (self, error);
}

static gboolean
knows_option (const BvMethod *method, const char *name, GVariant *value)
{
  g_autofree char *wanted = g_strdup_printf ("%s:%s", name, g_variant_get_type_string (value));

  return method->options != NULL && g_strv_contains (method->options, wanted);
}

/* Less than none would end a guest at once, which one who gives a wrong number may not want. */
static gboolean
check_grace_period (GVariant *options, GError **error)
{
  gint64 seconds;

  if (!g_variant_lookup (options, "grace-period", "x", &seconds) || seconds >= 0)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
               _ ("The grace-period %" G_GINT64_FORMAT
                  " is negative. Give seconds, or 0 to end the guest at once."),
               seconds);
  return FALSE;
}

/* An option that is not obeyed must not be taken. */
static gboolean
check_options (BvRequest *self, GError **error)
{
  g_autoptr (GVariant) options = bv_request_get_options (self);
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_variant_iter_init (&iter, options);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
    if (!knows_option (self->method, name, value))
      {
        g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                     _ ("%s has no option %s of the type %s."),
                     g_dbus_method_invocation_get_method_name (self->invocation), name,
                     g_variant_get_type_string (value));
        g_variant_unref (value);
        return FALSE;
      }
  return check_grace_period (options, error);
}

static gboolean
check_entry (BvRequest *self, GError **error)
{
  g_autofree char *what = NULL;

  if (self->entry == NULL || !bv_entry_is_removed (self->entry))
    return TRUE;
  what = bv_entry_describe (self->entry);
  g_set_error (error, BV_ERROR, BV_ERROR_NOT_FOUND, _ ("%s is gone."), what);
  return FALSE;
}

/* A caller that does not wait for answers would fill the memory with calls. */
static gboolean
count_call (BvRequest *self, GError **error)
{
  const char *sender = g_dbus_method_invocation_get_sender (self->invocation);
  gsize size = g_variant_get_size (bv_request_get_parameters (self));

  if (sender == NULL ||
      !bv_caller_limits_begin (bv_bus_get_limits (self->bus), sender, size, error))
    return sender == NULL;
  self->caller = g_strdup (sender);
  self->size = size;
  return TRUE;
}

static void
run (gpointer user_data)
{
  BvRequest *self = user_data;
  g_autoptr (GError) error = NULL;

  if (check_entry (self, &error))
    self->method->func (self, self->object);
  else
    bv_request_return_error (self, error);
}

static void
bv_request_authorized_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BvRequest *self = user_data;
  g_autoptr (BvBus) bus = g_object_ref (self->bus);
  BvCallTurn *turn = g_steal_pointer (&self->turn);
  g_autoptr (GError) error = NULL;

  if (bv_authority_check_finish (BV_AUTHORITY (source), result, &error))
    {
      bv_call_order_answer (bv_bus_get_order (bus), turn, run, self);
      return;
    }
  bv_request_return_error (self, error);
  bv_call_order_answer (bv_bus_get_order (bus), turn, NULL, NULL);
}

static void
authorize (BvRequest *self)
{
  BvObject *stored = self->entry != NULL ? bv_entry_get_object (self->entry) : NULL;
  const char *sender = g_dbus_method_invocation_get_sender (self->invocation);

  self->turn = bv_call_order_join (bv_bus_get_order (self->bus), sender != NULL ? sender : "",
                                   self->method->action);
  bv_authority_check_async (
      bv_bus_get_authority (self->bus), self->invocation, self->method->action,
      stored != NULL ? bv_object_get_kind (stored) : NULL,
      stored != NULL ? bv_object_get_namespace (stored) : NULL,
      stored != NULL ? bv_object_get_name (stored) : NULL, bv_request_authorized_cb, self);
}

/* Takes over INVOCATION; OBJECT, a GObject, goes to METHOD's function. */
void
bv_request_begin (BvBus *bus, BvEntry *entry, GDBusMethodInvocation *invocation,
                  const BvMethod *method, gpointer object)
{
  BvRequest *self = g_new0 (BvRequest, 1);
  g_autoptr (GError) error = NULL;

  self->bus = g_object_ref (bus);
  self->entry = entry != NULL ? g_object_ref (entry) : NULL;
  self->invocation = invocation;
  self->method = method;
  self->object = g_object_ref (object);
  if (!check_options (self, &error) || !count_call (self, &error))
    bv_request_return_error (self, error);
  else if (method->action == NULL)
    method->func (self, object);
  else
    authorize (self);
}
