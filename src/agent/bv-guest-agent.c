/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/bv-guest-agent.h"

#include "agent/bv-agent-call.h"
#include "host/bv-timer.h"
#include "model/bv-error.h"

#include <glib/gi18n-lib.h>

/* A job runs at once, then after this time or its own if that is shorter, then twice as long, up to
 * its own. */
#define FIRST_SECONDS 10

typedef struct
{
  const char *name;
  BvCallFunc func;
  BvGuestParts parts;
  const char *setting; /* of the group agent: the longest time between two questions, in seconds */
  const char *command; /* that the agent must know, or NULL */
} JobRow;

static const JobRow job_table[] = {
  { "fsfreeze", bv_agent_call_get_freeze, BV_GUEST_FREEZE, "fsfreeze-seconds", NULL },
  { "version", bv_agent_call_get_version, BV_GUEST_VERSION, "version-seconds", NULL },
  { "system", bv_agent_call_get_info,
    BV_GUEST_INTERFACES | BV_GUEST_OS | BV_GUEST_HOSTNAME | BV_GUEST_TIMEZONE, "system-seconds",
    NULL },
  { "filesystems", bv_agent_call_get_info, BV_GUEST_FILESYSTEMS, "filesystems-seconds", NULL },
  { "users", bv_agent_call_get_info, BV_GUEST_USERS, "users-seconds", NULL },
  { "load", bv_agent_call_get_load, BV_GUEST_LOAD, "system-seconds", "guest-get-load" },
};

#define N_JOBS G_N_ELEMENTS (job_table)
#define FREEZE_JOB 0

/* For an agent that left a call unanswered. */
static const JobRow ping_job = { "ping", bv_agent_call_ping, 0, "ping-seconds", NULL };

typedef struct
{
  BvGuestAgent *agent;
  const JobRow *row;
  guint seconds; /* until it runs again */
  guint longest; /* that this may become */
  BvTimer *timer;
  gboolean is_running;
} Job;

struct _BvGuestAgent
{
  GObject parent_instance;

  BvConnection *connection;
  char *domain_name;
  gboolean connected;
  gboolean responsive;
  gboolean suspended;
  BvGuestInfo *info;

  Job jobs[N_JOBS];
  Job ping;
  GCancellable *cancellable; /* of the calls since polling began */
};

typedef struct
{
  Job *job;
  GCancellable *cancellable; /* tells whether it still counts */
} Run;

G_DEFINE_FINAL_TYPE (BvGuestAgent, bv_guest_agent, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_CONNECTED,
  PROP_RESPONSIVE,
  PROP_INFO,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static void job_run (Job *job);
static void start_jobs (BvGuestAgent *self);

static void
timer_cb (gpointer data)
{
  Job *job = data;

  job->timer = NULL;
  job_run (job);
}

static void
job_wait (Job *job)
{
  g_clear_pointer (&job->timer, bv_timer_cancel);
  job->timer = bv_timer_new_seconds (job->seconds, timer_cb, job);
  job->seconds = MIN (job->seconds * 2, job->longest);
}

static void
job_reset (Job *job)
{
  g_clear_pointer (&job->timer, bv_timer_cancel);
  job->seconds = MIN (FIRST_SECONDS, job->longest);
  job->is_running = FALSE;
}

static void
job_set_up (Job *job, const BvConfig *config)
{
  job->longest = (guint)bv_config_get_integer (config, "agent", job->row->setting);
  job_reset (job);
}

static void
stop_jobs (BvGuestAgent *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  for (gsize i = 0; i < N_JOBS; i++)
    job_reset (&self->jobs[i]);
  job_reset (&self->ping);
}

static void
set_responsive (BvGuestAgent *self, gboolean responsive)
{
  if (self->responsive == responsive)
    return;
  self->responsive = responsive;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RESPONSIVE]);
}

/* While its file systems are frozen, an agent says that it knows hardly any command. */
static gboolean
tells_too_little (BvGuestAgent *self, const BvGuestInfo *news)
{
  return self->info->is_frozen && (news->parts & BV_GUEST_VERSION) != 0 &&
         self->info->commands != NULL;
}

