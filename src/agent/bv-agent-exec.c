/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/bv-agent-exec.h"

#include "agent/bv-agent-call.h"
#include "agent/bv-agent-reply.h"
#include "model/bv-error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Of the program, its arguments and what it reads. */
#define MAX_INPUT_BYTES (1024 * 1024)
/* Of what it writes; as base64 it is a third longer, and an answer may have 1 MiB. */
#define MAX_OUTPUT (700 * 1024)
#define MAX_REPLY (1000 * 1024)

/* The agent does not tell when a program ends: it is asked after this time, then after twice as
 * long, up to a second. */
#define FIRST_MSEC 20
#define MAX_MSEC 1000

/* Added to a signal's number, as shells do. */
#define SIGNALLED 128

typedef struct
{
  char *program;
  gint64 pid;
  gint64 seconds;
  gint64 deadline; /* in monotonic time */
  guint msec;      /* until it is asked again */
} Exec;

static void ask (GTask *task);

static void
exec_free (gpointer data)
{
  Exec *exec = data;

  g_free (exec->program);
  g_free (exec);
}

/* A command for the agent; takes ARGUMENTS. */
static char *
make_json (const char *name, JsonObject *arguments)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "execute", name);
  json_object_set_object_member (object, "arguments", arguments);
  json_node_take_object (node, object);
  return json_to_string (node, FALSE);
}

static char *
make_exec (const char *const *command, GVariant *input)
{
  JsonObject *arguments = json_object_new ();
  JsonArray *list = json_array_new ();

  for (guint i = 1; command[i] != NULL; i++)
    json_array_add_string_element (list, command[i]);
  json_object_set_string_member (arguments, "path", command[0]);
  json_object_set_array_member (arguments, "arg", list);
  json_object_set_boolean_member (arguments, "capture-output", TRUE);
  if (input != NULL)
    {
      g_autofree char *text =
          g_base64_encode (g_variant_get_data (input), g_variant_get_size (input));

      json_object_set_string_member (arguments, "input-data", text);
    }
  return make_json ("guest-exec", arguments);
}

static JsonObject *
read_object (const char *reply, JsonNode **owner, GError **error)
{
  *owner = bv_agent_reply_parse (reply, error);
  if (*owner == NULL)
    return NULL;
  if (JSON_NODE_HOLDS_OBJECT (*owner))
    return json_node_get_object (*owner);
  g_set_error_literal (error, BV_ERROR, BV_ERROR_AGENT_UNAVAILABLE,
                       _ ("The guest's agent does not tell of the program that it runs."));
  return NULL;
}

static gint64
get_int (JsonObject *object, const char *name, gint64 fallback)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node == NULL || json_node_get_value_type (node) != G_TYPE_INT64)
    return fallback;
  return json_node_get_int (node);
}

static gboolean
get_boolean (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_BOOLEAN &&
         json_node_get_boolean (node);
}

static GVariant *
get_output (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);
  const char *text = node != NULL && json_node_get_value_type (node) == G_TYPE_STRING
                         ? json_node_get_string (node)
                         : "";
  gsize size = 0;
  guint8 *bytes = g_base64_decode (text, &size);

  return g_variant_new_from_data (G_VARIANT_TYPE_BYTESTRING, bytes, size, TRUE, g_free, bytes);
}

static gboolean
set_output_error (GError **error)
{
  g_set_error (error, BV_ERROR, BV_ERROR_LIMIT_EXCEEDED,
               _ ("The program in the guest wrote more than %d KiB. Have it write to a file."),
               MAX_OUTPUT / 1024);
  return FALSE;
}

/**
 * bv_agent_read_exec:
 * @reply: the answer to guest-exec-status
 * @result: (out) (nullable): its exit status, output and errors; %NULL while the program runs
 * @error: return location
 *
 * Reads how a program in the guest fares.
 *
 * Returns: whether @reply tells it
 */
gboolean
bv_agent_read_exec (const char *reply, GVariant **result, GError **error)
{
  g_autoptr (JsonNode) owner = NULL;
  g_autoptr (GVariant) output = NULL, errors = NULL;
  JsonObject *object;
  gint64 status;

  *result = NULL;
  if (strnlen (reply, MAX_REPLY + 1) > MAX_REPLY)
    return set_output_error (error);
  object = read_object (reply, &owner, error);
  if (object == NULL)
    return FALSE;
  if (!get_boolean (object, "exited"))
    return TRUE;
  output = g_variant_ref_sink (get_output (object, "out-data"));
  errors = g_variant_ref_sink (get_output (object, "err-data"));
  if (get_boolean (object, "out-truncated") || get_boolean (object, "err-truncated") ||
      g_variant_get_size (output) + g_variant_get_size (errors) > MAX_OUTPUT)
    return set_output_error (error);
  status = get_int (object, "exitcode", SIGNALLED + get_int (object, "signal", 0));
  *result = g_variant_ref_sink (g_variant_new ("(i@ay@ay)", (gint32)status, output, errors));
  return TRUE;
}

