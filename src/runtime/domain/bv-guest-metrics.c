/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/domain/bv-guest-metrics.h"

#include <unistd.h>

#include "host/bv-resolve.h"
#include "host/volume/bv-volume-preparer.h"
#include "model/bv-vmi-private.h"
#include "runtime/domain/bv-domain-metrics.h"
#include "runtime/domain/bv-metrics-channel.h"

#define PERIOD_SECONDS 5
#define NOTHING                                                                                    \
  "<metrics><!-- host metrics not available --><!-- VM metrics not available --></metrics>"

struct _BvGuestMetrics
{
  GObject parent_instance;

  BvEnvironment *environment;
  char *domain_name;
  char *disk; /* NULL: there is none */
  BvMetricsChannel *channel;
  GCancellable *cancellable;
  guint timeout_id;
  gboolean writing;
};

G_DEFINE_FINAL_TYPE (BvGuestMetrics, bv_guest_metrics, G_TYPE_OBJECT)

static void
bv_guest_metrics_written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvGuestMetrics) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = bv_domain_get_metrics_finish (BV_CONNECTION (source), result, &error);

  self->writing = FALSE;
  if (text == NULL && !g_cancellable_is_cancelled (self->cancellable))
    g_info ("%s: the disk of metrics stays as it is: %s", self->domain_name, error->message);
}

/* A libvirt that hangs is not asked again before it answers. */
static gboolean
bv_guest_metrics_due_cb (gpointer user_data)
{
  BvGuestMetrics *self = user_data;

  if (self->writing)
    return G_SOURCE_CONTINUE;
  self->writing = TRUE;
  bv_domain_get_metrics_async (self->environment->connection, self->domain_name,
                               bv_host_get_facts (self->environment->host), self->disk,
                               self->cancellable, bv_guest_metrics_written_cb, g_object_ref (self));
  return G_SOURCE_CONTINUE;
}

static void
bv_guest_metrics_collected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvGuestMetrics) self = user_data;
  g_autofree char *text = bv_domain_get_metrics_finish (BV_CONNECTION (source), result, NULL);

  if (self->channel != NULL)
    bv_metrics_channel_answer (self->channel, text != NULL ? text : NOTHING);
}

static void
asked_cb (BvGuestMetrics *self)
{
  bv_domain_get_metrics_async (self->environment->connection, self->domain_name,
                               bv_host_get_facts (self->environment->host), NULL, self->cancellable,
                               bv_guest_metrics_collected_cb, g_object_ref (self));
}

static void
start_disk (BvGuestMetrics *self, BvVmi *vmi)
{
  const BvApiVirtualMachineInstanceSpec *spec = bv_vmi_get_record (vmi)->spec;
  g_autofree char *folder =
      bv_environment_build_disk_folder (self->environment, bv_object_get_uid (BV_OBJECT (vmi)));
  const BvVolumeWork work = { .vmi = vmi, .disk_folder = folder };

  for (guint i = 0; i < spec->n_volumes && self->disk == NULL; i++)
    if (spec->volumes[i]->downward_metrics != NULL)
      self->disk = bv_volume_preparer_get_path (
          bv_volume_preparer_find (spec->volumes[i], BV_VOLUME_USE_DISK), &work, spec->volumes[i]);
  if (self->disk == NULL)
    return;
  self->timeout_id = g_timeout_add_seconds (PERIOD_SECONDS, bv_guest_metrics_due_cb, self);
  bv_guest_metrics_due_cb (self);
}

static void
start_channel (BvGuestMetrics *self, BvVmi *vmi, const char *runtime_directory)
{
  const BvApiDevices *devices = bv_vmi_get_record (vmi)->spec->domain->devices;
  g_autofree char *path = NULL;

  if (devices == NULL || devices->downward_metrics == NULL)
    return;
  path = bv_resolve_build_metrics_socket (runtime_directory);
  /* As with the console: only root without all its capabilities needs it, and no link is followed.
   */
  if (geteuid () == 0 && lchown (path, 0, (gid_t)-1) != 0)
    g_info ("%s cannot be taken over.", path);
  self->channel = bv_metrics_channel_new (path);
  g_signal_connect_object (self->channel, "asked", G_CALLBACK (asked_cb), self, G_CONNECT_SWAPPED);
  bv_metrics_channel_start (self->channel);
}

static gboolean
is_wanted (BvVmi *vmi)
{
  const BvApiVirtualMachineInstanceSpec *spec = bv_vmi_get_record (vmi)->spec;

  for (guint i = 0; i < spec->n_volumes; i++)
    if (spec->volumes[i]->downward_metrics != NULL)
      return TRUE;
  return spec->domain->devices != NULL && spec->domain->devices->downward_metrics != NULL;
}

BvGuestMetrics *
bv_guest_metrics_new (BvEnvironment *environment, BvVmi *vmi, const char *domain_name,
                      const char *runtime_directory)
{
  BvGuestMetrics *self;

  if (!is_wanted (vmi))
    return NULL;
  self = g_object_new (BV_TYPE_GUEST_METRICS, NULL);
  self->environment = bv_environment_ref (environment);
  self->domain_name = g_strdup (domain_name);
  start_disk (self, vmi);
  start_channel (self, vmi, runtime_directory);
  return self;
}

/* What is under way ends by itself, and has no effect any more. */
void
bv_guest_metrics_stop (BvGuestMetrics *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->timeout_id, g_source_remove);
  if (self->channel != NULL)
    bv_metrics_channel_stop (self->channel);
  g_clear_object (&self->channel);
}

static void
bv_guest_metrics_finalize (GObject *object)
{
  BvGuestMetrics *self = BV_GUEST_METRICS (object);

  bv_guest_metrics_stop (self);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->environment, bv_environment_unref);
  g_free (self->domain_name);
  g_free (self->disk);
  G_OBJECT_CLASS (bv_guest_metrics_parent_class)->finalize (object);
}

static void
bv_guest_metrics_class_init (BvGuestMetricsClass *class)
{
  G_OBJECT_CLASS (class)->finalize = bv_guest_metrics_finalize;
}

static void
bv_guest_metrics_init (BvGuestMetrics *self)
{
  self->cancellable = g_cancellable_new ();
}
