/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/bv-probe.h"

#include "agent/bv-agent-exec.h"
#include "agent/bv-probe-request.h"
#include "agent/bv-probe-tally.h"
#include "host/bv-timer.h"
#include "model/bv-error.h"
#include "model/bv-vmi-private.h"

#include <glib/gi18n-lib.h>

#define PERIOD_SECONDS 10
#define TIMEOUT_SECONDS 1
#define PAUSE_ANNOTATION "kubevirt.io/pause-guest-agent-probes"

struct _BvProbe
{
  GObject parent_instance;

  BvVmi *vmi;
  const BvApiProbe *record;
  BvGuestAgent *agent;
  BvAddressFunc get_address;
  gpointer user_data;
  BvProbeTally tally;
  char *message; /* what was wrong with the last check that failed */
  BvTimer *timer;
  BvTimer *limit;
  GCancellable *cancellable; /* of the check that is under way, or NULL */
  gboolean is_asking;        /* something of a check is still to come, though it may be given up */
};

typedef struct
{
  BvProbe *probe;
  GCancellable *cancellable;
} Check;

G_DEFINE_FINAL_TYPE (BvProbe, bv_probe, G_TYPE_OBJECT)

enum
{
  CHANGED,
  EXPLAINED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void due_cb (gpointer data);

static guint
get_period (BvProbe *self)
{
  return self->record->period_seconds > 0 ? (guint)self->record->period_seconds : PERIOD_SECONDS;
}

static guint
get_timeout (BvProbe *self)
{
  return self->record->timeout_seconds > 0 ? (guint)self->record->timeout_seconds : TIMEOUT_SECONDS;
}

static Check *
check_new (BvProbe *self)
{
  Check *check = g_new0 (Check, 1);

  check->probe = g_object_ref (self);
  check->cancellable = g_object_ref (self->cancellable);
  self->is_asking = TRUE;
  return check;
}

static void
check_free (Check *self)
{
  self->probe->is_asking = FALSE;
  g_object_unref (self->probe);
  g_object_unref (self->cancellable);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Check, check_free)

static void
forget_check (BvProbe *self)
{
  g_clear_pointer (&self->limit, bv_timer_cancel);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}

/* FAILURE is NULL for a success. */
static void
take_result (BvProbe *self, const char *failure)
{
  gboolean explained = failure != NULL && g_strcmp0 (failure, self->message) != 0;

  forget_check (self);
  if (explained)
    {
      g_free (self->message);
      self->message = g_strdup (failure);
    }
  if (bv_probe_tally_add (&self->tally, failure == NULL))
    g_signal_emit (self, signals[CHANGED], 0);
  else if (explained && !self->tally.verdict)
    g_signal_emit (self, signals[EXPLAINED], 0);
}

static void
limit_cb (gpointer data)
{
  BvProbe *self = data;
  g_autofree char *message =
      g_strdup_printf (ngettext ("there was no answer within %u second",
                                 "there was no answer within %u seconds", get_timeout (self)),
                       get_timeout (self));

  self->limit = NULL;
  take_result (self, message);
}

/* What comes too late does not count. Takes CHECK. */
static void
end_check (Check *check, gboolean success, const GError *error)
{
  g_autoptr (Check) owned = check;

  if (owned->cancellable == owned->probe->cancellable)
    take_result (owned->probe, success ? NULL : error->message);
}

static void
pinged_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  gboolean success = bv_guest_agent_ping_finish (BV_GUEST_AGENT (source), result, &error);

  end_check (data, success, error);
}

static void
ran_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = bv_agent_exec_finish (BV_GUEST_AGENT (source), result, &error);
  gint32 status = 0;

  if (answer != NULL)
    g_variant_get_child (answer, 0, "i", &status);
  if (status != 0)
    g_set_error (&error, BV_ERROR, BV_ERROR_FAILED, _ ("the program ended with the status %d"),
                 status);
  end_check (data, answer != NULL && status == 0, error);
}

static void
requested_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  gboolean success = bv_probe_request_finish (result, &error);

  end_check (data, success, error);
}

static gboolean
is_agent_excused (BvProbe *self)
{
  const BvApiObjectMeta *metadata = bv_vmi_get_record (self->vmi)->metadata;

  return g_strcmp0 (
             bv_string_map_get (metadata->annotations, metadata->n_annotations, PAUSE_ANNOTATION),
             "true") == 0;
}

static void
check_agent (BvProbe *self)
{
  const BvApiExecAction *exec = self->record->exec;

  if (exec == NULL && is_agent_excused (self))
    take_result (self, NULL);
  else if (!bv_guest_agent_is_connected (self->agent))
    take_result (self, _ ("the guest has no agent that answers"));
  else if (exec == NULL)
    bv_guest_agent_ping_async (self->agent, self->cancellable, pinged_cb, check_new (self));
  else
    {
      g_autoptr (GVariant) command = g_variant_ref_sink (
          g_variant_new_strv ((const char *const *)exec->command, (gssize)exec->n_command));

      /* The check's own time is over sooner. As long as the program runs, none is begun beside it:
       * one that hangs would be one more in the guest at each check. */
      bv_agent_exec_async (self->agent, command, NULL, BV_AGENT_EXEC_MAX_SECONDS, ran_cb,
                           check_new (self));
    }
}

