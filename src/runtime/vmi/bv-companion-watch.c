/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vmi/bv-companion-watch.h"

#include <glib-unix.h>
#include <glib/gstdio.h>
#include <string.h>

#include "host/companion/bv-companion-record.h"

#define RECORD_SUFFIX ".pid"

struct _BvCompanionWatch
{
  GObject parent_instance;

  GPtrArray *watched; /* of Watched */
};

G_DEFINE_FINAL_TYPE (BvCompanionWatch, bv_companion_watch, G_TYPE_OBJECT)

/* One companion. */
typedef struct
{
  BvCompanionWatch *watch;
  char *name;
  int process; /* -1: it has ended */
  guint source_id;
} Watched;

enum
{
  ENDED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
watched_free (Watched *self)
{
  g_clear_handle_id (&self->source_id, g_source_remove);
  if (self->process >= 0)
    g_close (self->process, NULL);
  g_free (self->name);
  g_free (self);
}

static void
bv_companion_watch_finalize (GObject *object)
{
  BvCompanionWatch *self = BV_COMPANION_WATCH (object);

  g_ptr_array_unref (self->watched);
  G_OBJECT_CLASS (bv_companion_watch_parent_class)->finalize (object);
}

static void
bv_companion_watch_class_init (BvCompanionWatchClass *class)
{
  G_OBJECT_CLASS (class)->finalize = bv_companion_watch_finalize;
  signals[ENDED] = g_signal_new ("ended", BV_TYPE_COMPANION_WATCH, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
bv_companion_watch_init (BvCompanionWatch *self)
{
  self->watched = g_ptr_array_new_with_free_func ((GDestroyNotify)watched_free);
}

/* Whoever hears of it may let go of the watch. */
static void
tell (Watched *self)
{
  g_autoptr (BvCompanionWatch) watch = g_object_ref (self->watch);
  g_autofree char *name = g_strdup (self->name);

  self->source_id = 0;
  g_signal_emit (watch, signals[ENDED], 0, name);
}

static gboolean
bv_companion_watch_ended_cb (int fd, GIOCondition condition, gpointer user_data)
{
  tell (user_data);
  return G_SOURCE_REMOVE;
}

static gboolean
bv_companion_watch_gone_cb (gpointer user_data)
{
  tell (user_data);
  return G_SOURCE_REMOVE;
}

/* The records are small, and in memory: reading them holds up nobody. */
static void
add (BvCompanionWatch *self, const char *folder, const char *entry)
{
  g_autofree char *path = g_build_filename (folder, entry, NULL);
  g_autoptr (BvCompanionRecord) record = bv_companion_record_read (path, NULL);
  Watched *watched;

  if (record == NULL)
    return;
  watched = g_new0 (Watched, 1);
  watched->watch = self;
  watched->name = g_strndup (entry, strlen (entry) - strlen (RECORD_SUFFIX));
  watched->process = bv_companion_record_open_process (record);
  watched->source_id = watched->process >= 0 ? g_unix_fd_add (watched->process, G_IO_IN,
                                                              bv_companion_watch_ended_cb, watched)
                                             : g_idle_add (bv_companion_watch_gone_cb, watched);
  g_ptr_array_add (self->watched, watched);
}

BvCompanionWatch *
bv_companion_watch_new (const char *folder)
{
  g_autoptr (BvCompanionWatch) self = g_object_new (BV_TYPE_COMPANION_WATCH, NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *entry;

  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (entry, RECORD_SUFFIX))
      add (self, folder, entry);
  return self->watched->len > 0 ? g_steal_pointer (&self) : NULL;
}
