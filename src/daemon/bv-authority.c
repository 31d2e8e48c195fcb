/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "daemon/bv-authority.h"

#include <glib/gi18n-lib.h>
#include <polkit/polkit.h>

#include "model/bv-error.h"

struct _BvAuthority
{
  GObject parent_instance;

  GBusType bus_type;
};

G_DEFINE_FINAL_TYPE (BvAuthority, bv_authority, G_TYPE_OBJECT)

/* One question on its way. */
typedef struct
{
  char *action;
  PolkitSubject *subject;
  PolkitDetails *details;
  PolkitCheckAuthorizationFlags flags;
} Question;

static void
question_free (Question *self)
{
  g_free (self->action);
  g_object_unref (self->subject);
  g_object_unref (self->details);
  g_free (self);
}

static void
bv_authority_class_init (BvAuthorityClass *class)
{
}

static void
bv_authority_init (BvAuthority *self)
{
}

BvAuthority *
bv_authority_new (GBusType bus_type)
{
  BvAuthority *self = g_object_new (BV_TYPE_AUTHORITY, NULL);

  self->bus_type = bus_type;
  return self;
}

/* What cannot be asked is refused. */
static void
return_unasked (GTask *task, const GError *error)
{
  const Question *question = g_task_get_task_data (task);

  g_task_return_new_error (
      task, BV_ERROR, BV_ERROR_NOT_AUTHORIZED,
      _ ("You are not authorized to do this: polkit could not be asked about the action %s (%s). "
         "“systemctl status polkit” tells whether it runs."),
      question->action, error->message);
}

/* A password is needed. */
static void
return_unanswered (GTask *task)
{
  const Question *question = g_task_get_task_data (task);
  gboolean asked = question->flags & POLKIT_CHECK_AUTHORIZATION_FLAGS_ALLOW_USER_INTERACTION;

  g_task_return_new_error (
      task, BV_ERROR, BV_ERROR_NOT_AUTHORIZED,
      asked ? _ ("You are not authorized to do this: the polkit action %s needs a password, and no "
                 "agent of polkit's is here to ask for it. Do it as root (sudo), start an agent "
                 "(pkttyagent), or have a rule of polkit's allow it: barevirtd(8) shows one.")
            : _ ("You are not authorized to do this: the polkit action %s needs a password, and "
                 "the call does not allow for questions. Allow for them, do it as root (sudo), or "
                 "have a rule of polkit's allow it: barevirtd(8) shows one."),
      question->action);
}

static void
return_refused (GTask *task)
{
  const Question *question = g_task_get_task_data (task);

  g_task_return_new_error (
      task, BV_ERROR, BV_ERROR_NOT_AUTHORIZED,
      _ ("You are not authorized to do this: polkit refuses the action %s. Do it as root (sudo), "
         "or have a rule of polkit's allow it: barevirtd(8) shows one."),
      question->action);
}

static void
bv_authority_check_answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (PolkitAuthorizationResult) answer =
      polkit_authority_check_authorization_finish (POLKIT_AUTHORITY (source), result, &error);

  if (answer == NULL)
    return_unasked (task, error);
  else if (polkit_authorization_result_get_is_authorized (answer))
    g_task_return_boolean (task, TRUE);
  else if (polkit_authorization_result_get_is_challenge (answer))
    return_unanswered (task);
  else
    return_refused (task);
}

static void
bv_authority_check_connected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  const Question *question = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (PolkitAuthority) polkit = polkit_authority_get_finish (result, &error);

  if (polkit == NULL)
    {
      return_unasked (task, error);
      return;
    }
  polkit_authority_check_authorization (polkit, question->subject, question->action,
                                        question->details, question->flags, NULL,
                                        bv_authority_check_answered_cb, g_steal_pointer (&task));
}

static Question *
new_question (GDBusMethodInvocation *invocation, const char *action, const char *kind,
              const char *namespace, const char *name)
{
  Question *question = g_new0 (Question, 1);
  GDBusMessage *message = g_dbus_method_invocation_get_message (invocation);

  question->action = g_strdup (action);
  question->subject = polkit_system_bus_name_new (g_dbus_method_invocation_get_sender (invocation));
  question->details = polkit_details_new ();
  if (kind != NULL)
    polkit_details_insert (question->details, "kind", kind);
  if (namespace != NULL)
    polkit_details_insert (question->details, "namespace", namespace);
  if (name != NULL)
    polkit_details_insert (question->details, "name", name);
  if (g_dbus_message_get_flags (message) & G_DBUS_MESSAGE_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION)
    question->flags = POLKIT_CHECK_AUTHORIZATION_FLAGS_ALLOW_USER_INTERACTION;
  return question;
}

void
bv_authority_check_async (BvAuthority *self, GDBusMethodInvocation *invocation, const char *action,
                          const char *kind, const char *namespace, const char *name,
                          GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, bv_authority_check_async);
  if (self->bus_type == G_BUS_TYPE_SESSION)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  g_task_set_task_data (task, new_question (invocation, action, kind, namespace, name),
                        (GDestroyNotify)question_free);
  polkit_authority_get_async (NULL, bv_authority_check_connected_cb, g_steal_pointer (&task));
}

gboolean
bv_authority_check_finish (BvAuthority *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
