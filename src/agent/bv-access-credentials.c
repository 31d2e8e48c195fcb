/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/bv-access-credentials.h"

#include "agent/bv-agent-call.h"
#include "host/bv-timer.h"

#include <glib/gi18n-lib.h>

/* KubeVirt's. */
#define AGAIN_SECONDS 15
#define RESYNC_SECONDS 300

struct _BvAccessCredentials
{
  GObject parent_instance;

  BvGuestAgent *agent;
  BvAccessPlanFunc make_plan;
  gpointer user_data;
  BvAccessPlan *plan; /* that is being carried out, or was */
  guint next_step;
  char *failure;             /* the first of those of its steps, or NULL */
  gboolean is_done;          /* the plan was carried out without a failure */
  gboolean again;            /* there may be another plan meanwhile */
  GCancellable *cancellable; /* of the call that is under way, or NULL */
  BvTimer *timer;
};

G_DEFINE_FINAL_TYPE (BvAccessCredentials, bv_access_credentials, G_TYPE_OBJECT)

enum
{
  SYNCHRONIZED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void go_on (BvAccessCredentials *self);
static void begin (BvAccessCredentials *self, BvAccessPlan *plan);

static void
timer_cb (gpointer data)
{
  BvAccessCredentials *self = data;

  self->timer = NULL;
  begin (self, self->make_plan (self->user_data));
}

static void
finish (BvAccessCredentials *self)
{
  const char *problem = self->failure != NULL ? self->failure : self->plan->problem;

  self->is_done = problem == NULL;
  self->timer =
      bv_timer_new_seconds (self->is_done ? RESYNC_SECONDS : AGAIN_SECONDS, timer_cb, self);
  g_signal_emit (self, signals[SYNCHRONIZED], 0, self->is_done, problem != NULL ? problem : "");
  if (self->again)
    bv_access_credentials_update (self);
}

static void
step_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (BvAccessCredentials) self = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = bv_guest_agent_call_finish (BV_GUEST_AGENT (source), result, &error);

  if (g_task_get_cancellable (G_TASK (result)) != self->cancellable)
    return;
  g_clear_object (&self->cancellable);
  if (answer == NULL && self->failure == NULL)
    self->failure = g_strdup (error->message);
  go_on (self);
}

static void
carry_out (BvAccessCredentials *self, const BvAccessStep *step)
{
  BvCallFunc func = step->keys != NULL ? bv_agent_call_set_ssh_keys : bv_agent_call_set_password;
  GVariant *arguments =
      step->keys != NULL
          ? g_variant_new ("(s@asb)", step->user,
                           g_variant_new_strv ((const char *const *)step->keys->pdata,
                                               (gssize)step->keys->len),
                           FALSE)
          : g_variant_new ("(ssb)", step->user, step->password, FALSE);

  self->cancellable = g_cancellable_new ();
  bv_guest_agent_call_async (self->agent, func, arguments, self->cancellable, step_cb,
                             g_object_ref (self));
}

static void
go_on (BvAccessCredentials *self)
{
  if (self->next_step < self->plan->steps->len)
    carry_out (self, g_ptr_array_index (self->plan->steps, self->next_step++));
  else
    finish (self);
}

/* An agent whose guest is frozen refuses: that says nothing of the credentials. Takes PLAN. */
static void
begin (BvAccessCredentials *self, BvAccessPlan *plan)
{
  bv_access_credentials_stop (self);
  g_clear_pointer (&self->plan, bv_access_plan_free);
  self->plan = plan;
  self->next_step = 0;
  self->again = FALSE;
  self->is_done = FALSE;
  g_clear_pointer (&self->failure, g_free);
  if (bv_guest_agent_get_info (self->agent)->is_frozen)
    self->timer = bv_timer_new_seconds (AGAIN_SECONDS, timer_cb, self);
  else
    go_on (self);
}

/**
 * bv_access_credentials_update:
 * @self: credentials
 *
 * Sets them now if they are not those that are set.
 */
void
bv_access_credentials_update (BvAccessCredentials *self)
{
  g_autoptr (BvAccessPlan) plan = NULL;

  g_return_if_fail (BV_IS_ACCESS_CREDENTIALS (self));

  if (self->cancellable != NULL)
    {
      self->again = TRUE;
      return;
    }
  plan = self->make_plan (self->user_data);
  if (self->plan == NULL || self->timer == NULL || !bv_access_plan_equal (plan, self->plan))
    begin (self, g_steal_pointer (&plan));
}

/**
 * bv_access_credentials_stop:
 * @self: credentials
 *
 * Waits for bv_access_credentials_update(), which sets them then in any case.
 */
void
bv_access_credentials_stop (BvAccessCredentials *self)
{
  g_return_if_fail (BV_IS_ACCESS_CREDENTIALS (self));

  g_clear_pointer (&self->timer, bv_timer_cancel);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}

/**
 * bv_access_credentials_new:
 * @agent: the agent in the guest
 * @make_plan: makes what is to be set
 * @user_data: passed to @make_plan
 *
 * Returns: (transfer full): credentials; nothing is set before bv_access_credentials_update()
 */
BvAccessCredentials *
bv_access_credentials_new (BvGuestAgent *agent, BvAccessPlanFunc make_plan, gpointer user_data)
{
  BvAccessCredentials *self = g_object_new (BV_TYPE_ACCESS_CREDENTIALS, NULL);

  self->agent = g_object_ref (agent);
  self->make_plan = make_plan;
  self->user_data = user_data;
  return self;
}

static void
bv_access_credentials_dispose (GObject *object)
{
  BvAccessCredentials *self = BV_ACCESS_CREDENTIALS (object);

  bv_access_credentials_stop (self);
  g_clear_object (&self->agent);
  g_clear_pointer (&self->plan, bv_access_plan_free);
  g_clear_pointer (&self->failure, g_free);
  G_OBJECT_CLASS (bv_access_credentials_parent_class)->dispose (object);
}

static void
bv_access_credentials_class_init (BvAccessCredentialsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = bv_access_credentials_dispose;

  /**
   * BvAccessCredentials::synchronized:
   * @done: whether all are set
   * @message: what is wrong, or empty
   *
   * It was tried to set them.
   */
  signals[SYNCHRONIZED] =
      g_signal_new ("synchronized", BV_TYPE_ACCESS_CREDENTIALS, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                    NULL, G_TYPE_NONE, 2, G_TYPE_BOOLEAN, G_TYPE_STRING);
}

static void
bv_access_credentials_init (BvAccessCredentials *self)
{
}