static void
take_info (BvGuestAgent *self, BvGuestInfo *news)
{
  g_autoptr (BvGuestInfo) merged = bv_guest_info_merge (self->info, news);

  if (tells_too_little (self, news) || bv_guest_info_equal (merged, self->info))
    return;
  bv_guest_info_unref (self->info);
  self->info = g_steal_pointer (&merged);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_INFO]);
}

/* It left a call unanswered: asking it more would only hold up others. */
static void
wait_for_answer (BvGuestAgent *self)
{
  stop_jobs (self);
  self->cancellable = g_cancellable_new ();
  job_wait (&self->ping);
  set_responsive (self, FALSE);
}

/* Those that waited to hear whether the agent knows their command need not wait any more. */
static void
run_known_jobs (BvGuestAgent *self)
{
  for (gsize i = 0; i < N_JOBS; i++)
    if (self->jobs[i].row->command != NULL &&
        bv_guest_info_has_command (self->info, self->jobs[i].row->command))
      job_run (&self->jobs[i]);
}

static void
job_succeed (Job *job, BvGuestInfo *news)
{
  BvGuestAgent *self = job->agent;
  gboolean first_version = self->info->commands == NULL;

  if (job == &self->ping)
    {
      start_jobs (self);
      return;
    }
  job_wait (job);
  take_info (self, news);
  set_responsive (self, TRUE);
  if (first_version && self->info->commands != NULL)
    run_known_jobs (self);
}

static void
job_fail (Job *job, const GError *error)
{
  BvGuestAgent *self = job->agent;

  g_debug ("%s: %s: %s", self->domain_name, job->row->name, error->message);
  if (job != &self->ping && (g_error_matches (error, BV_ERROR, BV_ERROR_AGENT_UNAVAILABLE) ||
                             g_error_matches (error, BV_ERROR, BV_ERROR_TIMED_OUT)))
    {
      wait_for_answer (self);
      return;
    }
  /* This agent cannot do it, or not now. */
  if (job != &self->ping)
    job->seconds = job->longest;
  job_wait (job);
}

static void
run_free (Run *run)
{
  g_object_unref (run->job->agent);
  g_object_unref (run->cancellable);
  g_free (run);
}

static void
job_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Run *run = data;
  Job *job = run->job;
  g_autoptr (GError) error = NULL;
  g_autoptr (BvGuestInfo) news = bv_connection_call_finish (BV_CONNECTION (source), result, &error);

  if (run->cancellable == job->agent->cancellable)
    {
      job->is_running = FALSE;
      if (news != NULL)
        job_succeed (job, news);
      else
        job_fail (job, error);
    }
  run_free (run);
}

static void
job_run (Job *job)
{
  BvGuestAgent *self = job->agent;
  Run *run;

  if (job->is_running)
    return;
  if (job->row->command != NULL && !bv_guest_info_has_command (self->info, job->row->command))
    {
      job_wait (job);
      return;
    }
  job->is_running = TRUE;
  run = g_new0 (Run, 1);
  g_object_ref (self);
  run->job = job;
  run->cancellable = g_object_ref (self->cancellable);
  bv_connection_call_async (self->connection, BV_LANE_AGENT, self->domain_name, job->row->func,
                            bv_agent_request_new (self->domain_name, job->row->parts),
                            bv_agent_request_free, (GDestroyNotify)bv_guest_info_unref,
                            self->cancellable, job_cb, run);
}

static void
start_jobs (BvGuestAgent *self)
{
  stop_jobs (self);
  if (!self->connected || self->suspended)
    return;
  self->cancellable = g_cancellable_new ();
  for (gsize i = 0; i < N_JOBS; i++)
    job_run (&self->jobs[i]);
}

/**
 * bv_guest_agent_set_connected:
 * @self: an agent
 * @connected: whether the agent has its channel open
 *
 * Begins to ask, or ends it. For what was found by asking libvirt; changes come by
 * bv_guest_agent_handle_event().
 */
void
bv_guest_agent_set_connected (BvGuestAgent *self, gboolean connected)
{
  g_return_if_fail (BV_IS_GUEST_AGENT (self));

  if (self->connected == !!connected)
    return;
  g_object_freeze_notify (G_OBJECT (self));
  self->connected = !!connected;
  start_jobs (self);
  if (!connected)
    set_responsive (self, FALSE);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CONNECTED]);
  g_object_thaw_notify (G_OBJECT (self));
}