static void
check_network (BvProbe *self)
{
  const BvApiHTTPGetAction *http_get = self->record->http_get;
  const char *name = http_get != NULL ? http_get->port : self->record->tcp_socket->port;
  guint16 port = bv_probe_find_port (bv_vmi_get_record (self->vmi)->spec, name);
  g_autofree char *address = self->get_address (self->user_data);

  if (port == 0)
    take_result (self, _ ("none of the interfaces' ports has the name that the probe gives"));
  else if (address == NULL)
    take_result (self, _ ("this host knows no address of the guest yet"));
  else
    bv_probe_request_async (address, port, http_get, get_timeout (self), self->cancellable,
                            requested_cb, check_new (self));
}

/* An agent runs no program while it has the guest's file systems frozen: that is no fault of the
 * guest's. */
static gboolean
is_frozen (BvProbe *self)
{
  return self->record->exec != NULL && bv_guest_agent_get_info (self->agent)->is_frozen;
}

/* A check that is still under way, though it was given up, counts as one more that failed. */
static void
due_cb (gpointer data)
{
  BvProbe *self = data;

  self->timer = bv_timer_new_seconds (get_period (self), due_cb, self);
  if (self->is_asking)
    {
      if (self->cancellable == NULL)
        take_result (self, self->message);
      return;
    }
  forget_check (self);
  if (is_frozen (self))
    return;
  self->cancellable = g_cancellable_new ();
  self->limit = bv_timer_new_seconds (get_timeout (self), limit_cb, self);
  if (self->record->http_get != NULL || self->record->tcp_socket != NULL)
    check_network (self);
  else
    check_agent (self);
}

/**
 * bv_probe_start:
 * @self: a probe
 * @age_seconds: how long the guest has been running
 *
 * Begins to check, once the guest is as old as the manifest says.
 */
void
bv_probe_start (BvProbe *self, gint64 age_seconds)
{
  gint64 wait;

  g_return_if_fail (BV_IS_PROBE (self));

  if (self->timer != NULL)
    return;
  wait = CLAMP (self->record->initial_delay_seconds - age_seconds, 0, G_MAXINT32);
  self->timer = bv_timer_new_seconds ((guint)wait, due_cb, self);
}

/**
 * bv_probe_stop:
 * @self: a probe
 *
 * Ends or interrupts it. The verdict stays, and what led to a change of it is forgotten.
 */
void
bv_probe_stop (BvProbe *self)
{
  g_return_if_fail (BV_IS_PROBE (self));

  g_clear_pointer (&self->timer, bv_timer_cancel);
  forget_check (self);
  self->tally.n_last = 0;
}

/* Whether it counts as succeeding. */
gboolean
bv_probe_succeeds (BvProbe *self)
{
  g_return_val_if_fail (BV_IS_PROBE (self), FALSE);
  return self->tally.verdict;
}

/* Whether it asks the agent for a sign of life. */
gboolean
bv_probe_is_ping (BvProbe *self)
{
  g_return_val_if_fail (BV_IS_PROBE (self), FALSE);
  return self->record->guest_agent_ping != NULL;
}

/**
 * bv_probe_get_message:
 * @self: a probe
 *
 * Returns: what was wrong with the last check that failed, a part of a sentence
 */
const char *
bv_probe_get_message (BvProbe *self)
{
  g_return_val_if_fail (BV_IS_PROBE (self), NULL);
  return self->message != NULL ? self->message : _ ("it has not succeeded yet");
}

/**
 * bv_probe_new:
 * @vmi: the VMI
 * @kind: which of its probes
 * @verdict: whether it counts as succeeding at first
 * @agent: the agent in its guest
 * @get_address: tells the guest's address
 * @user_data: passed to @get_address
 *
 * Returns: (transfer full) (nullable): the probe; %NULL if the VMI has none of that kind
 */
BvProbe *
bv_probe_new (BvVmi *vmi, BvProbeKind kind, gboolean verdict, BvGuestAgent *agent,
              BvAddressFunc get_address, gpointer user_data)
{
  const BvApiVirtualMachineInstanceSpec *spec = bv_vmi_get_record (vmi)->spec;
  const BvApiProbe *record =
      kind == BV_PROBE_READINESS ? spec->readiness_probe : spec->liveness_probe;
  BvProbe *self;

  if (record == NULL)
    return NULL;
  self = g_object_new (BV_TYPE_PROBE, NULL);
  self->vmi = g_object_ref (vmi);
  self->record = record;
  self->agent = g_object_ref (agent);
  self->get_address = get_address;
  self->user_data = user_data;
  bv_probe_tally_init (&self->tally, record, verdict);
  return self;
}

static void
bv_probe_dispose (GObject *object)
{
  BvProbe *self = BV_PROBE (object);

  g_clear_pointer (&self->timer, bv_timer_cancel);
  forget_check (self);
  g_clear_object (&self->agent);
  G_OBJECT_CLASS (bv_probe_parent_class)->dispose (object);
}

static void
bv_probe_finalize (GObject *object)
{
  BvProbe *self = BV_PROBE (object);

  g_free (self->message);
  g_clear_object (&self->vmi);
  G_OBJECT_CLASS (bv_probe_parent_class)->finalize (object);
}

static void
bv_probe_class_init (BvProbeClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = bv_probe_dispose;
  G_OBJECT_CLASS (klass)->finalize = bv_probe_finalize;

  /**
   * BvProbe::changed:
   *
   * It succeeds now, or fails.
   */
  signals[CHANGED] = g_signal_new ("changed", BV_TYPE_PROBE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 0);

  /**
   * BvProbe::explained:
   *
   * It fails as before, and for another reason.
   */
  signals[EXPLAINED] = g_signal_new ("explained", BV_TYPE_PROBE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                     NULL, G_TYPE_NONE, 0);
}

static void
bv_probe_init (BvProbe *self)
{
}
