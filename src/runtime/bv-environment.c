/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/bv-environment.h"

static void
bv_environment_tidy_images_cb (gpointer data)
{
  g_autoptr (BvImageStore) images = data;

  bv_image_store_tidy (images);
}

BvEnvironment *
bv_environment_new (BvConfig *config, BvStore *store, const char *uri,
                    const char *runtime_directory, const char *state_directory)
{
  BvEnvironment *self = g_rc_box_new0 (BvEnvironment);

  self->config = bv_config_ref (config);
  self->store = g_object_ref (store);
  self->events = bv_event_log_new (store, bv_config_get_integer (config, "limits", "events"));
  self->connection = bv_connection_new (uri);
  self->host = bv_host_new (self->connection, bv_config_has_devices (config));
  self->stats = bv_stats_collector_new (self->connection);
  self->transition_times = bv_transition_times_new ();
  self->reservations = bv_reservations_new ();
  self->workers = bv_worker_pool_new ();
  self->text_workers = bv_worker_pool_new_small ();
  self->images = bv_image_store_new (config, runtime_directory, state_directory);
  bv_worker_push (self->workers, bv_environment_tidy_images_cb, bv_image_store_ref (self->images));
  self->networks =
      bv_networks_new (bv_network_mode_from_uri (uri), state_directory, runtime_directory);
  self->network_keeper = bv_network_keeper_new (self->networks, self->workers);
  self->runtime_directory = g_strdup (runtime_directory);
  self->state_directory = g_strdup (state_directory);
  return self;
}

/* Borrowed: what runs is kept by the registry, and keeps the environment. */
void
bv_environment_set_registry (BvEnvironment *self, BvRegistry *registry)
{
  g_set_weak_pointer (&self->registry, registry);
}

char *
bv_environment_build_image_folder (const char *runtime_directory)
{
  return g_strconcat (runtime_directory, ".volumes", NULL);
}

char *
bv_environment_build_disk_folder (BvEnvironment *self, const char *uid)
{
  return g_build_filename (self->state_directory, "volumes", uid, NULL);
}

BvEnvironment *
bv_environment_ref (BvEnvironment *self)
{
  return g_rc_box_acquire (self);
}

static void
clear (gpointer data)
{
  BvEnvironment *self = data;

  g_clear_weak_pointer (&self->registry);
  g_clear_object (&self->host);
  g_clear_object (&self->network_keeper);
  g_clear_object (&self->networks);
  g_clear_object (&self->reservations);
  /* Work keeps the environment: none is left. */
  g_thread_pool_free (self->workers, FALSE, FALSE);
  g_thread_pool_free (self->text_workers, FALSE, FALSE);
  g_clear_object (&self->stats);
  g_clear_pointer (&self->transition_times, bv_transition_times_free);
  g_clear_object (&self->connection);
  g_clear_object (&self->events);
  g_clear_object (&self->store);
  g_clear_pointer (&self->images, bv_image_store_unref);
  g_clear_pointer (&self->config, bv_config_unref);
  g_free (self->runtime_directory);
  g_free (self->state_directory);
}

void
bv_environment_unref (BvEnvironment *self)
{
  g_rc_box_release_full (self, clear);
}