/**
 * bv_guest_agent_set_suspended:
 * @self: an agent
 * @suspended: whether its guest stands still
 *
 * One whose guest stands still is not asked. For what was found by asking libvirt, as
 * bv_guest_agent_set_connected().
 */
void
bv_guest_agent_set_suspended (BvGuestAgent *self, gboolean suspended)
{
  g_return_if_fail (BV_IS_GUEST_AGENT (self));

  if (self->suspended == !!suspended)
    return;
  self->suspended = !!suspended;
  start_jobs (self);
}

static void
forget (BvGuestAgent *self)
{
  bv_guest_agent_set_connected (self, FALSE);
  self->suspended = FALSE;
  if (self->info->parts == 0)
    return;
  bv_guest_info_unref (self->info);
  self->info = bv_guest_info_new ();
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_INFO]);
}

/**
 * bv_guest_agent_handle_event:
 * @self: an agent
 * @event: an event of its domain
 *
 * Follows the channel, and the guest: a paused one does not answer, and one that has stopped has no
 * facts.
 */
void
bv_guest_agent_handle_event (BvGuestAgent *self, BvDomainEvent *event)
{
  g_return_if_fail (BV_IS_GUEST_AGENT (self));

  switch (event->kind)
    {
    case BV_DOMAIN_EVENT_AGENT_CONNECTED:
      bv_guest_agent_set_connected (self, TRUE);
      break;
    case BV_DOMAIN_EVENT_AGENT_DISCONNECTED:
      bv_guest_agent_set_connected (self, FALSE);
      break;
    case BV_DOMAIN_EVENT_SUSPENDED:
    case BV_DOMAIN_EVENT_PM_SUSPENDED:
      bv_guest_agent_set_suspended (self, TRUE);
      break;
    case BV_DOMAIN_EVENT_RESUMED:
    case BV_DOMAIN_EVENT_STARTED:
      bv_guest_agent_set_suspended (self, FALSE);
      break;
    case BV_DOMAIN_EVENT_STOPPED:
      forget (self);
      break;
    default:
      break;
    }
}

/**
 * bv_guest_agent_refresh:
 * @self: an agent
 *
 * Asks for everything now, and begins anew with the waiting.
 */
void
bv_guest_agent_refresh (BvGuestAgent *self)
{
  g_return_if_fail (BV_IS_GUEST_AGENT (self));

  start_jobs (self);
}

/**
 * bv_guest_agent_refresh_freeze:
 * @self: an agent
 *
 * Asks whether its file systems are frozen, which has changed.
 */
void
bv_guest_agent_refresh_freeze (BvGuestAgent *self)
{
  g_return_if_fail (BV_IS_GUEST_AGENT (self));

  if (self->cancellable != NULL && self->ping.timer == NULL && !self->ping.is_running)
    job_run (&self->jobs[FREEZE_JOB]);
}

/* Whether the agent has its channel open. */
gboolean
bv_guest_agent_is_connected (BvGuestAgent *self)
{
  g_return_val_if_fail (BV_IS_GUEST_AGENT (self), FALSE);
  return self->connected;
}

/* Whether it answered the last call. */
gboolean
bv_guest_agent_is_responsive (BvGuestAgent *self)
{
  g_return_val_if_fail (BV_IS_GUEST_AGENT (self), FALSE);
  return self->responsive;
}

/**
 * bv_guest_agent_get_info:
 * @self: an agent
 *
 * Returns: (transfer none): what it told so far; a new one replaces it when something changes
 */
BvGuestInfo *
bv_guest_agent_get_info (BvGuestAgent *self)
{
  g_return_val_if_fail (BV_IS_GUEST_AGENT (self), NULL);
  return self->info;
}