static gboolean
ask_again_cb (gpointer data)
{
  ask (data);
  return G_SOURCE_REMOVE;
}

/* Takes TASK, as all below do. */
static void
wait_more (GTask *task)
{
  Exec *exec = g_task_get_task_data (task);

  if (g_get_monotonic_time () >= exec->deadline)
    {
      g_task_return_new_error (task, BV_ERROR, BV_ERROR_TIMED_OUT,
                               _ ("The program %s has not ended within %" G_GINT64_FORMAT
                                  " seconds; it goes on in the guest. Give a longer timeout."),
                               exec->program, exec->seconds);
      g_object_unref (task);
      return;
    }
  g_timeout_add (exec->msec, ask_again_cb, task);
  exec->msec = MIN (exec->msec * 2, MAX_MSEC);
}

static void
told_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  GError *error = NULL;
  GVariant *answer = NULL;
  g_autofree char *reply = bv_guest_agent_call_finish (BV_GUEST_AGENT (source), result, &error);

  if (reply != NULL && bv_agent_read_exec (reply, &answer, &error) && answer == NULL)
    {
      wait_more (task);
      return;
    }
  if (answer != NULL)
    g_task_return_pointer (task, answer, (GDestroyNotify)g_variant_unref);
  else
    g_task_return_error (task, error);
  g_object_unref (task);
}

static void
ask (GTask *task)
{
  Exec *exec = g_task_get_task_data (task);
  JsonObject *arguments = json_object_new ();
  g_autofree char *json = NULL;

  json_object_set_int_member (arguments, "pid", exec->pid);
  json = make_json ("guest-exec-status", arguments);
  bv_guest_agent_call_async (g_task_get_source_object (task), bv_agent_call_send,
                             g_variant_new ("(s)", json), NULL, told_cb, task);
}

static void
started_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Exec *exec = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (JsonNode) owner = NULL;
  g_autofree char *reply = bv_guest_agent_call_finish (BV_GUEST_AGENT (source), result, &error);
  JsonObject *object = reply != NULL ? read_object (reply, &owner, &error) : NULL;

  if (object == NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  exec->pid = get_int (object, "pid", 0);
  ask (task);
}

static gboolean
check (const char *const *command, gsize size, gint64 seconds, GError **error)
{
  if (command[0] == NULL || command[0][0] == '\0')
    g_set_error_literal (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                         _ ("The command is empty. Name a program in the guest."));
  else if (seconds < 1 || seconds > BV_AGENT_EXEC_MAX_SECONDS)
    g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                 _ ("The timeout %" G_GINT64_FORMAT " is not one of 1 to %d seconds."), seconds,
                 BV_AGENT_EXEC_MAX_SECONDS);
  else if (size > MAX_INPUT_BYTES)
    g_set_error (error, BV_ERROR, BV_ERROR_LIMIT_EXCEEDED,
                 _ ("The command and what it is to read have more than %d KiB."),
                 MAX_INPUT_BYTES / 1024);
  else
    return TRUE;
  return FALSE;
}

/**
 * bv_agent_exec_async:
 * @agent: an agent
 * @command: the program and its arguments, as strings
 * @input: (nullable): what it reads, as bytes
 * @seconds: how long to wait for its end
 * @callback: called when it has ended, or not
 * @user_data: passed to @callback
 *
 * Runs a program in the guest. The agent serves others while it runs.
 */
void
bv_agent_exec_async (BvGuestAgent *agent, GVariant *command, GVariant *input, gint64 seconds,
                     GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (agent, NULL, callback, user_data);
  g_autofree const char **words = g_variant_get_strv (command, NULL);
  g_autofree char *json = NULL;
  gsize size = g_variant_get_size (command) + (input != NULL ? g_variant_get_size (input) : 0);
  GError *error = NULL;
  Exec *exec;

  g_task_set_source_tag (task, bv_agent_exec_async);
  if (!check (words, size, seconds, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  exec = g_new0 (Exec, 1);
  exec->program = g_strdup (words[0]);
  exec->seconds = seconds;
  exec->deadline = g_get_monotonic_time () + seconds * G_USEC_PER_SEC;
  exec->msec = FIRST_MSEC;
  g_task_set_task_data (task, exec, exec_free);
  json = make_exec (words, input);
  bv_guest_agent_call_async (agent, bv_agent_call_send, g_variant_new ("(s)", json), NULL,
                             started_cb, task);
}

/**
 * bv_agent_exec_finish:
 * @agent: an agent
 * @result: the result
 * @error: return location
 *
 * Returns: (transfer full): `(iayay)`, its exit status, output and errors
 */
GVariant *
bv_agent_exec_finish (BvGuestAgent *agent, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, agent), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