static void
ping_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BvGuestInfo) answer =
      bv_connection_call_finish (BV_CONNECTION (source), result, &error);

  if (answer != NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/**
 * bv_guest_agent_ping_async:
 * @self: an agent
 * @cancellable: (nullable): ends the wait for its turn
 * @callback: called when it has answered, or not
 * @user_data: passed to @callback
 *
 * Asks the agent for a sign of life.
 */
void
bv_guest_agent_ping_async (BvGuestAgent *self, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task;

  g_return_if_fail (BV_IS_GUEST_AGENT (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bv_guest_agent_ping_async);
  bv_connection_call_async (self->connection, BV_LANE_AGENT, self->domain_name, bv_agent_call_ping,
                            bv_agent_request_new (self->domain_name, 0), bv_agent_request_free,
                            (GDestroyNotify)bv_guest_info_unref, cancellable, ping_cb, task);
}

gboolean
bv_guest_agent_ping_finish (BvGuestAgent *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
call_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  char *answer = bv_connection_call_finish (BV_CONNECTION (source), result, &error);

  if (answer != NULL)
    g_task_return_pointer (task, answer, g_free);
  else
    g_task_return_error (task, error);
}

/**
 * bv_guest_agent_call_async:
 * @self: an agent
 * @func: one of the calls of bv-agent-call.h that return a text
 * @arguments: (nullable): what @func takes; consumed if floating
 * @cancellable: (nullable): ends the wait for its turn
 * @callback: called when it has answered, or not
 * @user_data: passed to @callback
 *
 * Has the agent do something.
 */
void
bv_guest_agent_call_async (BvGuestAgent *self, BvCallFunc func, GVariant *arguments,
                           GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer user_data)
{
  GTask *task;

  g_return_if_fail (BV_IS_GUEST_AGENT (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bv_guest_agent_call_async);
  bv_connection_call_async (self->connection, BV_LANE_AGENT, self->domain_name, func,
                            bv_agent_request_new_with_arguments (self->domain_name, arguments),
                            bv_agent_request_free, g_free, cancellable, call_cb, task);
}

char *
bv_guest_agent_call_finish (BvGuestAgent *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * bv_guest_agent_new:
 * @connection: the connection
 * @config: the settings
 * @domain_name: the domain whose guest has the agent
 *
 * Returns: (transfer full): an agent that is not connected
 */
BvGuestAgent *
bv_guest_agent_new (BvConnection *connection, const BvConfig *config, const char *domain_name)
{
  BvGuestAgent *self = g_object_new (BV_TYPE_GUEST_AGENT, NULL);

  self->connection = g_object_ref (connection);
  self->domain_name = g_strdup (domain_name);
  for (gsize i = 0; i < N_JOBS; i++)
    job_set_up (&self->jobs[i], config);
  job_set_up (&self->ping, config);
  g_signal_connect_object (connection, "connected", G_CALLBACK (bv_guest_agent_refresh), self,
                           G_CONNECT_SWAPPED);
  return self;
}

static void
bv_guest_agent_dispose (GObject *object)
{
  BvGuestAgent *self = BV_GUEST_AGENT (object);

  stop_jobs (self);
  g_clear_object (&self->connection);
  G_OBJECT_CLASS (bv_guest_agent_parent_class)->dispose (object);
}

static void
bv_guest_agent_finalize (GObject *object)
{
  BvGuestAgent *self = BV_GUEST_AGENT (object);

  bv_guest_info_unref (self->info);
  g_free (self->domain_name);
  G_OBJECT_CLASS (bv_guest_agent_parent_class)->finalize (object);
}

static void
bv_guest_agent_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  BvGuestAgent *self = BV_GUEST_AGENT (object);

  switch (prop_id)
    {
    case PROP_CONNECTED:
      g_value_set_boolean (value, self->connected);
      break;
    case PROP_RESPONSIVE:
      g_value_set_boolean (value, self->responsive);
      break;
    case PROP_INFO:
      g_value_set_boxed (value, self->info);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
bv_guest_agent_class_init (BvGuestAgentClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->dispose = bv_guest_agent_dispose;
  object_class->finalize = bv_guest_agent_finalize;
  object_class->get_property = bv_guest_agent_get_property;

  properties[PROP_CONNECTED] = g_param_spec_boolean ("connected", NULL, NULL, FALSE, flags);
  properties[PROP_RESPONSIVE] = g_param_spec_boolean ("responsive", NULL, NULL, FALSE, flags);
  properties[PROP_INFO] = g_param_spec_boxed ("info", NULL, NULL, BV_TYPE_GUEST_INFO, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
bv_guest_agent_init (BvGuestAgent *self)
{
  self->info = bv_guest_info_new ();
  for (gsize i = 0; i < N_JOBS; i++)
    {
      self->jobs[i].agent = self;
      self->jobs[i].row = &job_table[i];
    }
  self->ping.agent = self;
  self->ping.row = &ping_job;
}
